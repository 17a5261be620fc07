/** What a client and its server say to each other: requests and answers, events, and how far it has come. */
import { type Observable, Subject } from 'rxjs'
import { Guarded } from '../channel.js'
import { type Clock, systemClock } from '../clock.js'
import { describeThrown, TroupeError, toTroupeError } from '../errors.js'
import { createIds, type Ids } from '../ids.js'
import type { Cursor, Envelope } from '../protocol/envelope.js'
import type { Frame } from '../protocol/frame.js'
import { matches, parsePattern } from '../protocol/topic.js'
import type { ViewData } from '../protocol/view.js'
import { envelopeOf } from './envelope.js'
import { type ConnectionState, Link, type Welcome } from './link.js'
import { Listening } from './listening.js'
import { type Outgoing, Pending } from './pending.js'
import type { Wire } from './refs/ref.js'
import type { RetryOptions } from './retry.js'
import type { SocketConstructor } from './socket.js'

export interface ConnectOptions {
  /** A token, or a callback that is asked anew for each connection. */
  readonly token?: string | (() => string | Promise<string>)
  /** Default `json`; `msgpack` is loaded when it is asked for. */
  readonly codec?: 'json' | 'msgpack'
  /** Default: the global one. */
  readonly WebSocket?: unknown
  /** Milliseconds that a request waits for its answer, and a connection for its welcome. Default 30,000. */
  readonly timeout?: number
  /** How to come back after a connection is lost; false: not at all. */
  readonly reconnect?: RetryOptions | false
  /** What this client calls itself. */
  readonly name?: string
  /** Told of what no caller can be told. Default: one line on the console. */
  readonly onError?: (error: TroupeError, where: string) => void
  readonly clock?: Clock
  readonly ids?: Ids
}

/** Events that were asked for and did not come. `topic` is a pattern where the whole session was lost. */
export interface Loss {
  readonly topic: string
  readonly fromSeq: number | null
  readonly toSeq: number | null
  readonly reason: 'history' | 'epoch' | 'overflow' | 'expired' | 'session'
}

export class Conversation implements Wire {
  readonly losses: Observable<Loss>
  /** How the connection is: the present state first, then each change. */
  readonly connection: Observable<ConnectionState>
  readonly ids: Ids
  readonly link: Link
  readonly #losses = new Subject<Loss>()
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

