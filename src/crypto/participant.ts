/** Somebody with keys: signs and encrypts what it says, verifies and decrypts what it hears. Loaded where keys are first needed. */
import { TroupeError } from '../errors.js'
import type { Envelope } from '../protocol/envelope.js'
import type { Sealed } from '../protocol/sealed.js'
import type { Claims } from '../protocol/signature.js'
import { Directory, type DirectoryOptions, type KeysOf } from './directory.js'
import type { ListedJwk } from './jwk.js'
import { type KeyInput, type OwnKey, ownKey } from './keys.js'
import { type Context, type Expected, type Opened, open, seal } from './seal.js'
import { headerOf, readSignature, signClaims } from './sign.js'
import { type Handed, needClaims, needSameDelivery, needSameEvent } from './witness.js'

/** The keys of a participant, and whom it believes about those of others. */
export interface KeyOptions {
  /** Ed25519: every command is signed with it, but those that only read. */
  readonly sign?: KeyInput
  /** X25519: what is encrypted for this client is read with it. Of several, each; that is how a former key goes on to read. */
  readonly encrypt?: KeyInput | readonly KeyInput[]
  /**
   * Public keys of others by their `sub`, believed instead of those that the bridge lists. Without them the bridge is trusted to say whose
   * a key is.
   */
  readonly of?: KeysOf
  /** Where public keys are listed. Default: `/.well-known/jwks.json` of the bridge; false: nowhere, only `of` counts. */
  readonly jwks?: string | false
}

/** Who signed something, and when. */
export interface Verified {
  /** The `sub` of the client, or the id of the agent, whose key it was. */
  readonly from: string
  readonly kid: string
  /** Milliseconds since the epoch, by the signer's reckoning. */
  readonly at: number
  /** What was signed: the command and its payload. */
  readonly type: string
  readonly payload: Readonly<Record<string, unknown>>
}

const listOf = (given: KeyOptions['encrypt']): readonly KeyInput[] => (given === undefined ? [] : ([given].flat() as KeyInput[]))

export class Participant {
  readonly #sign: Promise<OwnKey> | undefined
  readonly #own: Promise<readonly OwnKey[]>
  readonly #directory: Directory

  constructor({ sign, encrypt }: KeyOptions, directory: DirectoryOptions) {
    this.#sign = sign && ownKey(sign, 'Ed25519', 'the key that signs')
    this.#own = Promise.all(listOf(encrypt).map((key) => ownKey(key, 'X25519', 'the key that encrypts')))
    // Whoever first needs one is told that it is none.
    this.#sign?.catch(() => {})
    this.#own.catch(() => {})
    this.#directory = new Directory(directory)
  }

  /** Undefined where there is no key to sign with. Rejects with `INVALID_OPTION` where that is none. */
  async sign(claims: Claims): Promise<string | undefined> {
    return this.#sign && signClaims(await this.#sign, claims)
  }

  /** Rejects with `NOT_FOUND` where nobody knows a key of one of the readers. */
  async seal(value: unknown, readers: readonly string[], context: Context): Promise<Sealed> {
    if (readers.length === 0)
      throw new TroupeError('INVALID_MESSAGE', 'A message is encrypted for one reader at least; encryptFor is empty.')
    const keys: ListedJwk[] = []
    for (const reader of new Set(readers)) {
      const known = await this.#directory.keysOf(reader, 'enc')
      if (known.length === 0)
        throw new TroupeError(
          'NOT_FOUND',
          `No public key of ${reader} to encrypt with is known; it has to be registered with the bridge, or given in keys.of.`,
        )
      keys.push(...known)
    }
    return seal(value, keys, context)
  }

  /** Never rejects for what it is given, only for keys of its own that are none. */
  async open(sealed: Sealed, context: Expected): Promise<Opened> {
    return open(sealed, await this.#own, context)
  }

  /** Rejects with `SIGNATURE_REQUIRED` for what is not signed, `SIGNATURE_INVALID` for what somebody else said, or changed, or said elsewhere. */
  async verifyEvent(envelope: Envelope): Promise<Verified> {
    // An event of an agent elsewhere is signed by the client that works as it, which the signature names.
    const speaker = envelope.event.type === 'agent.said' ? undefined : envelope.source
    return this.#verify(envelope.signature, speaker, (claims) => needSameEvent(envelope, claims))
  }

  async verifyDelivery(handed: Handed & { readonly signature?: string | undefined }): Promise<Verified> {
    return this.#verify(handed.signature, undefined, (claims) => needSameDelivery(handed, claims))
  }

  async #verify(signature: string | undefined, speaker: string | undefined, need: (claims: Claims) => void): Promise<Verified> {
    if (signature === undefined) throw new TroupeError('SIGNATURE_REQUIRED', 'It is not signed.')
    const { kid: named } = headerOf(signature)
    const from = speaker ?? signerOf(signature)
    const { claims, kid } = await readSignature(signature, await this.#directory.keysOf(from, 'sig', named).then(verifying))
    const said = needClaims(claims)
    if (said.from !== from) throw new TroupeError('SIGNATURE_INVALID', `It was signed by ${said.from}, not by ${from}.`)
    need(said)
    const { at, type, payload } = said
    return { from, kid, at, type, payload }
  }
}

const verifying = (keys: readonly ListedJwk[]) => keys.map((jwk) => ({ kid: jwk.kid, jwk }))

/** Whom a signature names, before it is known whether it is theirs. Throws `SIGNATURE_INVALID`. */
const signerOf = (signature: string): string => {
  try {
    const part = (signature.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/')
    const bytes = Uint8Array.from(atob(part), (char) => char.charCodeAt(0))
    return needClaims(JSON.parse(new TextDecoder().decode(bytes))).from
  } catch {
    throw new TroupeError('SIGNATURE_INVALID', 'The signature cannot be read.')
  }
}
