/** The tasks that wait for an agent: higher priority first, then in the order in which they came. */
import { level } from '../../src/protocol/priority.js'
import type { Work } from '../../src/system/actor.js'

/** Positions count from 1, as a person reads them. */
export class TaskQueue {
  readonly #waiting: Work[] = []

  get length(): number {
    return this.#waiting.length
  }

  /** Adds a task behind all of its priority. Returns its position. */
  add(work: Work): number {
    const rank = level(work.priority)
    let at = this.#waiting.length
    while (at > 0 && level(this.#waiting[at - 1]?.priority ?? 'critical') < rank) at--
    this.#waiting.splice(at, 0, work)
    return at + 1
  }

  /** Takes a task out. Returns the position it had; 0 when it was not there. */
  remove(work: Work): number {
    const at = this.#waiting.indexOf(work)
    if (at >= 0) this.#waiting.splice(at, 1)
    return at + 1
  }

  /** The next task that is not held back. It stays in the queue until it is removed. */
  next(): Work | undefined {
    return this.#waiting.find((work) => !work.held)
  }

  /** Empties the queue. */
  clear(): Work[] {
    return this.#waiting.splice(0)
  }
}
