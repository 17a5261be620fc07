/** The one bounded queue of the system, with a lane for each priority: mailbox, channel iterator and outbox are made of it. */
import type { Priority } from './protocol/priority.js'

export interface LanesOptions<T> {
  /** How many items may wait. */
  readonly capacity: number
  /** Told of each item that had to go because the queue was full: the oldest of the lowest lane. */
  readonly onDrop?: ((item: T) => void) | undefined
}

/** Placeholder contract; see the signatures. */
export declare class Lanes<T> {
  constructor(options: LanesOptions<T>)
  readonly size: number
  push(item: T, priority: Priority, entity?: string): void
  shift(): T | undefined
  clear(): T[]
  [Symbol.iterator](): Iterator<T>
}
