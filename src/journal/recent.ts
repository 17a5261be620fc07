/** The newest entries of what is stored, at hand: whoever is nearly up to date waits for no disk. */
import type { Envelope } from '../protocol/envelope.js'

export class Recent {
  /** Everything that is kept behind this offset is here. */
  floor: number
  readonly #capacity: number
  readonly #maxBytes: number
  #entries: { readonly envelope: Envelope; readonly bytes: number }[] = []
  #start = 0
  #bytes = 0

  constructor(floor: number, capacity: number, maxBytes: number) {
    this.floor = floor
    this.#capacity = capacity
    this.#maxBytes = maxBytes
  }

  push(envelope: Envelope, bytes: number): void {
    this.#entries.push({ envelope, bytes })
    this.#bytes += bytes
  }

  /** Lets go of the oldest beyond what may be here, but of nothing that no store has yet. */
  trim(durable: number): void {
    for (let oldest = this.#entries[this.#start]; oldest; oldest = this.#entries[this.#start]) {
      const much = this.#entries.length - this.#start > this.#capacity || this.#bytes > this.#maxBytes
      if (!much || oldest.envelope.offset > durable) break
      this.floor = oldest.envelope.offset
      this.#bytes -= oldest.bytes
      this.#start++
    }
    if (this.#start < 1_024 || this.#start * 2 < this.#entries.length) return
    this.#entries = this.#entries.slice(this.#start)
    this.#start = 0
  }

  /** The entries behind an offset, oldest first. */
  *after(offset: number): Generator<Envelope, void, void> {
    let low = this.#start
    let high = this.#entries.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#entries[middle]?.envelope.offset ?? 0) <= offset) low = middle + 1
      else high = middle
    }
    for (let at = low; at < this.#entries.length; at++) {
      const entry = this.#entries[at]
      if (entry) yield entry.envelope
    }
  }
}
