/** Names that only one connection may have at a time: the newest. */

/** Who holds a name. */
export interface Single {
  /** A newer connection has taken the name. */
  replaced(): void
}

export class Singles {
  readonly #held = new Map<string, Single>()

  /** Takes a name; whoever had it is told first. `parts`: what the name is made of. Answers how to leave it. */
  take(parts: readonly string[], by: Single): () => void {
    const name = JSON.stringify(parts)
    const before = this.#held.get(name)
    this.#held.set(name, by)
    if (before && before !== by) before.replaced()
    return () => {
      if (this.#held.get(name) === by) this.#held.delete(name)
    }
  }
}
