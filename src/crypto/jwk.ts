/** Keys as they are written down: JWK of the two curves that are used, Ed25519 to sign and X25519 to encrypt. */
import { calculateJwkThumbprint, importJWK } from 'jose'
import { TroupeError } from '../errors.js'

/** The public half of a key. */
export interface PublicJwk {
  readonly kty: 'OKP'
  /** `Ed25519` signs, `X25519` encrypts. */
  readonly crv: 'Ed25519' | 'X25519'
  readonly x: string
  /** Its name. Default: its RFC 7638 thumbprint. */
  readonly kid?: string
}

/** A private key: keep it where only its owner can read it. */
export interface PrivateJwk extends PublicJwk {
  readonly d: string
}

/** What a key is for, and with which algorithm. */
export const uses = {
  Ed25519: { use: 'sig', alg: 'EdDSA' },
  X25519: { use: 'enc', alg: 'ECDH-ES+A256KW' },
} as const

/** A key that may be shown, as it stands in a JWKS. */
export interface ListedJwk extends PublicJwk {
  readonly kid: string
  readonly use: 'sig' | 'enc'
  readonly alg: string
}

const text = (value: unknown): value is string => typeof value === 'string' && /^[\w-]{43}$/.test(value)

/** Throws `INVALID_OPTION` for what is no key of that curve; what came is never quoted. */
export const needJwk = (given: unknown, crv: PublicJwk['crv'], what: string): PublicJwk => {
  const jwk = (typeof given === 'object' ? given : undefined) as Partial<PrivateJwk> | undefined | null
  if (jwk?.kty === 'OKP' && jwk.crv === crv && text(jwk.x) && (jwk.kid === undefined || /^[\x21-\x7e]{1,256}$/.test(jwk.kid)))
    return jwk as PublicJwk
  throw new TroupeError(
    'INVALID_OPTION',
    `Expected ${what} to be a JWK { kty: "OKP", crv: "${crv}", x, kid? }; got something else. createKeys of troupe/keys makes one.`,
  )
}

/** Only what may be seen by everybody, member by member, so that nothing private is ever copied along. */
export const listed = async ({ kty, crv, x, kid }: PublicJwk): Promise<ListedJwk> => ({
  ...{ kty, crv, x, kid: kid ?? (await calculateJwkThumbprint({ kty, crv, x })) },
  ...uses[crv],
})

/** The RFC 7638 thumbprint of a key, SHA-256. */
export const thumbprint = ({ kty, crv, x }: PublicJwk): Promise<string> => calculateJwkThumbprint({ kty, crv, x })

/** Keys that were read before: reading one costs more than using it. */
const known = new Map<string, Promise<CryptoKey>>()
const keysKept = 10_000

/** The public half, as WebCrypto uses it. */
export const publicKey = ({ kty, crv, x }: PublicJwk): Promise<CryptoKey> => {
  const name = `${crv}.${x}`
  const former = known.get(name)
  if (former !== undefined) return former
  // A key of these curves is never read as the bytes of a symmetric one.
  const key = importJWK({ kty, crv, x }, uses[crv].alg) as Promise<CryptoKey>
  if (known.size >= keysKept) known.clear()
  known.set(name, key)
  key.catch(() => known.delete(name))
  return key
}
