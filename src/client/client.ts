/** `connect`: the verbs of a system, said from afar. */
import { type Observable, Subject } from 'rxjs'
import { Channel, type PublishOptions } from '../channel.js'
import { type Clock, systemClock } from '../clock.js'
import { TroupeError, toTroupeError } from '../errors.js'
import { createIds, type Ids } from '../ids.js'
import type { Cursor, Envelope } from '../protocol/envelope.js'
import type { Event } from '../protocol/event.js'
import type { Frame } from '../protocol/frame.js'
import { type View, type ViewData, viewFromData } from '../protocol/view.js'
import type { AskOptions, ProposeOptions, SendOptions, Stage } from '../stage.js'
import type { AgentDefinition, SpawnOptions, SwarmDeclaration, TaskDeclaration } from '../system/definition.js'
import { type ConnectionState, Link, type Welcome } from './link.js'
import { Listening } from './listening.js'
import { Pending } from './pending.js'
import { askAgent, RemoteAgentRef, RemoteBallotRef, RemoteSwarmRef, RemoteTaskRef, unsayable, type Wire } from './refs.js'
import type { RetryOptions } from './retry.js'
import type { SocketConstructor } from './socket.js'

export type { ConnectionState } from './link.js'

export interface ConnectOptions {
  /** A token, or a callback that is asked anew for each connection. */
  readonly token?: string | (() => string | Promise<string>)
  /** Default `json`; `msgpack` is loaded when it is asked for. */
  readonly codec?: 'json' | 'msgpack'
  /** Default: the global one. */
  readonly WebSocket?: unknown
  /** Milliseconds that a request waits for its answer. Default 30,000. */
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

/** A stage whose system is elsewhere. */
export interface Client extends Stage {
  /** How the connection is: the present state first, then each change. */
  readonly connection: Observable<ConnectionState>
  /** The present state. */
  readonly connected: ConnectionState
  /** What was lost, so that nothing is lost in silence. After a loss, look at `view()`. */
  readonly losses: Observable<Loss>
  /** Tries to connect now, whatever was planned. */
  reconnect(): void
}

const idOf = (ref: string | { readonly id: string }) => (typeof ref === 'string' ? ref : ref.id)

/**
 * Connects to a bridge and returns at once; requests wait for the first connection.
 *
 * @example
 * await using remote = connect('ws://127.0.0.1:3001', { token })
 * remote.channel('task.#').subscribe(console.log)
 */
export const connect = (url: string, options: ConnectOptions = {}): Client => {
  const WebSocket = options.WebSocket ?? (globalThis as { WebSocket?: unknown }).WebSocket
  if (typeof WebSocket !== 'function')
    throw new TroupeError('INVALID_OPTION', 'There is no WebSocket here; hand one in with the option WebSocket, or import troupe/client in Node.')
  // Its verbs take and give what `Stage` promises; the types follow from declarations that are erased inside.
  return new RemoteStage(url, WebSocket as SocketConstructor, options) as unknown as Client
}

class RemoteStage {
  readonly losses: Observable<Loss>
  readonly #losses = new Subject<Loss>()
  readonly #options: ConnectOptions
  readonly #ids: Ids
  readonly #link: Link
  readonly #pending: Pending
  readonly #listening: Listening
  /** What its refs say through it. */
  readonly #wire: Wire
  #session: string | undefined
  #cursor: Cursor | undefined
  #dseq = 0
  #everOpen = false
  #closed: TroupeError | undefined
  /** Patterns that were left while there was no connection to say so. */
  readonly #left = new Set<string>()

  constructor(url: string, WebSocket: SocketConstructor, options: ConnectOptions) {
    const { clock = systemClock, codec = 'json', token, name, reconnect = {} } = options
    this.#options = options
    this.#ids = options.ids ?? createIds(() => clock.now())
    this.losses = this.#losses.asObservable()
    this.#wire = {
      ask: (type, payload, { waits = false, timeout } = {}) => this.#request(type, payload, waits, timeout),
      tell: (type, payload) => this.#tell(type, payload),
      agentStopped: (id) => this.#agentStopped(id),
    }
    this.#pending = new Pending(clock)
    this.#listening = new Listening({
      subscribe: (patterns) => (this.#link.open ? this.#request('subscribe', { patterns }, false) : Promise.resolve()),
      unsubscribe: (patterns) => this.#unsubscribe(patterns),
      report: (where, error) => this.#report(where, error),
    })
    this.#link = new Link({
      ...{ url, codec, token, name, WebSocket, clock, retry: reconnect, ids: this.#ids },
      resume: () => (this.#session && this.#cursor ? { session: this.#session, cursor: this.#cursor } : undefined),
      welcomed: (welcome) => this.#welcomed(welcome),
      heard: (frame) => this.#heard(frame),
      lost: () => {
        if (this.#everOpen) this.#pending.lost()
      },
      ended: (error) => this.#ended(error),
    })
  }

