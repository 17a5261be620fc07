/** When a connection is ended unless something happens first: no hello in time, or a token that has run out. */
import type { CancelTimer, Clock } from '../src/clock.js'
import type { Code } from '../src/errors.js'
import type { SessionEventOf } from '../src/protocol/session.js'

export interface DeadlineTimes {
  /** Milliseconds in which hello has to be accepted. */
  readonly authTimeout: number
  /** Milliseconds before its end at which the owner of a token is told. */
  readonly expiryNotice: number
}

export interface DeadlineOwner {
  end(code: Code, close: number, message: string): void
  tell(event: SessionEventOf<'session.expiring'>): void
}

export class Deadlines {
  readonly #clock: Clock
  readonly #times: DeadlineTimes
  readonly #owner: DeadlineOwner
  readonly #cancelHello: CancelTimer
  #cancelNotice: CancelTimer = () => {}
  #cancelExpiry: CancelTimer = () => {}

  constructor(clock: Clock, times: DeadlineTimes, owner: DeadlineOwner) {
    const { authTimeout } = times
    this.#clock = clock
    this.#times = times
    this.#owner = owner
    this.#cancelHello = clock.after(authTimeout, () =>
      owner.end('AUTH_REQUIRED', 4401, `No hello came within ${authTimeout} ms of connecting.`),
    )
  }

  /** Hello was accepted, with a token that ends at `expires`. */
  welcomed(expires: number | undefined): void {
    this.#cancelHello()
    this.expireAt(expires)
  }

  /** `at`: milliseconds since the epoch; absent: the token never ends. */
  expireAt(at: number | undefined): void {
    this.#cancelNotice()
    this.#cancelExpiry()
    if (at === undefined) return
    const left = Math.max(0, at - this.#clock.now())
    this.#cancelExpiry = this.#clock.after(left, () =>
      this.#owner.end('AUTH_EXPIRED', 4401, 'The token has expired; reconnect with a new one.'),
    )
    // A token that lives no longer than the notice is told of when half of it is over, not as soon as it comes.
    const notice = Math.min(this.#times.expiryNotice, left / 2)
    if (notice > 0)
      this.#cancelNotice = this.#clock.after(left - notice, () => this.#owner.tell({ type: 'session.expiring', expires: at }))
  }

  close(): void {
    this.#cancelHello()
    this.#cancelNotice()
    this.#cancelExpiry()
  }
}
