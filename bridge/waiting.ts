/** The offsets that wait in a queue that may let some pass others: cheap to keep, and the smallest is always known. */

/** Offsets come in rising order, as events do, and mostly leave in the same. */
export class Waiting {
  #offsets: number[] = []
  #first = 0
  /** Those that left before their turn. */
  readonly #early = new Set<number>()

  get oldest(): number | undefined {
    return this.#offsets[this.#first]
  }

  add(offset: number): void {
    this.#offsets.push(offset)
  }

  remove(offset: number): void {
    if (this.#offsets[this.#first] !== offset) return void this.#early.add(offset)
    this.#first++
    for (let next = this.oldest; next !== undefined && this.#early.delete(next); next = this.oldest) this.#first++
    if (this.#first === this.#offsets.length) {
      this.#offsets = []
      this.#first = 0
    } else if (this.#first > 1_024 && this.#first * 2 > this.#offsets.length) {
      this.#offsets = this.#offsets.slice(this.#first)
      this.#first = 0
    }
  }
}
