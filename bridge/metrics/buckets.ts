/** A histogram of plain numbers: to count a value is to add to one of them. */

export class Buckets {
  /** Upper bounds, rising; what is above the last one is counted as well. */
  readonly bounds: readonly number[]
  /** How many values fell into each, one more than there are bounds. */
  readonly counts: Float64Array
  sum = 0

  constructor(bounds: readonly number[]) {
    this.bounds = bounds
    this.counts = new Float64Array(bounds.length + 1)
  }

  record(value: number): void {
    let at = 0
    // Few bounds, and most values are small: a search would take longer.
    while (at < this.bounds.length && value > (this.bounds[at] ?? 0)) at++
    this.counts[at] = (this.counts[at] ?? 0) + 1
    this.sum += value
  }
}

/** Bytes of a message: powers of four, from 64 to 1 MiB. */
export const sizeBounds = [64, 256, 1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576]
/** Milliseconds that something took. */
export const timeBounds = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 60_000]
