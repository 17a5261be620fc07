/** Percentiles of what was measured of late, by the HDR histogram that is built into Node. */
import { createHistogram, type RecordableHistogram } from 'node:perf_hooks'
import type { Clock } from '../../src/clock.js'
import type { Percentiles as Facts } from '../../src/protocol/monitoring.js'

/** Milliseconds that one histogram is filled for; what is told is of this one and the one before it. */
const span = 60_000
/** The longest that is told apart, in milliseconds. */
const longest = 3_600_000

/** The histogram counts whole numbers from 1 on: a millisecond is one more than it is. Three digits of a value are kept. */
const histogram = (): RecordableHistogram => createHistogram({ lowest: 1, highest: longest + 1, figures: 3 })

/** Of the last one to two minutes. */
export class Percentiles {
  readonly #clock: Clock
  #now: RecordableHistogram | undefined
  #before: RecordableHistogram | undefined
  #since: number

  constructor(clock: Clock) {
    this.#clock = clock
    this.#since = clock.now()
  }

  /** `now`: the present time, where it is known. */
  record(milliseconds: number, now = this.#clock.now()): void {
    this.#turn(now)
    this.#now ??= histogram()
    this.#now.record(Math.min(longest, Math.max(0, Math.round(milliseconds))) + 1)
  }

  /** All 0 where nothing was measured. */
  read(): Facts {
    this.#turn(this.#clock.now())
    const both = histogram()
    for (const each of [this.#now, this.#before]) if (each) both.add(each)
    const at = (percent: number): number => (both.count === 0 ? 0 : both.percentile(percent) - 1)
    return { p50: at(50), p90: at(90), p95: at(95), p99: at(99), max: at(100) }
  }

  #turn(now: number): void {
    const passed = now - this.#since
    // A clock that was put back begins anew, too.
    if (passed >= 0 && passed < span) return
    const spare = this.#before
    this.#before = passed >= 0 && passed < 2 * span ? this.#now : undefined
    spare?.reset()
    this.#now = spare
    this.#since = now
  }
}
