/** Messages that wait to be sent, and those that wait for their answers. */
import type { CancelTimer, Clock } from '../../src/clock.js'
import { TroupeError } from '../../src/errors.js'
import type { Message } from './messages.js'

/** What waits for its answer. */
export interface PendingMessage {
  readonly message: Message
  readonly resolve: (answer: Message) => void
  readonly reject: (error: Error) => void
  readonly cancel: CancelTimer
}

export class Pending {
  readonly #clock: Clock
  readonly #timeout: number
  readonly #limit: number
  readonly #waiting = new Map<string, PendingMessage>()
  #queue: Message[] = []

  /** `timeout`: milliseconds that an answer may take. `limit`: messages that may wait to be sent. */
  constructor(clock: Clock, timeout: number, limit: number) {
    this.#clock = clock
    this.#timeout = timeout
    this.#limit = limit
  }

  get queued(): number {
    return this.#queue.length
  }

  /** Rejects when no answer comes in time, when it is an error, and when the connection ends first. */
  answerTo(message: Message): Promise<Message> {
    const { id, type } = message
    return new Promise((resolve, reject) => {
      const cancel = this.#clock.after(this.#timeout, () => {
        this.#drop(id)
        this.reject(id, new TroupeError('TIMEOUT', `Message timeout: no answer to ${type} came within ${this.#timeout} ms.`))
      })
      this.#waiting.set(id, { message, resolve, reject, cancel })
    })
  }

  /** False: nobody waits for it. */
  resolve(id: string, answer: Message): boolean {
    const waiting = this.#take(id)
    waiting?.resolve(answer)
    return waiting !== undefined
  }

  reject(id: string, error: Error): boolean {
    const waiting = this.#take(id)
    waiting?.reject(error)
    return waiting !== undefined
  }

  /** Keeps a message until there is a connection. False: as many wait as may. */
  keep(message: Message): boolean {
    if (this.#queue.length >= this.#limit) return false
    this.#queue.push(message)
    return true
  }

  /** All that was kept, in order. */
  take(): readonly Message[] {
    const queue = this.#queue
    this.#queue = []
    return queue
  }

  /** The connection is lost: what was sent will not be answered; what waits to be sent may still be. `all`: what is waited for will not. */
  lost(all: boolean): void {
    if (all) this.#queue = this.#queue.filter(({ id }) => !this.#waiting.has(id))
    const kept = new Set(this.#queue.map(({ id }) => id))
    for (const id of [...this.#waiting.keys()])
      if (!kept.has(id))
        this.reject(
          id,
          new TroupeError('DISCONNECTED', 'Connection closed before the answer came; it may have been done all the same.'),
        )
  }

  #take(id: string): PendingMessage | undefined {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    waiting?.cancel()
    return waiting
  }

  /** What nobody waits for any more is not sent later. */
  #drop(id: string): void {
    this.#queue = this.#queue.filter((message) => message.id !== id)
  }
}
