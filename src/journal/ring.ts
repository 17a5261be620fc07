/** The newest entries of a journal, up to a number and a weight. */
import type { Envelope } from '../protocol/envelope.js'

export interface RingOptions {
  /** Entries that are kept. */
  readonly capacity: number
  /** What an entry weighs, and how much may be kept in all. */
  readonly weigh: (envelope: Envelope) => number
  readonly maxWeight: number
  /** Told of each entry that had to go. */
  readonly evicted: (envelope: Envelope) => void
}

export class Ring {
  readonly #options: RingOptions
  readonly #capacity: number
  #entries: (Envelope | undefined)[] = []
  /** What each weighed when it came: code may change what it published. */
  #weights: number[] = []
  /** Places before this one are empty; they are cut off in larger pieces, since moving an array costs as much for one as for many. */
  #start = 0
  #weight = 0

  constructor(options: RingOptions) {
    this.#options = options
    this.#capacity = Math.max(1, options.capacity)
  }

  push(envelope: Envelope): void {
    const { weigh, maxWeight } = this.#options
    const weight = weigh(envelope)
    this.#entries.push(envelope)
    this.#weights.push(weight)
    this.#weight += weight
    // The newest always stays, however heavy it is.
    while (this.#length > this.#capacity || (this.#weight > maxWeight && this.#length > 1)) this.#evict()
    if (this.#start < 1_024 || this.#start < this.#length) return
    this.#entries = this.#entries.slice(this.#start)
    this.#weights = this.#weights.slice(this.#start)
    this.#start = 0
  }

  /** The entries behind an offset, oldest first. */
  *after(offset: number): Generator<Envelope, void, void> {
    let low = this.#start
    let high = this.#entries.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#entries[middle]?.offset ?? 0) <= offset) low = middle + 1
      else high = middle
    }
    for (let at = low; at < this.#entries.length; at++) {
      const entry = this.#entries[at]
      if (entry) yield entry
    }
  }

  get #length(): number {
    return this.#entries.length - this.#start
  }

  #evict(): void {
    const oldest = this.#entries[this.#start]
    this.#weight -= this.#weights[this.#start] ?? 0
    this.#entries[this.#start++] = undefined
    if (oldest) this.#options.evicted(oldest)
  }
}
