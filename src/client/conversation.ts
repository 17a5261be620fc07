/** What a client and its server say to each other: requests and answers, events, and how far it has come. */
import { type Observable, Subject } from 'rxjs'
import { Guarded } from '../channel.js'
import { systemClock } from '../clock.js'
import { copied } from '../codec/json.js'
import { describeThrown, TroupeError, toTroupeError } from '../errors.js'
import { createIds, type Ids } from '../ids.js'
import type { Cursor, Envelope } from '../protocol/envelope.js'
import type { EventFilter } from '../protocol/filter.js'
import type { Frame } from '../protocol/frame.js'
import { guardedTracer, type Tracer } from '../tracer.js'
import { agentStopped } from './agent-stopped.js'
import type { ConnectionState } from './connection-state.js'
import { envelopeOf } from './envelope.js'
import { InOrder } from './in-order.js'
import type { Welcome } from './incoming.js'
import { Link } from './link.js'
import { Listening } from './listening.js'
import type { ClientMessage, ConnectOptions, Loss, Notice } from './options.js'
import { type Outgoing, Pending } from './pending.js'
import { messageOf } from './private-message.js'
import type { How, Wire } from './refs/ref.js'
import { awayFrom, miscounted } from './refusals.js'
import { Sealing } from './sealing.js'
import type { SocketConstructor } from './socket.js'
import { traceAsked } from './trace.js'
import { Works } from './works.js'
import { Writing } from './writing.js'

export class Conversation implements Wire {
  readonly losses: Observable<Loss>
  /** How the connection is: the present state first, then each change. */
  readonly connection: Observable<ConnectionState>
  readonly ids: Ids
  readonly link: Link
  readonly notices: Observable<Notice>
  readonly messages: Observable<ClientMessage>
  readonly tracer: Tracer | undefined
  readonly #losses = new Subject<Loss>()
  readonly #notices = new Subject<Notice>()
  readonly #messages = new Subject<ClientMessage>()
  #address: string | undefined
  readonly #options: ConnectOptions
  readonly #pending: Pending
  readonly #listening: Listening
  #session: string | undefined
  #cursor: Cursor | undefined
  #dseq = 0
  #everOpen = false
  #closed: TroupeError | undefined
  /** Patterns that were left while there was no connection to say so. */
  readonly #left = new Set<string>()
  /** The agents that this client works as. */
  readonly works = new Works(this)
  /** What signs, encrypts and reads what is encrypted. */
  readonly sealing: Sealing
  readonly #writing: Writing
  /** What came and has not been told, since something before it is still being decrypted. */
  readonly #coming = new InOrder((error) => this.report('what the server said', error))

