/** End-to-end encryption: JWE in the general serialization, X25519 for each reader, AES-256-GCM for the text. */
import { flattenedDecrypt, GeneralEncrypt } from 'jose'
import { TroupeError } from '../errors.js'
import type { Sealed } from '../protocol/sealed.js'
import { type ListedJwk, publicKey } from './jwk.js'
import type { OwnKey } from './keys.js'

const utf8 = new TextEncoder()
const text = new TextDecoder('utf-8', { fatal: true })
const alg = 'ECDH-ES+A256KW'
const enc = 'A256GCM'
const typ = 'troupe'

/** Who wrote it, and for which topic, receiver or request: what is encrypted opens nowhere else. */
export interface Context {
  readonly from: string
  readonly on: string
}

/** Where it came from and stood; `from` undefined: anybody may have written it. */
export interface Expected {
  readonly from: string | undefined
  readonly on: string
}

/** Encrypts a value for the holders of these keys. */
export const seal = async (value: unknown, readers: readonly ListedJwk[], { from, on }: Context): Promise<Sealed> => {
  const written = new GeneralEncrypt(utf8.encode(JSON.stringify({ value }))).setProtectedHeader({ enc, typ, from, on })
  for (const reader of readers) written.addRecipient(await publicKey(reader)).setUnprotectedHeader({ alg, kid: reader.kid })
  // jose writes what was asked for above: the recipients with their own headers, the rest shared.
  return { jwe: (await written.encrypt()) as Sealed['jwe'] }
}

const unreadable = (why: string): TroupeError => new TroupeError('UNREADABLE', `The message cannot be read here: ${why}.`)

/** What stands in the way of reading it; `not-mine` where none of the keys is among its readers. */
export type Opened = { readonly value: unknown } | { readonly error: TroupeError; readonly mine: boolean }

/** Decrypts. Never rejects: what cannot be read is told with the reason, and never in part. */
export const open = async ({ jwe }: Sealed, own: readonly OwnKey[], { from, on }: Expected): Promise<Opened> => {
  const { recipients, ...rest } = jwe
  // Anybody may have written it: what looks like a recipient need not be one.
  const fits = own.flatMap(({ kid, key }) => recipients.filter((one) => one?.header?.kid === kid).map((one) => ({ one, key })))
  const [found] = fits
  if (!found) return { error: unreadable('it is encrypted for others'), mine: false }
  try {
    const { plaintext, protectedHeader } = await flattenedDecrypt({ ...rest, ...found.one }, found.key, {
      keyManagementAlgorithms: [alg],
      contentEncryptionAlgorithms: [enc],
    })
    const header = protectedHeader as Partial<Context & { typ: string }> | undefined
    if (header?.typ !== typ || (from !== undefined && header.from !== from) || header.on !== on)
      return { error: unreadable('it was encrypted by somebody else, or for another place, and was moved here'), mine: true }
    return { value: (JSON.parse(text.decode(plaintext)) as { value?: unknown }).value }
  } catch {
    return { error: unreadable('the key does not fit, or it was changed on the way'), mine: true }
  }
}
