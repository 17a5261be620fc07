/** What was done under which idempotency key, for as long as it is remembered. */
import type { Clock } from '../clock.js'

export interface KeysOptions {
  /** Milliseconds for which a key is remembered. */
  readonly window: number
  /** How many keys are remembered; the oldest goes first. */
  readonly limit: number
}

/** Once within the window of remembered keys: what was done before comes back instead of being done again, unless it came to nothing. */
export class Keys {
  readonly #clock: Clock
  readonly #options: KeysOptions
  /** In the order in which they were first used, so the oldest are in front. */
  readonly #known = new Map<string, { readonly at: number; outcome: unknown }>()

  constructor(clock: Clock, options: KeysOptions) {
    this.#clock = clock
    this.#options = options
  }

  get size(): number {
    return this.#known.size
  }

  /** What came of it the first time; `act` is called only then. */
  once<R>(key: string, act: () => R): R {
    const known = this.#known.get(key)
    // Under one key stands what was done by the same verb of the same speaker, since both are part of it.
    if (known && known.at > this.#since) return known.outcome as R
    this.#makeRoom()
    const entry: { readonly at: number; outcome: unknown } = { at: this.#clock.now(), outcome: undefined }
    // Known from now on, so that what comes to nothing at once is forgotten.
    this.#known.delete(key)
    this.#known.set(key, entry)
    const outcome = act()
    entry.outcome = outcome
    return outcome
  }

  /** It came to nothing: it may be done again. */
  forget(key: string): void {
    this.#known.delete(key)
  }

  /** What is older is no longer remembered. */
  get #since(): number {
    return this.#clock.now() - this.#options.window
  }

  #makeRoom(): void {
    const since = this.#since
    for (const [key, { at }] of this.#known) {
      if (at > since && this.#known.size < this.#options.limit) return
      this.#known.delete(key)
    }
  }
}
