/** What a client does with keys, without loading any of it before there is something to sign, encrypt or read. */

import type { KeyOptions, Participant, Verified } from '../crypto/participant.js'
import { TroupeError } from '../errors.js'
import type { Envelope } from '../protocol/envelope.js'
import type { Sealed } from '../protocol/sealed.js'
import type { Outgoing } from './pending.js'

/** What is verified before it is told. */
export type Verify = 'signed' | 'required'

export interface SealingOptions {
  /** Of the bridge. */
  readonly url: string
  readonly keys: KeyOptions
  readonly verify: Verify | undefined
  /** What the client shows its bridge. */
  readonly token: string | (() => string | Promise<string>) | undefined
  /** Milliseconds since the epoch. */
  now(): number
}

/** Commands that change nothing are not worth a signature. */
const reads = /\.(get|list|result)$/

/** The part of a payload that is encrypted, and for what: what it says may be read nowhere else. */
const partOf = (type: string, payload: Readonly<Record<string, unknown>>): readonly [name: string, on: string] => {
  if (type === 'channel.publish') return ['body', `topic:${payload['topic']}`]
  if (type === 'external.done') return ['value', `answer:${payload['answers']}`]
  return ['message', `to:${payload['to']}`]
}

/** What may be encrypted: the rest is for the system itself to read. */
const sealable: ReadonlySet<string> = new Set(['channel.publish', 'client.send', 'agent.send', 'agent.ask', 'external.done'])

interface Secret {
  readonly encryptFor?: readonly string[]
}

/** The sealed part of a body or a message, where there is one. */
const sealedIn = (value: unknown): Sealed | undefined => {
  const { jwe } = (typeof value === 'object' && value !== null ? value : {}) as { jwe?: Partial<Sealed['jwe']> | null }
  const { recipients, ciphertext } = typeof jwe === 'object' && jwe !== null ? jwe : {}
  return Array.isArray(recipients) && typeof ciphertext === 'string' ? { jwe: jwe as Sealed['jwe'] } : undefined
}

type Proof = Parameters<Participant['verifyDelivery']>[0]

/** What was in a sealed message, or why that cannot be told. */
export interface Unsealed<M> {
  readonly message: M
  readonly encrypted?: true
  readonly unreadable?: TroupeError
}

export class Sealing {
  readonly #options: SealingOptions
  #participant: Promise<Participant> | undefined
  #sub = ''
  /** Milliseconds by which the server's clock is ahead: signatures are dated by that clock, which is the one that judges them. */
  #ahead = 0
  /** Events as they came, by what was made of them: a signature is about what came. */
  readonly #raw = new WeakMap<Envelope, Envelope>()

  constructor(options: SealingOptions) {
    this.#options = options
  }

  welcomed(sub: string, at: number | undefined): void {
    this.#sub = sub
    if (at !== undefined) this.#ahead = at - this.#options.now()
  }

  /** Whether something has to be done with it before it may leave. */
  needs({ type, payload }: Outgoing): boolean {
    if ((payload as Secret).encryptFor !== undefined) return true
    return this.#options.keys.sign !== undefined && type.includes('.') && !reads.test(type)
  }

