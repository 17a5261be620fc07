/** How much may be held in all: the oldest has to let go when there is more. */

interface Held {
  readonly weight: number
  readonly letGo: () => void
}

export class Budget {
  readonly #limit: number
  /** The oldest in front. */
  readonly #held = new Map<string, Held>()
  #weight = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  get weight(): number {
    return this.#weight
  }

  /** `letGo` is called when there is no room for it any more, at once where it alone is too heavy. */
  hold(name: string, weight: number, letGo: () => void): void {
    this.release(name)
    this.#held.set(name, { weight, letGo })
    this.#weight += weight
    for (const [oldest, held] of this.#held) {
      if (this.#weight <= this.#limit) return
      this.release(oldest)
      held.letGo()
    }
  }

  /** It is not held any more. */
  release(name: string): void {
    this.#weight -= this.#held.get(name)?.weight ?? 0
    this.#held.delete(name)
  }
}
