/** Signatures: compact JWS with Ed25519, over a command and who said it when. */
import { CompactSign, compactVerify, decodeProtectedHeader, errors } from 'jose'
import { TroupeError } from '../errors.js'
import type { Claims } from '../protocol/signature.js'
import { type PublicJwk, publicKey } from './jwk.js'
import type { OwnKey } from './keys.js'

const utf8 = new TextEncoder()
const text = new TextDecoder('utf-8', { fatal: true })

/** What the signatures of this house say they are, so that none made for something else counts here. */
const typ = 'troupe'

/** Signs, with the name of the key in the header. */
export const signClaims = ({ kid, key }: OwnKey, claims: Claims): Promise<string> =>
  new CompactSign(utf8.encode(JSON.stringify(claims))).setProtectedHeader({ alg: 'EdDSA', kid, typ }).sign(key)

/** A key that a signature may have been made with. */
export interface Verifying {
  readonly kid: string
  readonly jwk: PublicJwk
}

const invalid = (why: string): TroupeError => new TroupeError('SIGNATURE_INVALID', `The signature was not accepted: ${why}.`)

/** What the header of a signature says: which key, and maybe the key itself. Throws `SIGNATURE_INVALID`. */
export const headerOf = (signature: string): { readonly kid: string | undefined; readonly jwk: unknown } => {
  try {
    const { kid, jwk } = decodeProtectedHeader(signature)
    return { kid: typeof kid === 'string' ? kid : undefined, jwk }
  } catch {
    throw invalid('its header cannot be read')
  }
}

/** What was signed, and with which of the keys. Rejects with `SIGNATURE_INVALID`. Whether it is about this, and in time, is another question. */
export const readSignature = async (
  signature: string,
  keys: readonly Verifying[],
): Promise<{ readonly claims: unknown; readonly kid: string }> => {
  const { kid } = headerOf(signature)
  const used = kid === undefined && keys.length === 1 ? keys[0] : keys.find((each) => each.kid === kid)
  if (!used) throw invalid(`no key ${JSON.stringify(kid?.slice(0, 100) ?? null)} is known of whoever is said to have signed it`)
  try {
    const { payload, protectedHeader } = await compactVerify(signature, await publicKey(used.jwk), {
      algorithms: ['EdDSA', 'Ed25519'],
    })
    if (protectedHeader.typ !== typ) throw invalid(`the typ of its header has to be "${typ}"`)
    return { claims: JSON.parse(text.decode(payload)), kid: used.kid }
  } catch (thrown) {
    if (thrown instanceof TroupeError) throw thrown
    if (thrown instanceof errors.JWSSignatureVerificationFailed) throw invalid('it does not fit what was signed, or the key')
    throw invalid(thrown instanceof errors.JOSEError ? thrown.message.replace(/\.$/, '') : 'what was signed is not JSON')
  }
}
