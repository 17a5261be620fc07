/** How long the event loop was held up: measured by Node itself, without a turn of JavaScript. */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Percentiles } from '../../src/protocol/monitoring.js'

/** Milliseconds between two looks of Node's own timer; what is held up for less is not seen. */
const resolution = 20

/** Of late: in the present window and the one before it. */
export interface Lag {
  /** Milliseconds. */
  readonly recent: number
  /** Of all looks in the window that ended last, or in the present one where it is the first. */
  readonly delays: Percentiles
  /** Ends the window and begins the next one. Returns the longest of the one that ended, in milliseconds. */
  turn(): number
  close(): void
}

/** Nothing of it keeps the process alive. */
export const createLoopLag = (): Lag => {
  // What begins within the first 20 ms of a window is seen from the second look on, so it may be missed.
  const delays = monitorEventLoopDelay({ resolution })
  delays.enable()
  let before = 0
  let spread: Percentiles | undefined
  // The histogram has the whole time between two looks, in nanoseconds; without any look it has 0.
  const over = (nanoseconds: number) => Math.max(0, nanoseconds / 1e6 - resolution)
  const longest = () => over(delays.max)
  const at = (percent: number) => over(delays.percentile(percent))
  const read = (): Percentiles => ({ p50: at(50), p90: at(90), p95: at(95), p99: at(99), max: longest() })
  return {
    get recent() {
      return Math.max(before, longest())
    },
    get delays() {
      return spread ?? read()
    },
    turn() {
      before = longest()
      spread = read()
      delays.reset()
      return before
    },
    close: () => void delays.disable(),
  }
}
