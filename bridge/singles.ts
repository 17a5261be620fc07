/** Names that only one connection may have at a time: the newest. */

/** Who holds a name. */
export interface Single {
  /** A newer connection has taken the name. */
  replaced(name: string): void
}

export class Singles {
  readonly #held = new Map<string, Single>()

  /** Takes a name; whoever had it is told first. `among`: within which names it is one. Answers how to leave it. */
  take(among: readonly string[], name: string, by: Single): () => void {
    const key = JSON.stringify([...among, name])
    const before = this.#held.get(key)
    this.#held.set(key, by)
    if (before && before !== by) before.replaced(name)
    return () => {
      if (this.#held.get(key) === by) this.#held.delete(key)
    }
  }
}
