/** The public keys of others: those that were given, else those that the bridge lists. */
import { TroupeError } from '../errors.js'
import { type ListedJwk, listed, needJwk, type PublicJwk } from './jwk.js'

/** A key in the list of a bridge: whose it is, and whether it only reads old signatures any more. */
export interface DirectoryKey extends ListedJwk {
  readonly sub: string
  readonly retired?: boolean
}

/** Whose public keys are known beforehand: by `sub` or agent, of both uses. */
export type KeysOf = Readonly<Record<string, readonly PublicJwk[]>>

export interface DirectoryOptions {
  /** Believed instead of the list. */
  readonly of: KeysOf
  /** The address of the list; false: there is none. */
  readonly jwks: string | false
  /** The token that is shown there: of a tenant, only its own lists the keys. Absent: none. */
  readonly token?: (() => Promise<string | undefined>) | undefined
  now(): number
}

/** Milliseconds that the list is believed without looking again, and between two looks for somebody who is not on it. */
const fresh = 60_000
const between = 1_000

export class Directory {
  readonly #options: DirectoryOptions
  #list: Promise<readonly DirectoryKey[]> | undefined
  #at = Number.NEGATIVE_INFINITY

  constructor(options: DirectoryOptions) {
    this.#options = options
  }

  /** The keys of somebody for a use; `kid`: where that one is not among them, the list is fetched anew. Rejects with `DISCONNECTED`. */
  async keysOf(sub: string, use: ListedJwk['use'], kid?: string): Promise<readonly ListedJwk[]> {
    const { of, jwks, now } = this.#options
    if (Object.hasOwn(of, sub)) return (await this.#given(of[sub] ?? [])).filter((key) => key.use === use)
    if (jwks === false) return []
    const wanted = (keys: readonly DirectoryKey[]) =>
      keys.filter((key) => key.sub === sub && key.use === use && (use === 'sig' || !key.retired))
    const age = now() - this.#at
    const known = wanted(await this.#fetched(age >= fresh))
    if (kid === undefined ? known.length > 0 : known.some((key) => key.kid === kid)) return known
    return age < between ? known : wanted(await this.#fetched(age < fresh))
  }

  #given(keys: readonly PublicJwk[]): Promise<ListedJwk[]> {
    return Promise.all(keys.map((key) => listed(needJwk(key, key.crv === 'X25519' ? 'X25519' : 'Ed25519', 'a key of keys.of'))))
  }

  async #fetched(anew: boolean): Promise<readonly DirectoryKey[]> {
    if (this.#list !== undefined && !anew) return this.#list
    this.#at = this.#options.now()
    const list = this.#fetch()
    this.#list = list
    // A list that could not be had is asked for again by the next who needs it.
    list.catch(() => {
      this.#list = undefined
    })
    return list
  }

  async #fetch(): Promise<readonly DirectoryKey[]> {
    const address = String(this.#options.jwks)
    try {
      const token = await this.#options.token?.()
      const shown = token ? await fetch(address, { headers: { Authorization: `Bearer ${token}` } }) : undefined
      // Without, there is what everybody may read.
      const response = shown?.ok ? shown : await fetch(address)
      const { keys } = (await response.json()) as { keys: DirectoryKey[] }
      // Of a list that anybody may answer with, only what can be a key is taken.
      return keys.filter(({ sub, kid, crv, kty }) => kty === 'OKP' && typeof sub === 'string' && typeof kid === 'string' && crv)
    } catch (thrown) {
      throw new TroupeError('DISCONNECTED', `The list of public keys could not be read from ${address}; name them in keys.of.`, {
        cause: thrown,
      })
    }
  }
}
