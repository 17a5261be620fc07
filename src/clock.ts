/** The one file that touches timers and `Date`: time is handed in everywhere else. */

/** Ends a timer; calling it again, or after the timer fired, does nothing. */
export type CancelTimer = () => void

/** Where time comes from. Milliseconds throughout. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number
  /** Calls `run` once, `delay` milliseconds from now, however far away that is; `Infinity` never. `holds`: whether the process stays alive for it, default true. */
  after(delay: number, run: () => void, options?: { readonly holds?: boolean }): CancelTimer
  /** Calls `run` soon, after what already waits: timers and sockets get their turn first. */
  yield(run: () => void): void
}

/** Node and browsers fire a longer timeout at once (2^31-1 ms, about 24.8 days). */
const longest = 2_147_483_647

const macrotask: (run: () => void) => void = (() => {
  const host = globalThis as { setImmediate?: (run: () => void) => unknown }
  if (host.setImmediate) return (run) => void host.setImmediate?.(run)
  const waiting: (() => void)[] = []
  const { port1, port2 } = new MessageChannel()
  port1.onmessage = () => waiting.shift()?.()
  return (run) => {
    waiting.push(run)
    port2.postMessage(0)
  }
})()

/** Milliseconds that have gone by since then. A clock that was set back does not know: then none have. */
export const elapsed = (since: number, now: number): number => Math.max(0, now - since)

/** A time until which something holds, which was to last so long: on a clock that was set back, no longer than that from now. */
export const bounded = (until: number, length: number, now: number): number => Math.min(until, now + length)

/** The clock of the machine. A timer that waits keeps the process alive, as any timer does: whoever opens one closes it. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(delay, run, { holds = true } = {}) {
    if (delay === Number.POSITIVE_INFINITY) return () => {}
    let timer: ReturnType<typeof setTimeout>
    const arm = (left: number) => {
      timer = setTimeout(() => (left > longest ? arm(left - longest) : run()), Math.min(left, longest))
      // A timer of Node has it, a browser's is a number.
      if (!holds) (timer as unknown as { unref?: () => void }).unref?.()
    }
    arm(Number.isFinite(delay) ? Math.max(0, delay) : 0)
    return () => clearTimeout(timer)
  },
  yield: macrotask,
}

/** A clock that moves only when told. */
export interface ManualClock extends Clock {
  /** Moves time on and runs what falls due, in order. Microtasks run between timers. */
  advance(milliseconds: number): Promise<void>
  /** How many timers wait; 0 when everything that was opened is closed. */
  readonly pending: number
}

/** Makes a clock for tests that stands at `start` (default 2024-01-01T00:00:00Z) until `advance` moves it. */
export const createManualClock = (start = 1_704_067_200_000): ManualClock => {
  let now = start
  let order = 0
  const timers = new Map<number, { at: number; run: () => void }>()
  const nextDue = (limit: number) => {
    let best: [number, { at: number; run: () => void }] | undefined
    for (const entry of timers) if (entry[1].at <= limit && (!best || entry[1].at < best[1].at)) best = entry
    return best
  }
  const settle = () => new Promise<void>((resolve) => macrotask(resolve))
  return {
    now: () => now,
    after(delay, run) {
      if (delay === Number.POSITIVE_INFINITY) return () => {}
      const key = order++
      timers.set(key, { at: now + Math.max(0, delay), run })
      return () => void timers.delete(key)
    },
    yield: macrotask,
    get pending() {
      return timers.size
    },
    async advance(milliseconds) {
      const end = now + milliseconds
      await settle()
      for (let due = nextDue(end); due; due = nextDue(end)) {
        timers.delete(due[0])
        now = Math.max(now, due[1].at)
        due[1].run()
        await settle()
      }
      now = end
      await settle()
    },
  }
}
