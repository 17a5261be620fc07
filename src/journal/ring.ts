/** The newest entries of a journal, up to a number. */
import type { Envelope } from '../protocol/envelope.js'

export class Ring {
  readonly #capacity: number
  readonly #evicted: (envelope: Envelope) => void
  #entries: Envelope[] = []
  /** Entries before this one are gone; they are cut off in larger pieces, since moving an array costs as much for one as for many. */
  #start = 0

  /** `evicted` is told of each entry that had to go. */
  constructor(capacity: number, evicted: (envelope: Envelope) => void) {
    this.#capacity = Math.max(1, capacity)
    this.#evicted = evicted
  }

  push(envelope: Envelope): void {
    this.#entries.push(envelope)
    if (this.#entries.length - this.#start <= this.#capacity) return
    const oldest = this.#entries[this.#start++]
    if (oldest) this.#evicted(oldest)
    if (this.#start < this.#capacity) return
    this.#entries = this.#entries.slice(this.#start)
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
}
