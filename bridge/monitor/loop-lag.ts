/** How long the event loop was held up: measured by Node itself, without a turn of JavaScript. */
import { monitorEventLoopDelay } from 'node:perf_hooks'

/** Milliseconds between two looks of Node's own timer; what is held up for less is not seen. */
const resolution = 20

/** Of late: in the present window and the one before it. */
export interface Lag {
  /** Milliseconds. */
  readonly recent: number
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
  // The histogram has the whole time between two looks, in nanoseconds; without any look it has 0.
  const longest = () => Math.max(0, delays.max / 1e6 - resolution)
  return {
    get recent() {
      return Math.max(before, longest())
    },
    turn() {
      before = longest()
      delays.reset()
      return before
    },
    close: () => void delays.disable(),
  }
}
