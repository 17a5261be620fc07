/** A limit on running time that does not count pauses. */
import type { CancelTimer, Clock } from '../../src/clock.js'

/** Calls `over` when it has run for `limit` milliseconds in all since it was last stopped; without a limit never. */
export class Countdown {
  readonly #clock: Clock
  readonly #limit: number | undefined
  readonly #over: () => void
  #left: number
  #since = 0
  #cancel: CancelTimer | undefined

  constructor(clock: Clock, limit: number | undefined, over: () => void) {
    this.#clock = clock
    this.#limit = limit
    this.#over = over
    this.#left = limit ?? 0
  }

  /** Runs, or goes on after a pause. */
  start(): void {
    if (this.#limit === undefined || this.#cancel) return
    this.#since = this.#clock.now()
    this.#cancel = this.#clock.after(this.#left, () => {
      this.stop()
      this.#over()
    })
  }

  pause(): void {
    if (!this.#cancel) return
    this.#cancel()
    this.#cancel = undefined
    this.#left = Math.max(0, this.#left - (this.#clock.now() - this.#since))
  }

  /** Ends it; the next `start` begins with the whole limit. */
  stop(): void {
    this.#cancel?.()
    this.#cancel = undefined
    this.#left = this.#limit ?? 0
  }
}