  constructor(url: string, WebSocket: SocketConstructor, options: ConnectOptions) {
    const { clock = systemClock, codec = 'json', token, name, reconnect = {}, timeout = 30_000 } = options
    this.#options = options
    this.ids = options.ids ?? createIds(() => clock.now())
    this.losses = new Guarded(
      (error) => this.report('a subscriber of losses', error),
      (subscriber) => this.#losses.subscribe(subscriber),
    )
    this.connection = new Guarded(
      (error) => this.report('a subscriber of connection', error),
      (subscriber) => this.link.state.subscribe(subscriber),
    )
    this.#pending = new Pending(clock)
    this.#listening = new Listening({
      subscribe: (patterns) => (this.link.open ? this.ask('subscribe', { patterns }) : Promise.resolve()),
      unsubscribe: (patterns) => this.#unsubscribe(patterns),
      report: (where, error) => this.report(where, error),
    })
    this.link = new Link({
      ...{ url, codec, token, name, WebSocket, clock, timeout, retry: reconnect, ids: this.ids },
      resume: () => (this.#session && this.#cursor ? { session: this.#session, cursor: this.#cursor } : undefined),
      welcomed: (welcome) => this.#welcomed(welcome),
      heard: (frame) => this.#heard(frame),
      lost: () => {
        if (this.#everOpen) this.#pending.lost()
      },
      ended: (error) => this.#ended(error),
    })
  }

  /** Hears the events of a pattern until it stops listening, or is told that nothing more will come. */
  listen(pattern: string, hear: (envelope: Envelope) => void, ended: (error?: TroupeError) => void = () => {}): () => void {
    if (!this.#closed) return this.#listening.add(pattern, hear, ended)
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
    const topic = `agent.${id}.status`
    const ends: (() => void)[] = []
    const stopped = new Promise<void>((resolve, reject) => {
      const look = () => {
        this.#stateOf(id).then((state) => {
          if (state === 'stopped') resolve()
        }, reject)
      }
      const hear = ({ event }: Envelope) => {
        if (event.type === 'agent.status' && event.state === 'stopped') resolve()
      }
      ends.push(this.#listening.add(topic, hear, (error) => reject(error ?? this.#closed)))
      // Its end may be among what was lost.
      const losses = this.#losses.subscribe((loss) => {
        if (matches(parsePattern(loss.topic), topic.split('.'))) look()
      })
      ends.push(() => losses.unsubscribe())
      // Listened first, looked second: so it cannot stop unseen in between.
      look()
    })
    return stopped.finally(() => {
      for (const end of ends) end()
    })
  }

  async #stateOf(agent: string): Promise<string> {
    const { agents } = (await this.ask('view.get', {}, { waits: true })) as ViewData
    const known = agents.find((each) => each.id === agent)
    if (!known) throw new TroupeError('NOT_FOUND', `There is no agent there with the id ${agent}.`)
    return known.state
  }

  /** Milliseconds that a request waits for its answer. */
  get timeout(): number {
    return this.#options.timeout ?? 30_000
  }

  ask(type: string, payload: object, how: Parameters<Wire['ask']>[2] = {}): Promise<unknown> {
    const { waits: repeatable = false } = how
    const timeout = how.timeout ?? (repeatable ? Number.POSITIVE_INFINITY : this.timeout)
    if (this.#closed)
      return Promise.reject(new TroupeError('CLOSED', `This client is closed: ${this.#closed.message}`, { cause: this.#closed }))
    if (!this.link.open && this.#everOpen && !repeatable)
      return Promise.reject(
        new TroupeError(
          'DISCONNECTED',
          `There is no connection now, and ${type} is not kept for later; try again when it is back.`,
        ),
      )
    const outgoing = { id: this.ids.next(), type, payload }
    const answer = this.#pending.add(outgoing, repeatable, timeout)
    if (this.link.open) this.#write(outgoing)
    return answer
  }

  /** What cannot be encoded fails alone: whoever gave it is told, the others' frames go on. */
  #write(outgoing: Outgoing): void {
    try {
      this.link.write({ ...outgoing, payload: { ...outgoing.payload } })
    } catch (thrown) {
      this.#pending.reject(outgoing.id, toTroupeError(thrown, 'INVALID_MESSAGE'))
    }
  }

  #unsubscribe(patterns: readonly string[]): void {
    if (this.link.open) this.tell('unsubscribe', { patterns })
    else for (const pattern of patterns) this.#left.add(pattern)
  }

  #welcomed(welcome: Welcome): void {
    const lostSession = this.#session !== undefined && !welcome.resumed
    this.#everOpen = true
    this.#session = welcome.session
    this.#dseq = 0
    // A resumed session is told what it missed after the cursor that it gave; only a mark moves that on.
    if (!welcome.resumed || !this.#cursor) this.#cursor = welcome.cursor
    const kept = this.#pending.again
    const left = [...this.#left].filter((pattern) => !this.#listening.patterns.includes(pattern))
    this.#left.clear()
    if (left.length > 0 && welcome.resumed) this.tell('unsubscribe', { patterns: left })
    this.#listening.again()
    // Listened first, then asked: what these lead to is heard from its first event on.
    for (const outgoing of kept) this.#write(outgoing)
    if (lostSession)
      for (const topic of this.#listening.patterns) this.#losses.next({ topic, fromSeq: null, toSeq: null, reason: 'session' })
  }

  #heard(frame: Frame): void {
    const { type, correlationId = '', payload = {} } = frame
    if (type === 'reply' || type === 'pong') return this.#pending.resolve(correlationId, payload)
    if (type === 'accepted') return
    // What the server says of these is stated by the protocol; a client does not check its server.
    if (type === 'error') return this.#error(correlationId, payload as { code: string; message: string })
    if (type === 'mark') return this.#mark(payload as { dseq: number; cursor: Cursor })
    if (type === 'gap' || type === 'dropped') return this.#losses.next(payload as unknown as Loss)
    if (frame.channel === undefined) return
    this.#dseq++
    this.#listening.hear(envelopeOf(frame, this.#cursor?.offset ?? 0))
  }

  #error(correlationId: string, failure: { code: string; message: string }): void {
    if (correlationId) this.#pending.reject(correlationId, failure)
    else this.report('the server', new TroupeError('INTERNAL', `The server says: ${failure.code}: ${failure.message}`))
  }

  #mark({ dseq, cursor }: { dseq: number; cursor: Cursor }): void {
    if (dseq !== this.#dseq)
      return this.link.restart(
        new TroupeError(
          'DROPPED',
          `${dseq} events were sent and ${this.#dseq} came; the connection is made anew from the cursor.`,
        ),
      )
    this.link.progressed()
    if (this.#cursor?.epoch === cursor.epoch && cursor.offset < this.#cursor.offset) return
    this.#cursor = cursor
  }

  #ended(error: TroupeError): void {
    const meant = error.code === 'CLOSED'
    this.#closed = error
    this.#pending.close(error)
    this.#listening.close(meant ? undefined : error)
    this.#losses.complete()
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
