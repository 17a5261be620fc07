/** Whose public keys are whose: those that were registered, and those that tokens have bound. */
import { type ListedJwk, listed, type PublicJwk } from '../../src/crypto/jwk.js'
import type { HeldKeys } from './claims.js'
import type { RegisteredKey } from './options.js'

/** A key in the list that everybody may read. */
export interface RingKey extends ListedJwk {
  readonly sub: string
  readonly retired?: true
}

/** Keys that tokens bound to one holder, and holders, of which that is remembered; the oldest go. */
const keysOfOne = 8
const holders = 100_000

export class Ring {
  readonly #registered: Promise<readonly RingKey[]>
  /** By holder; the newest last. */
  readonly #bound = new Map<string, readonly RingKey[]>()

  constructor(registered: ReadonlyMap<string, readonly RegisteredKey[]>) {
    const all = [...registered].flatMap(([sub, keys]) => keys.map((key) => ringKey(sub, key, key.retired)))
    this.#registered = Promise.all(all)
    // They were checked; whoever asks for them is told if one still cannot be read.
    this.#registered.catch(() => {})
  }

  /** A token says that these are its holder's: they are listed from now on, and the holder's former ones of that use are retired. */
  async bind(sub: string, { sign, encrypt }: HeldKeys): Promise<void> {
    for (const key of [sign, encrypt]) if (key) await this.#bind(sub, key)
  }

  async #bind(sub: string, key: PublicJwk): Promise<void> {
    const fresh = await ringKey(sub, key)
    const known = this.#bound.get(sub) ?? []
    if (known.some(({ kid, x, retired }) => kid === fresh.kid && x === fresh.x && !retired)) return
    const former = known.flatMap((one) =>
      one.kid === fresh.kid ? [] : [one.use === fresh.use ? { ...one, retired: true as const } : one],
    )
    this.#bound.delete(sub)
    this.#bound.set(sub, [...former, fresh].slice(-keysOfOne))
    if (this.#bound.size > holders) for (const oldest of this.#bound.keys()) if (this.#bound.delete(oldest)) break
  }

  /** The keys that somebody was registered with, to sign. */
  async signingKeys(sub: string): Promise<readonly RingKey[]> {
    return (await this.#registered).filter((key) => key.sub === sub && key.use === 'sig')
  }

  /** Everything that may be seen, as a JWKS; each key says whose it is. */
  async jwks(): Promise<{ readonly keys: readonly RingKey[] }> {
    const registered = await this.#registered
    const names = new Set(registered.map(({ sub, kid }) => `${sub}\n${kid}`))
    const bound = [...this.#bound.values()].flat().filter(({ sub, kid }) => !names.has(`${sub}\n${kid}`))
    return { keys: [...registered, ...bound] }
  }
}

const ringKey = async (sub: string, key: PublicJwk, retired = false): Promise<RingKey> => ({
  ...(await listed(key)),
  sub,
  ...(retired ? { retired } : {}),
})