  /** Encrypts what is to be. Rejects where that cannot be done: then nothing of it leaves. */
  async seal(outgoing: Outgoing): Promise<Outgoing> {
    if ((outgoing.payload as Secret).encryptFor === undefined) return outgoing
    return { ...outgoing, payload: await this.#sealed(await this.#load(), outgoing.type, outgoing.payload) }
  }

  /** Signs what changes something, where there is a key for it. It is dated now, so it is signed anew each time that it is said. */
  async sign(outgoing: Outgoing): Promise<Outgoing> {
    const { id, type, payload } = outgoing
    if (reads.test(type)) return outgoing
    const at = this.#options.now() + this.#ahead
    // The payload is what JSON makes of it already, as whoever asks it has seen to.
    const claims = { from: this.#sub, id, at, type, payload: payload as Record<string, unknown> }
    const signature = await (await this.#load()).sign(claims)
    return signature === undefined ? outgoing : { ...outgoing, signature }
  }

  async #sealed(participant: Participant, type: string, given: object): Promise<object> {
    const { encryptFor, ...payload } = given as Secret & Readonly<Record<string, unknown>>
    if (encryptFor === undefined) return payload
    if (!sealable.has(type))
      throw new TroupeError('UNSUPPORTED', `The payload of ${type} is read by the system and cannot be encrypted.`)
    const [name, on] = partOf(type, payload)
    const { [name]: value, answers: _, ...rest } = payload
    const context = { from: this.#sub, on }
    if (name !== 'message') return { ...rest, [name]: await participant.seal(value, encryptFor, context) }
    // The type of a message is what it is delivered by.
    const { type: kind, ...secret } = value as { readonly type: string }
    return { ...rest, message: { type: kind, ...(await participant.seal(secret, encryptFor, context)) } }
  }

  /** The event, verified where that was wanted, with what was encrypted in it; undefined: there is nothing to do. Rejects for what does not hold. */
  event(envelope: Envelope): Promise<Envelope> | undefined {
    const { signature, event } = envelope
    if (!this.#doubts(signature, event.type === 'message' || event.type === 'client.message')) return this.#unsealed(envelope)
    return this.verify(envelope).then(() => this.#unsealed(envelope) ?? envelope)
  }

  /** Whether it has to be looked at before it is told. */
  #doubts(signature: string | undefined, said: boolean): boolean {
    const { verify } = this.#options
    return verify !== undefined && (signature !== undefined || (verify === 'required' && said))
  }

  #unsealed(envelope: Envelope): Promise<Envelope> | undefined {
    const { event, source, topic } = envelope
    if (event.type === 'message') {
      if (!sealedIn(event.body)) return undefined
      return this.#opened(event.body, source, `topic:${topic}`).then((read) =>
        'value' in read ? this.#marked(envelope, { ...event, body: read.value }) : this.#marked(envelope, event, read.error),
      )
    }
    if (event.type !== 'client.message') return undefined
    return this.message(event.message, event.from, event.id)?.then(({ message, unreadable }) =>
      this.#marked(envelope, { ...event, message }, unreadable),
    )
  }

  /** The message with what was encrypted in it, where something was. `to`: the agent, or the address of the client. */
  message<M extends { readonly type: string }>(message: M, from: string, to: string): Promise<Unsealed<M>> | undefined {
    if (!sealedIn(message)) return undefined
    return this.#opened(message, from, `to:${to}`).then((read) => {
      if ('error' in read) return { message, encrypted: true, unreadable: read.error }
      // Whoever encrypted it encrypted all but its type, as `#sealed` does.
      return { message: { ...(read.value as object), type: message.type } as M, encrypted: true }
    })
  }

  /** An answer with what was encrypted in it, where something was; `id`: of the request. Rejects with `UNREADABLE`. */
  answer(id: string, payload: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, unknown>>> | undefined {
    const { value } = payload
    if (!sealedIn(value)) return undefined
    // Whoever works as the agent answers; who that is, only a signature could say.
    return this.#opened(value, undefined, `answer:${id}`).then((read) => {
      if ('error' in read) throw read.error
      return { ...payload, value: read.value }
    })
  }

  /** Who signed an event, and when. Rejects with `SIGNATURE_REQUIRED` or `SIGNATURE_INVALID`. */
  async verify(envelope: Envelope): Promise<Verified> {
    return (await this.#load()).verifyEvent(this.#raw.get(envelope) ?? envelope)
  }

  async verifyDelivery(handed: Proof): Promise<Verified> {
    return (await this.#load()).verifyDelivery(handed)
  }

  /** What was handed over, verified where that was wanted, with what was encrypted in it; undefined: there is nothing to do. Rejects for what does not hold. */
  delivery<M extends { readonly type: string }>(handed: Proof & { readonly message: M }): Promise<Unsealed<M>> | undefined {
    const { message, from, agent, signature } = handed
    if (this.#doubts(signature, true))
      return this.verifyDelivery(handed).then(() => this.message(message, from, agent) ?? { message })
    return this.message(message, from, agent)
  }

  async #opened(value: unknown, from: string | undefined, on: string) {
    // Seen to be one before this was called.
    return (await this.#load()).open(sealedIn(value) as Sealed, { from, on })
  }

  #marked(raw: Envelope, event: Envelope['event'], unreadable?: TroupeError): Envelope {
    const marked: Envelope = { ...raw, event, encrypted: true, ...(unreadable ? { unreadable } : {}) }
    this.#raw.set(marked, raw)
    return marked
  }

  async #token(): Promise<string | undefined> {
    const { token } = this.#options
    return typeof token === 'function' ? token() : token
  }

  #load(): Promise<Participant> {
    const { keys, url, now } = this.#options
    const { jwks = listAt(url) } = keys
    // Nobody else is shown the token of this bridge.
    const shown = keys.jwks === undefined ? { token: () => this.#token() } : {}
    this.#participant ??= import('../crypto/participant.js').then(
      (loaded) => new loaded.Participant(keys, { of: keys.of ?? {}, jwks, now, ...shown }),
    )
    return this.#participant
  }
}

/** Where the bridge lists public keys. */
const listAt = (url: string): string => new URL('/.well-known/jwks.json', url.replace(/^ws/, 'http')).href
