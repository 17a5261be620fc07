/** Whose public keys are whose: those that were registered, and those that tokens have bound. */
import { type ListedJwk, listed, type PublicJwk } from '../../src/crypto/jwk.js'
import { type Principal, whoOf } from '../principal.js'
import type { HeldKeys } from './claims.js'
import type { RegisteredKey } from './options.js'

/** A key in the list that everybody may read. */
export interface RingKey extends ListedJwk {
  readonly sub: string
  readonly retired?: true
}

/** Whose a key is: clients of two tenants may have one name. */
type Holder = Pick<Principal, 'sub' | 'tenant'>

interface Listed {
  readonly tenant: string | undefined
  readonly key: RingKey
}

/** Keys that tokens bound to one holder, and holders, of which that is remembered; the oldest go. */
const keysOfOne = 8
const holders = 100_000

export class Ring {
  readonly #registered: Promise<readonly Listed[]>
  /** By holder; the newest last. */
  readonly #bound = new Map<string, { readonly tenant: string | undefined; readonly keys: readonly RingKey[] }>()

  constructor(registered: ReadonlyMap<string, readonly RegisteredKey[]>) {
    const all = [...registered].flatMap(([sub, keys]) =>
      keys.map(async ({ tenant, retired, ...key }) => ({ tenant, key: await ringKey(sub, key, retired) })),
    )
    this.#registered = Promise.all(all)
    // They were checked; whoever asks for them is told if one still cannot be read.
    this.#registered.catch(() => {})
  }

  /** A token says that these are its holder's: they are listed from now on, and the holder's former ones of that use are retired. */
  async bind(holder: Holder, { sign, encrypt }: HeldKeys): Promise<void> {
    for (const key of [sign, encrypt]) if (key) await this.#bind(holder, key)
  }

  async #bind({ sub, tenant }: Holder, key: PublicJwk): Promise<void> {
    const who = whoOf({ sub, tenant })
    const fresh = await ringKey(sub, key)
    const known = this.#bound.get(who)?.keys ?? []
    if (known.some(({ kid, x, retired }) => kid === fresh.kid && x === fresh.x && !retired)) return
    const former = known.flatMap((one) =>
      one.kid === fresh.kid ? [] : [one.use === fresh.use ? { ...one, retired: true as const } : one],
    )
    this.#bound.delete(who)
    this.#bound.set(who, { tenant, keys: [...former, fresh].slice(-keysOfOne) })
    if (this.#bound.size > holders) for (const oldest of this.#bound.keys()) if (this.#bound.delete(oldest)) break
  }

  /** The keys that somebody was registered with, to sign. */
  async signingKeys({ sub, tenant }: Holder): Promise<readonly RingKey[]> {
    return (await this.#of(tenant)).filter((key) => key.sub === sub && key.use === 'sig')
  }

  /** Everything of a tenant, or of none, as a JWKS; each key says whose it is. */
  async jwks(tenant?: string): Promise<{ readonly keys: readonly RingKey[] }> {
    const registered = await this.#of(tenant)
    const names = new Set(registered.map(({ sub, kid }) => `${sub}\n${kid}`))
    const held = [...this.#bound.values()].flatMap((each) => (each.tenant === tenant ? each.keys : []))
    return { keys: [...registered, ...held.filter(({ sub, kid }) => !names.has(`${sub}\n${kid}`))] }
  }

  async #of(tenant: string | undefined): Promise<readonly RingKey[]> {
    return (await this.#registered).flatMap((each) => (each.tenant === tenant ? [each.key] : []))
  }
}

const ringKey = async (sub: string, key: PublicJwk, retired = false): Promise<RingKey> => ({
  ...(await listed(key)),
  sub,
  ...(retired ? { retired } : {}),
})
