/** What is remembered for several, by name, in one room: when that is full, whoever has most of it loses their oldest. */

interface Entry<V> {
  readonly owner: string
  readonly value: V
}

/** So nobody, however much they say, has others forgotten. */
export class Shares<V> {
  readonly #limit: number
  /** In the order in which they came. */
  readonly #all = new Map<string, Entry<V>>()
  readonly #names = new Map<string, Set<string>>()

  /** `limit`: how many are remembered at the most. */
  constructor(limit: number) {
    this.#limit = limit
  }

  get size(): number {
    return this.#all.size
  }

  get(name: string): V | undefined {
    return this.#all.get(name)?.value
  }

  /** The newest from now on, also where there was one of that name. */
  set(owner: string, name: string, value: V): void {
    this.delete(name)
    this.#all.set(name, { owner, value })
    const names = this.#names.get(owner) ?? new Set<string>()
    this.#names.set(owner, names.add(name))
  }

  delete(name: string): void {
    const entry = this.#all.get(name)
    if (!entry) return
    this.#all.delete(name)
    const names = this.#names.get(entry.owner)
    names?.delete(name)
    if (names?.size === 0) this.#names.delete(entry.owner)
  }

  /** The oldest first. */
  *[Symbol.iterator](): Generator<readonly [name: string, value: V], void, void> {
    for (const [name, { value }] of this.#all) yield [name, value]
  }

  /** The name that has to go before `owner` has so many more; undefined: there is room. */
  surplus(owner: string, more = 1): string | undefined {
    if (this.#all.size + more <= this.#limit) return undefined
    let most = this.#names.get(owner)
    // Who has at least as much as all have on average gives up their own, which spares looking for who has most.
    if (!most || most.size * this.#names.size < this.#all.size)
      for (const names of this.#names.values()) if (!most || names.size > most.size) most = names
    for (const oldest of most ?? []) return oldest
    return undefined
  }
}
