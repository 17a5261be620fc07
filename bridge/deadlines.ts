/** When a connection is ended unless something happens first: no hello in time, or a token that has run out. */
import type { Clock } from '../src/clock.js'
import type { Code } from '../src/errors.js'

export class Deadlines {
  readonly #clock: Clock
  readonly #end: (code: Code, close: number, message: string) => void
  readonly #cancelHello: () => void
  #cancelExpiry = () => {}

  /** `patience`: milliseconds in which hello has to be accepted. */
  constructor(clock: Clock, patience: number, end: (code: Code, close: number, message: string) => void) {
    this.#clock = clock
    this.#end = end
    this.#cancelHello = clock.after(patience, () =>
      end('AUTH_REQUIRED', 4401, `No hello came within ${patience} ms of connecting.`),
    )
  }

  /** Hello was accepted. */
  welcomed(): void {
    this.#cancelHello()
  }

  /** `at`: milliseconds since the epoch; absent: the token never ends. */
  expireAt(at: number | undefined): void {
    this.#cancelExpiry()
    if (at === undefined) return
    this.#cancelExpiry = this.#clock.after(at - this.#clock.now(), () =>
      this.#end('AUTH_EXPIRED', 4401, 'The token has expired; reconnect with a new one.'),
    )
  }

  close(): void {
    this.#cancelHello()
    this.#cancelExpiry()
  }
}
