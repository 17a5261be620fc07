/** How long to wait before the next attempt to connect. */

export interface RetryOptions {
  /** Milliseconds before each attempt; the last one again and again. Default 0, 1, 2, 4, 8, 16, 30 seconds. */
  readonly delays?: readonly number[]
  /** How far a delay may be off, as a share of it, so that clients do not come back all at once. Default 0.2. */
  readonly jitter?: number
  /** Attempts in a row before giving up. Default: never. */
  readonly attempts?: number
}

const seconds = [0, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000]

/** The delay before the attempt of that number, from 1. `random`: 0 to 1. */
export const delayBefore = (attempt: number, options: RetryOptions, random: number): number => {
  const { delays = seconds, jitter = 0.2 } = options
  const delay = delays[Math.min(attempt, delays.length) - 1] ?? 0
  return Math.round(delay * (1 - jitter + 2 * jitter * random))
}
