/** A participant's own keys: made, read, and shown without what is private. */
import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK } from 'jose'
import { TroupeError } from '../errors.js'
import { needJwk, type PrivateJwk, type PublicJwk, uses } from './jwk.js'

/** Two pairs: nothing is signed with a key that encrypts. */
export interface Keys {
  /** Ed25519, private. */
  readonly sign: PrivateJwk
  /** X25519, private. */
  readonly encrypt: PrivateJwk
}

/** Their public halves, to be registered and given to others. */
export interface PublicKeys {
  readonly sign: PublicJwk
  readonly encrypt: PublicJwk
}

/** A key as it may be handed in: a private JWK, or a pair of WebCrypto whose private half need not be extractable. */
export type KeyInput = PrivateJwk | CryptoKeyPair

/** A private key that is ready for use. */
export interface OwnKey {
  readonly kid: string
  readonly key: CryptoKey
}

const make = async (crv: PublicJwk['crv']): Promise<PrivateJwk> => {
  const { privateKey } = await generateKeyPair(uses[crv].alg, { crv, extractable: true })
  const { x = '', d = '' } = await exportJWK(privateKey)
  return { kty: 'OKP', crv, x, d, kid: await calculateJwkThumbprint({ kty: 'OKP', crv, x }) }
}

/**
 * Makes two fresh pairs of keys, as private JWKs.
 *
 * @example
 * const keys = await createKeys()
 * await using remote = connect(url, { token, keys })
 */
export const createKeys = async (): Promise<Keys> => {
  const [sign, encrypt] = await Promise.all([make('Ed25519'), make('X25519')])
  return { sign, encrypt }
}

const publicOf = ({ kty, crv, x, kid }: PublicJwk): PublicJwk => ({ kty, crv, x, ...(kid === undefined ? {} : { kid }) })

/** The public halves of keys. */
export const publicKeys = ({ sign, encrypt }: Keys): PublicKeys => ({ sign: publicOf(sign), encrypt: publicOf(encrypt) })

const isPair = (given: object): given is CryptoKeyPair => 'privateKey' in given && 'publicKey' in given

/** Reads a private key. Rejects with `INVALID_OPTION` for what is none of that curve. */
export const ownKey = async (given: KeyInput, crv: PublicJwk['crv'], what: string): Promise<OwnKey> => {
  if (typeof given === 'object' && given !== null && isPair(given)) {
    const { x = '' } = await exportJWK(given.publicKey)
    needJwk({ kty: 'OKP', crv: given.privateKey.algorithm.name, x }, crv, what)
    return { kid: await calculateJwkThumbprint({ kty: 'OKP', crv, x }), key: given.privateKey }
  }
  const { kid, x } = needJwk(given, crv, what)
  if (typeof given.d !== 'string')
    throw new TroupeError('INVALID_OPTION', `Expected ${what} to be a private key, with its member d; got the public half alone.`)
  // A key of these curves is never read as the bytes of a symmetric one.
  const key = (await importJWK({ kty: 'OKP', crv, x, d: given.d }, uses[crv].alg)) as CryptoKey
  return { kid: kid ?? (await calculateJwkThumbprint({ kty: 'OKP', crv, x })), key }
}
