/** How often something happened of late: one counter a second, of which the oldest is used again. */
import type { Clock } from '../../src/clock.js'

/** Seconds that are looked back over. */
const span = 10

export class Recent {
  readonly #clock: Clock
  readonly #since: number
  readonly #counts = new Float64Array(span)
  /** Which second each counter is of. */
  readonly #seconds = new Float64Array(span)

  constructor(clock: Clock) {
    this.#clock = clock
    this.#since = clock.now()
  }

  add(): void {
    const second = this.#second()
    const at = second % span
    if (this.#seconds[at] !== second) {
      this.#seconds[at] = second
      this.#counts[at] = 0
    }
    this.#counts[at] = (this.#counts[at] ?? 0) + 1
  }

  /** The mean over the last ten seconds, the present one included; over fewer where it has not been counted for so long. */
  perSecond(): number {
    const now = this.#second()
    let sum = 0
    for (let at = 0; at < span; at++) if ((this.#seconds[at] ?? 0) > now - span) sum += this.#counts[at] ?? 0
    return sum / Math.min(span, Math.max(1, now - Math.floor(this.#since / 1_000) + 1))
  }

  #second(): number {
    return Math.floor(this.#clock.now() / 1_000)
  }
}