  constructor(url: string, WebSocket: SocketConstructor, options: ConnectOptions) {
    const { clock = systemClock, codec = 'json', token, name, reconnect = {}, timeout = 30_000 } = options
    this.#options = options
    this.tracer = options.tracer && guardedTracer(options.tracer, (error) => this.report('the tracer', error))
    this.ids = options.ids ?? createIds(() => clock.now())
    this.losses = guarded(this, 'losses', this.#losses)
    this.messages = guarded(this, 'messages', this.#messages)
    this.notices = guarded(this, 'notices', this.#notices)
    this.#pending = new Pending(clock)
    this.sealing = new Sealing({ url, keys: options.keys ?? {}, verify: options.verify, token, now: () => clock.now() })
    this.#listening = new Listening({
      subscribe: (pattern, filter) =>
        this.link.open ? this.ask('subscribe', { patterns: [pattern], ...(filter ? { filter } : {}) }) : Promise.resolve(),
      unsubscribe: (patterns) => this.#unsubscribe(patterns),
      report: (where, error) => this.report(where, error),
      acknowledge: (offsets) => {
        if (this.link.open) this.link.write({ id: this.ids.next(), type: 'ack', payload: { offsets } })
        return this.link.open
      },
    })
    this.link = new Link({
      ...{ url, codec, token, name, WebSocket, clock, timeout, retry: reconnect, ids: this.ids },
      resume: () => this.#resume(),
      welcomed: (welcome, at) => this.#welcomed(welcome, at),
      heard: (frame) => this.#heard(frame),
      lost: () => {
        if (this.#everOpen) this.#pending.lost()
      },
      ended: (error) => this.#ended(error),
    })
    this.connection = guarded(this, 'connection', this.link.state)
    this.#writing = new Writing({ link: this.link, pending: this.#pending, sealing: this.sealing, ids: this.ids })
  }

  #resume() {
    if (!this.#session || !this.#cursor) return undefined
    const acked = this.#listening.acks.again()
    return { session: this.#session, cursor: this.#cursor, ...(acked.length > 0 ? { acked } : {}) }
  }

  /** Hears the events of a pattern until it stops listening, or is told that nothing more will come. */
  listen(
    pattern: string,
    hear: (envelope: Envelope) => void,
    ended: (error?: TroupeError) => void = () => {},
    filter?: EventFilter,
  ): () => void {
    if (!this.#closed) return this.#listening.add(pattern, hear, ended, filter)
    ended(this.#closed)
    return () => {}
  }

  tell(type: string, payload: object): void {
    this.ask(type, payload).catch((error: TroupeError) => {
      // Whoever closed the client knows that what it still said may not have arrived.
      if (error.code !== 'CLOSED') this.report(type, error)
    })
  }

  agentStopped(id: string): Promise<void> {
    return agentStopped(this, id)
  }

  /** Why it was closed; undefined while it is not. */
  get closed(): TroupeError | undefined {
    return this.#closed
  }

  /** Milliseconds that a request waits for its answer. */
  get timeout(): number {
    return this.#options.timeout ?? 30_000
  }

  ask(type: string, payload: object, how: How = {}): Promise<unknown> {
    const { waits: repeatable = false, keeps = repeatable } = how
    const timeout = how.timeout ?? (repeatable ? Number.POSITIVE_INFINITY : this.timeout)
    if (this.#closed)
      return Promise.reject(new TroupeError('CLOSED', `This client is closed: ${this.#closed.message}`, { cause: this.#closed }))
    if (!this.link.open && this.#everOpen && !keeps) return Promise.reject(awayFrom(type))
    const id = this.ids.next()
    // Under a key, what is asked again after the connection was lost is not carried out again.
    const key = repeatable || !type.includes('.') ? {} : { key: id }
    const { metadata, ended } = traceAsked(this.tracer, type)
    let outgoing: Outgoing
    try {
      outgoing = { id, type, payload: copied(payload), ...key, ...metadata }
    } catch (thrown) {
      return Promise.reject(toTroupeError(thrown, 'INVALID_MESSAGE'))
    }
    const answer = this.#pending.add(outgoing, repeatable, timeout)
    if (this.link.open) this.#writing.write(outgoing)
    ended?.(answer)
    if (!keeps) this.#pending.bound(id, this.timeout)
    return answer
  }

  /** What `say` asks goes in as few frames as may be. */
  batch(say: () => void): void {
    this.#writing.batch(say)
  }

  #unsubscribe(patterns: readonly string[]): void {
    if (this.link.open) this.tell('unsubscribe', { patterns })
    else for (const pattern of patterns) this.#left.add(pattern)
  }

  #welcomed(welcome: Welcome, at: number | undefined): void {
    this.sealing.welcomed(welcome.client, at)
    this.#writing.anew(welcome.limits.frame)
    const lostSession = this.#session !== undefined && !welcome.resumed
    this.#everOpen = true
    this.#session = welcome.session
    this.#address = welcome.address
    this.#dseq = 0
    this.#listening.acks.welcomed(welcome.resumed, welcome.cursor.epoch, welcome.limits.unacked)
    // A resumed session is told what it missed after the cursor that it gave; only a mark moves that on.
    if (!welcome.resumed || !this.#cursor) this.#cursor = welcome.cursor
    // A server that does not know the session does not know the keys either, so that what changes something is not asked again.
    if (!welcome.resumed) this.#pending.forget()
    const kept = this.#pending.again
    const left = [...this.#left].filter((pattern) => !this.#listening.patterns.includes(pattern))
    this.#left.clear()
    if (left.length > 0 && welcome.resumed) this.tell('unsubscribe', { patterns: left })
    this.#listening.again()
    this.works.again()
    // Listened first, then asked: what these lead to is heard from its first event on.
    for (const outgoing of kept) this.#writing.write(outgoing)
    if (lostSession)
      for (const topic of this.#listening.patterns) this.#losses.next({ topic, fromSeq: null, toSeq: null, reason: 'session' })
  }

  #heard(frame: Frame): void {
    // What the server says of these is stated by the protocol; a client does not check its server.
    if (frame.type === 'mark') return this.#mark(frame.payload as unknown as { dseq: number; cursor: Cursor })
    if (frame.channel === undefined) return this.#coming.do(() => this.#told(frame))
    this.#dseq++
    const envelope = envelopeOf(frame)
    const { redelivered } = frame
    this.#coming.do(() => this.#read(envelope, redelivered) ?? this.#happened(envelope, redelivered))
  }

  #read(envelope: Envelope, redelivered?: number): Promise<void> | undefined {
    return this.sealing.event(envelope)?.then(
      (read) => this.#happened(read, redelivered),
      (error: TroupeError) => this.#unproven(envelope, error),
    )
  }

  #told({ type, correlationId = '', payload = {} }: Frame): Promise<void> | void {
    if (type === 'reply' || type === 'pong') return this.#answered(correlationId, payload)
    if (type === 'error') return this.#error(correlationId, payload as { code: string; message: string })
    if (type === 'deliver' || type === 'delivery' || type === 'dismissed') return this.works.told(type, payload)
    if (type === 'notice') return this.#notices.next(payload as unknown as Notice)
    if (type === 'gap' || type === 'dropped') return this.#losses.next(payload as unknown as Loss)
  }

  #answered(id: string, payload: Readonly<Record<string, unknown>>): Promise<void> | void {
    const read = this.sealing.answer(id, payload)
    if (read === undefined) return this.#pending.resolve(id, payload)
    return read.then(
      (opened) => this.#pending.resolve(id, opened),
      (error: TroupeError) => this.#pending.reject(id, error),
    )
  }

  #happened(envelope: Envelope, redelivered?: number): void {
    const { event } = envelope
    const fresh = this.#listening.hear(envelope, redelivered)
    if (fresh && event.type === 'client.message' && event.id === this.#address) this.#messages.next(messageOf(envelope, event))
  }

  /** An event was held back since its signature does not hold, or it has none. */
  #unproven({ topic, seq }: Envelope, error: TroupeError): void {
    this.report(`${topic} ${seq}, which is held back`, error)
    this.#losses.next({ topic, fromSeq: seq, toSeq: seq, reason: 'signature' })
  }

  #error(correlationId: string, failure: { code: string; message: string }): void {
    if (correlationId) this.#pending.reject(correlationId, failure)
    else this.report('the server', new TroupeError('INTERNAL', `The server says: ${failure.code}: ${failure.message}`))
  }

  #mark({ dseq, cursor }: { dseq: number; cursor: Cursor }): void {
    if (dseq !== this.#dseq) return this.link.restart(miscounted(dseq, this.#dseq))
    this.link.progressed()
    if (this.#cursor?.epoch === cursor.epoch && cursor.offset < this.#cursor.offset) return
    this.#cursor = cursor
  }

  #ended(error: TroupeError): void {
    const meant = error.code === 'CLOSED'
    this.#closed = error
    this.#pending.close(error)
    this.works.close(error)
    this.#listening.close(meant ? undefined : error)
    this.#losses.complete()
    this.#notices.complete()
    this.#messages.complete()
    if (!meant) this.report('the connection', error)
  }

  report(where: string, thrown: unknown): void {
    const { onError = (error: TroupeError, at: string) => console.error(`troupe: ${at}: ${error.message}`) } = this.#options
    try {
      onError(toTroupeError(thrown), where)
    } catch (second) {
      console.error(`troupe: onError itself threw (${describeThrown(second)}) when told of ${where}: ${describeThrown(thrown)}`)
    }
  }
}

const guarded = <T>(said: Conversation, what: string, source: Observable<T>): Observable<T> =>
  new Guarded(
    (error) => said.report(`a subscriber of ${what}`, error),
    (subscriber) => source.subscribe(subscriber),
  )