  get connection(): Observable<ConnectionState> {
    return this.#link.state
  }
  get connected(): ConnectionState {
    return this.#link.current
  }
  reconnect(): void {
    this.#link.reconnect()
  }

  spawn(declaration: AgentDefinition | TaskDeclaration | SwarmDeclaration, options: SpawnOptions = {}) {
    const id = (declaration.kind === 'agent' ? options.id : declaration.id) ?? this.#ids.next()
    switch (declaration.kind) {
      case 'agent': {
        const { onFailure, queue, mailbox, ...sayable } = options
        if (onFailure || queue !== undefined || mailbox !== undefined)
          return new RemoteAgentRef(this.#wire, id, unsayable(onFailure ? 'onFailure' : 'A limit of the queue or the mailbox'))
        return new RemoteAgentRef(this.#wire, id, this.#request('agent.spawn', { definition: declaration.name, ...sayable, id }, false))
      }
      case 'task': {
        const { kind: _, to, needs, ...rest } = declaration
        const needed = needs ? { needs: needs.map(idOf) } : {}
        return new RemoteTaskRef(this.#wire, id, this.#request('task.create', { ...rest, ...needed, to: idOf(to), id }, false))
      }
      case 'swarm': {
        const { kind: _, members = [], ...rest } = declaration
        const listed = members.map((member) =>
          typeof member === 'object' && 'agent' in member ? { id: idOf(member.agent), role: member.role } : { id: idOf(member) },
        )
        return new RemoteSwarmRef(this.#wire, id, this.#request('swarm.create', { ...rest, members: listed, id }, false))
      }
    }
  }

  send(to: string | { readonly id: string }, message: Parameters<Stage['send']>[1], options: SendOptions = {}): void {
    this.#tell('agent.send', { to: idOf(to), message, ...options })
  }

  ask(to: string | { readonly id: string }, message: Parameters<Stage['ask']>[1], options: AskOptions = {}): Promise<unknown> {
    return askAgent(this.#wire, idOf(to), message, options)
  }

  channel(pattern: string) {
    const source = {
      listen: (covered: string, hear: (envelope: Envelope) => void, ended: (error?: TroupeError) => void = () => {}) => {
        if (!this.#closed) return this.#listening.add(covered, hear, ended)
        ended(this.#closed)
        return () => {}
      },
      report: (where: string, error: unknown) => this.#report(where, error),
      // The reply to `channel.publish` is of this shape by the protocol.
      publish: (topic: string, body: unknown, options: PublishOptions) =>
        this.#request('channel.publish', { topic, body, ...options }, false) as Promise<{ topic: string; seq: number }>,
    }
    return new Channel(source, pattern)
  }

  propose(question: string, { id = this.#ids.next(), voters, ...options }: ProposeOptions<string>) {
    const listed = 'kind' in voters ? { swarm: voters.id } : voters.map(idOf)
    return new RemoteBallotRef(this.#wire, id, this.#request('ballot.propose', { ...options, question, id, voters: listed }, false))
  }

  agent(id: string) {
    return new RemoteAgentRef(this.#wire, id, Promise.resolve())
  }
  task(id: string) {
    return new RemoteTaskRef(this.#wire, id, Promise.resolve())
  }
  swarm(id: string) {
    return new RemoteSwarmRef(this.#wire, id, Promise.resolve())
  }
  ballot(id: string) {
    return new RemoteBallotRef(this.#wire, id, Promise.resolve())
  }

  async view(): Promise<View> {
    // The reply to `view.get` is a view written down as data.
    return viewFromData((await this.#request('view.get', {}, true)) as ViewData)
  }

  #tell(type: string, payload: object): void {
    this.#request(type, payload, false).catch((error: TroupeError) => {
      // Whoever closed the client knows that what it still said may not have arrived.
      if (error.code !== 'CLOSED') this.#report(type, error)
    })
  }

  async #agentStopped(id: string): Promise<void> {
    let stop = () => {}
    const stopped = new Promise<void>((resolve, reject) => {
      const hear = ({ event }: Envelope) => {
        if (event.type === 'agent.status' && event.state === 'stopped') resolve()
      }
      stop = this.#listening.add(`agent.${id}.status`, hear, (error) => reject(error ?? this.#closed))
    })
    stopped.catch(() => {})
    try {
      // Listened first, looked second: so it cannot stop unseen in between.
      const agent = (await this.view()).agents.get(id)
      if (!agent) throw new TroupeError('NOT_FOUND', `There is no agent there with the id ${id}.`)
      if (agent.state !== 'stopped') await stopped
    } finally {
      stop()
    }
  }

  async stop(): Promise<void> {
    this.#link.close(new TroupeError('CLOSED', 'This client was closed.'))
  }
  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  #request(type: string, payload: object, repeatable: boolean, limit?: number): Promise<unknown> {
    const timeout = limit ?? (repeatable ? Number.POSITIVE_INFINITY : (this.#options.timeout ?? 30_000))
    if (this.#closed) return Promise.reject(new TroupeError('CLOSED', `This client is closed: ${this.#closed.message}`, { cause: this.#closed }))
    if (!this.#link.open && this.#everOpen && !repeatable)
      return Promise.reject(new TroupeError('DISCONNECTED', `There is no connection now, and ${type} is not kept for later; try again when it is back.`))
    const outgoing = { id: this.#ids.next(), type, payload }
    const answer = this.#pending.add(outgoing, repeatable, timeout)
    if (this.#link.open) this.#link.write(outgoing as Frame)
    return answer
  }

  #unsubscribe(patterns: readonly string[]): void {
    if (this.#link.open) this.#tell('unsubscribe', { patterns })
    else for (const pattern of patterns) this.#left.add(pattern)
  }

  #welcomed(welcome: Welcome): void {
    const lostSession = this.#session !== undefined && !welcome.resumed
    this.#everOpen = true
    this.#session = welcome.session
    this.#dseq = 0
    // A resumed session is told what it missed after the cursor that it gave; only a mark moves that on.
    if (!welcome.resumed || !this.#cursor) this.#cursor = welcome.cursor
    for (const { id, type, payload } of this.#pending.again) this.#link.write({ id, type, payload: { ...payload } })
    const left = [...this.#left].filter((pattern) => !this.#listening.patterns.includes(pattern))
    this.#left.clear()
    if (left.length > 0 && welcome.resumed) this.#tell('unsubscribe', { patterns: left })
    this.#listening.again()
    if (lostSession) for (const topic of this.#listening.patterns) this.#losses.next({ topic, fromSeq: null, toSeq: null, reason: 'session' })
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
    else this.#report('the server', new TroupeError('INTERNAL', `The server says: ${failure.code}: ${failure.message}`))
  }

  #mark({ dseq, cursor }: { dseq: number; cursor: Cursor }): void {
    if (dseq !== this.#dseq)
      return this.#link.restart(new TroupeError('DROPPED', `${dseq} events were sent and ${this.#dseq} came; the connection is made anew from the cursor.`))
    if (this.#cursor?.epoch === cursor.epoch && cursor.offset < this.#cursor.offset) return
    this.#cursor = cursor
  }

  #ended(error: TroupeError): void {
    const meant = error.code === 'CLOSED'
    this.#closed = error
    this.#pending.close(error)
    this.#listening.close(meant ? undefined : error)
    this.#losses.complete()
    if (!meant) this.#report('the connection', error)
  }

  #report(where: string, thrown: unknown): void {
    const { onError = (error: TroupeError, at: string) => console.error(`troupe: ${at}: ${error.message}`) } = this.#options
    onError(toTroupeError(thrown), where)
  }
}

/** The envelope that a frame carries. The offset is not on the wire: it is that of the last mark, a point before the event. */
const envelopeOf = (frame: Frame, offset: number): Envelope => {
  const { id, type, timestamp = 0, source = '', channel = '', seq = 0, epoch = '', priority = 'normal', ttl, correlationId, metadata, payload } = frame
  const caused = correlationId !== undefined || metadata !== undefined
  return {
    ...{ id, topic: channel, seq, epoch, offset, timestamp, source, priority },
    ...(ttl === undefined ? {} : { ttl }),
    ...(caused ? { cause: { ...(correlationId === undefined ? {} : { correlationId }), ...metadata } } : {}),
    // What the server says of its events is stated by the protocol; a client does not check its server.
    event: { type, ...payload } as unknown as Event,
  }
}
