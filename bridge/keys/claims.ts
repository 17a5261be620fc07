/** The keys that a token binds to its holder: `cnf` of RFC 7800 to sign with, and one to be encrypted for. */
import { z } from 'zod'
import { needJwk, type PublicJwk } from '../../src/crypto/jwk.js'
import { TroupeError } from '../../src/errors.js'

/** What a principal holds, as far as its token says so. */
export interface HeldKeys {
  /** It signs with this key and no other. */
  readonly sign?: PublicJwk | undefined
  /** It signs with the key of this RFC 7638 thumbprint and no other, and shows it in each signature. */
  readonly thumbprint?: string | undefined
  /** What is for it alone is encrypted with this. */
  readonly encrypt?: PublicJwk | undefined
}

/** What a token says of keys. */
export interface KeyClaims {
  /** The key that its holder signs with, or that key's thumbprint. Default: those that the bridge has registered. */
  readonly cnf?: { readonly jwk: PublicJwk } | { readonly jkt: string }
  /** The public key to encrypt with for its holder. Default: those that the bridge has registered. */
  readonly encrypt?: PublicJwk
}

const open = z.looseObject({ kty: z.string() })

/** The claims as they stand in a token. */
export const keyClaims = {
  cnf: z.object({ jwk: open.optional(), jkt: z.string().min(1).max(128).optional() }).optional(),
  encrypt: open.optional(),
} as const

interface Claimed {
  readonly cnf?: { readonly jwk?: object | undefined; readonly jkt?: string | undefined } | undefined
  readonly encrypt?: object | undefined
}

/** Throws `INVALID_OPTION` for keys that are none, and private ones. */
export const heldKeys = ({ cnf, encrypt }: Claimed): { readonly keys?: HeldKeys } => {
  if (!cnf && !encrypt) return {}
  const { jwk, jkt } = cnf ?? {}
  return {
    keys: {
      ...(jwk ? { sign: needPublic(jwk, 'Ed25519', 'the key in cnf') } : {}),
      ...(jkt === undefined ? {} : { thumbprint: jkt }),
      ...(encrypt ? { encrypt: needPublic(encrypt, 'X25519', 'the key in encrypt') } : {}),
    },
  }
}

/** A key of which only the public half was given. Throws `INVALID_OPTION`. */
export const needPublic = (given: object, crv: PublicJwk['crv'], what: string): PublicJwk => {
  const { kty, x, kid } = needJwk(given, crv, what)
  if (!('d' in given)) return { kty, crv, x, ...(kid === undefined ? {} : { kid }) }
  throw new TroupeError('INVALID_OPTION', `Expected ${what} to be a public key; got a private one, which is its owner's alone.`)
}
