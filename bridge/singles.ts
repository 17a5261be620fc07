/** Names that only one connection may have at a time: the newest. */

/** Who holds a name. */
export interface Single {
  /** A newer connection has taken the name. */
  replaced(): void
}

export class Singles {
  readonly #held = new Map<string, Single>()

  /** Takes a name; whoever had it is told first. */
  take(name: string, by: Single): void {
    const before = this.#held.get(name)
    this.#held.set(name, by)
    if (before && before !== by) before.replaced()
  }

  leave(name: string, by: Single): void {
    if (this.#held.get(name) === by) this.#held.delete(name)
  }
}
