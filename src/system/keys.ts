/** What was done under which idempotency key, for as long as it is remembered. */
import type { Clock } from '../clock.js'
import { TroupeError } from '../errors.js'
import { Shares } from '../shares.js'

export interface KeysOptions {
  /** Milliseconds for which a key is remembered. */
  readonly window: number
  /** How many keys are remembered; beyond, whoever has most loses their oldest. */
  readonly limit: number
}

/** A key, and whose it is. */
interface Key {
  readonly key: string
  readonly owner: string
}

interface Known {
  readonly at: number
  /** Tells what was done from something else. */
  readonly content: string
  outcome: unknown
}

/** Once within the window of remembered keys: what was done before comes back instead of being done again. */
export class Keys {
  readonly #clock: Clock
  readonly #options: KeysOptions
  readonly #known: Shares<Known>

  constructor(clock: Clock, options: KeysOptions) {
    this.#clock = clock
    this.#options = options
    this.#known = new Shares(options.limit)
  }

  get size(): number {
    return this.#known.size
  }

  /**
   * What came of it the first time; `act` is called only then. It is given how to forget the key, for when nothing came of it: then it
   * may be tried again. Throws `INVALID_MESSAGE` where something else was done under the key.
   */
  once<R>({ key, owner }: Key, content: string, act: (forget: () => void) => R): R {
    const known = this.#known.get(key)
    if (known && known.at > this.#since) {
      if (known.content !== content)
        throw new TroupeError(
          'INVALID_MESSAGE',
          'The key of this message belongs to another message that was sent before; take a new key for each.',
        )
      // Under one key stands what was done by the same verb of the same speaker, since both are part of it.
      return known.outcome as R
    }
    this.#known.delete(key)
    this.#makeRoom(owner)
    const entry: Known = { at: this.#clock.now(), content, outcome: undefined }
    this.#known.set(owner, key, entry)
    entry.outcome = act(() => {
      if (this.#known.get(key) === entry) this.#known.delete(key)
    })
    return entry.outcome as R
  }

  /** What is older is no longer remembered. */
  get #since(): number {
    return this.#clock.now() - this.#options.window
  }

  #makeRoom(owner: string): void {
    const since = this.#since
    for (const [key, { at }] of this.#known) {
      if (at > since) break
      this.#known.delete(key)
    }
    for (let key = this.#known.surplus(owner); key !== undefined; key = this.#known.surplus(owner)) this.#known.delete(key)
  }
}
