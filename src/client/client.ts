/** `connect`: the verbs of a system, said from afar. */
import type { Observable } from 'rxjs'
import { Channel, type ChannelSource, Guarded, type PublishOptions } from '../channel.js'
import type { Verified } from '../crypto/participant.js'
import { TroupeError } from '../errors.js'
import type {
  AskOptions,
  AttentionQuery,
  DeadLetterQuery,
  NotifyOptions,
  ScheduleOptions,
  SendOptions,
  When,
} from '../options.js'
import type { AttentionItem } from '../protocol/attention.js'
import type { Envelope } from '../protocol/envelope.js'
import type { EventFilter } from '../protocol/filter.js'
import type { Applied, DeadLetter, Monitoring } from '../protocol/reply.js'
import { type View, type ViewData, viewFromData, viewLists } from '../protocol/view.js'
import type { ClientRef } from '../ref.js'
import type { ProposeOptions, Stage } from '../stage.js'
import type { AgentDefinition, SpawnOptions, SwarmDeclaration } from '../system/definition.js'
import { Taken } from '../taken.js'
import type { ConnectionState } from './connection-state.js'
import { Conversation } from './conversation.js'
import { taskCommand } from './declared.js'
import type { ClientMessage, ConnectOptions, Loss, Notice, Unacked } from './options.js'
import { askAgent, RemoteAgentRef } from './refs/agent.js'
import { RemoteBallotRef } from './refs/ballot.js'
import { unsayable } from './refs/ref.js'
import { RemoteScheduleRef } from './refs/schedule.js'
import { RemoteSwarmRef } from './refs/swarm.js'
import { RemoteTaskRef } from './refs/task.js'
import type { SocketConstructor } from './socket.js'
import type { Delivery, Registered, Registration } from './works.js'

/** A stage whose system is elsewhere. */
export interface Client extends Stage {
  /** How the connection is: the present state first, then each change. */
  readonly connection: Observable<ConnectionState>
  /** The present state. */
  readonly connected: ConnectionState
  /** What was lost, so that nothing is lost in silence. After a loss, look at `view()`. */
  readonly losses: Observable<Loss>
  /** Words of the operator to everybody who is connected. */
  readonly notices: Observable<Notice>
  /** What was said to this client alone, by whom; nothing has to be subscribed to. */
  readonly messages: Observable<ClientMessage>
  /** How the machine is and what goes through the bridge, now. Needs `system_monitor`; `channel('system.metrics')` tells again and again. */
  metrics(): Promise<Monitoring>
  /** Sends what `say` asks of this client in one frame, or few; each is answered by itself. */
  batch(say: () => void): void
  /**
   * Works as an agent of the distant system: `work` is given its messages, those of its tasks included, and what it returns is what
   * came of each. A `TroupeError` that it throws fails the work, anything else crashes the agent. Needs a token whose `agents` has the id.
   */
  register(agent: Registration, work: (delivery: Delivery) => unknown): Registered
  /**
   * Has a token refused from now on and ends its connections; `jti`: its id, `until`: when it ends by itself, milliseconds since the
   * epoch. Needs `admin`.
   */
  revoke(jti: string, options?: { readonly until?: number | undefined }): Promise<Applied>
  /**
   * The events of a pattern, each to be acknowledged by its subscriber. Those of `channel` are acknowledged when every callback has
   * returned, and the promise that it returned is fulfilled; one that throws stays subscribed, and the event comes again. Operators that
   * hold events back, such as `bufferTime`, are on the safe side here.
   */
  unacked(pattern: string, filter?: EventFilter): Observable<Unacked>
  /**
   * Who signed an event that a channel's `envelopes` told, and when. Rejects with `SIGNATURE_REQUIRED` for one that is not signed, and with
   * `SIGNATURE_INVALID` for one that somebody else said, or said elsewhere or otherwise.
   */
  verify(envelope: Envelope): Promise<Verified>
  /** Tries to connect now, whatever was planned. */
  reconnect(): void
}

const tenants = 'A tenant, which is that of the token,'

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
    throw new TroupeError(
      'INVALID_OPTION',
      'There is no WebSocket here; hand one in with the option WebSocket, or import troupe/client in Node.',
    )
  // Its verbs take and give what `Stage` promises; the types follow from declarations that are erased inside.
  return new RemoteStage(url, WebSocket as SocketConstructor, options) as unknown as Client
}

const unackedOf = (envelope: Envelope): Unacked => {
  const taken = Taken.current
  if (taken) taken.lent = true
  return { envelope, redelivered: taken?.redelivered ?? 0, ack: taken?.hold() ?? (() => {}) }
}

type Declaration = AgentDefinition | Parameters<typeof taskCommand>[0] | SwarmDeclaration

class RemoteStage {
  readonly #said: Conversation

  constructor(url: string, WebSocket: SocketConstructor, options: ConnectOptions) {
    this.#said = new Conversation(url, WebSocket, options)
  }

  get connection(): Observable<ConnectionState> {
    return this.#said.connection
  }
  get connected(): ConnectionState {
    return this.#said.link.current
  }
  get losses(): Observable<Loss> {
    return this.#said.losses
  }
  get messages(): Observable<ClientMessage> {
    return this.#said.messages
  }
  get notices(): Observable<Notice> {
    return this.#said.notices
  }
  register(agent: Registration, work: (delivery: Delivery) => unknown): Registered {
    return this.#said.works.register(agent, work)
  }
  async metrics(): Promise<Monitoring> {
    // The reply to `metrics.get` is of this shape by the protocol.
    return (await this.#said.ask('metrics.get', {})) as Monitoring
  }
  batch(say: () => void): void {
    this.#said.batch(say)
  }
  reconnect(): void {
    this.#said.link.reconnect()
  }

  spawn(declaration: Declaration, options: SpawnOptions = {}) {
    const id = (declaration.kind === 'agent' ? options.id : declaration.id) ?? this.#said.ids.next()
    switch (declaration.kind) {
      case 'agent': {
        const { onFailure, queue, mailbox, tenant, ...sayable } = options
        if (tenant !== undefined) return new RemoteAgentRef(this.#said, id, unsayable(tenants))
        if (onFailure || queue !== undefined || mailbox !== undefined)
          return new RemoteAgentRef(this.#said, id, unsayable(onFailure ? 'onFailure' : 'A limit of the queue or the mailbox'))
        return new RemoteAgentRef(this.#said, id, this.#said.ask('agent.spawn', { definition: declaration.name, ...sayable, id }))
      }
      case 'task':
      case 'approval':
      case 'graph':
        return new RemoteTaskRef(this.#said, id, this.#said.ask(...taskCommand(declaration, id)))
      case 'swarm': {
        const { kind: _, members = [], tenant, ...rest } = declaration
        if (tenant !== undefined) return new RemoteSwarmRef(this.#said, id, unsayable(tenants))
        const listed = members.map((member) =>
          typeof member === 'object' && 'agent' in member ? { id: idOf(member.agent), role: member.role } : { id: idOf(member) },
        )
        return new RemoteSwarmRef(this.#said, id, this.#said.ask('swarm.create', { ...rest, members: listed, id }))
      }
    }
  }

  send(to: string | { readonly id: string }, message: Parameters<Stage['send']>[1], options: SendOptions = {}): void {
    this.#said.tell('agent.send', { to: idOf(to), message, ...options })
  }

  ask(to: string | { readonly id: string }, message: Parameters<Stage['ask']>[1], options: AskOptions = {}): Promise<unknown> {
    return askAgent(this.#said, idOf(to), message, options)
  }

  schedule(
    to: string | { readonly id: string },
    message: Parameters<Stage['schedule']>[1],
    when: When,
    options: ScheduleOptions = {},
  ) {
    const { id = this.#said.ids.next() } = options
    return new RemoteScheduleRef(
      this.#said,
      id,
      this.#said.ask('schedule.create', { ...options, id, to: idOf(to), message, when }),
    )
  }
  async deadLetters(query: DeadLetterQuery = {}): Promise<readonly DeadLetter[]> {
    // The reply to `dead-letter.list` is of this shape by the protocol.
    return ((await this.#said.ask('dead-letter.list', { ...query })) as { letters: DeadLetter[] }).letters
  }
  async replay(id: string): Promise<Applied> {
    return (await this.#said.ask('dead-letter.replay', { id })) as Applied
  }

  readonly attention = {
    // The replies are of these shapes by the protocol.
    list: async (query: AttentionQuery = {}) =>
      ((await this.#said.ask('attention.list', { ...query })) as { items: AttentionItem[] }).items,
    ack: (id: string) => this.#said.ask('attention.ack', { id }) as Promise<Applied>,
    snooze: (id: string, milliseconds: number) =>
      this.#said.ask('attention.snooze', { id, for: milliseconds }) as Promise<Applied>,
    resolve: (id: string, answer?: string) => this.#said.ask('attention.resolve', { id, answer }) as Promise<Applied>,
  }

  verify(envelope: Envelope): Promise<Verified> {
    return this.#said.sealing.verify(envelope)
  }

  channel(pattern: string, filter?: EventFilter) {
    const source: ChannelSource = {
      listen: (...heard) => this.#said.listen(...heard),
      report: (where: string, error: unknown) => this.#said.report(where, error),
      // The reply to `channel.publish` is of this shape by the protocol.
      publish: (topic: string, body: unknown, options: PublishOptions) =>
        this.#said.ask('channel.publish', { topic, body, ...options }) as Promise<{ topic: string; seq: number }>,
    }
    return new Channel(source, pattern, filter)
  }

  unacked(pattern: string, filter?: EventFilter): Observable<Unacked> {
    const report = (error: unknown) => this.#said.report(`a subscriber of ${pattern}`, error)
    return new Guarded<Unacked>(report, (subscriber) => {
      const ended = (error?: TroupeError) => (error ? subscriber.error(error) : subscriber.complete())
      return this.#said.listen(pattern, (envelope) => subscriber.next(unackedOf(envelope)), ended, filter)
    })
  }

  propose(question: string, { id = this.#said.ids.next(), voters, ...options }: ProposeOptions<string>) {
    const listed = 'kind' in voters ? { swarm: voters.id } : voters.map(idOf)
    return new RemoteBallotRef(this.#said, id, this.#said.ask('ballot.propose', { ...options, question, id, voters: listed }))
  }

  agent(id: string) {
    return new RemoteAgentRef(this.#said, id, Promise.resolve())
  }
  task(id: string) {
    return new RemoteTaskRef(this.#said, id, Promise.resolve())
  }
  swarm(id: string) {
    return new RemoteSwarmRef(this.#said, id, Promise.resolve())
  }
  ballot(id: string) {
    return new RemoteBallotRef(this.#said, id, Promise.resolve())
  }

  client(id: string): ClientRef {
    return {
      kind: 'client',
      id,
      send: (message, options = {}) => this.#said.ask('client.send', { to: id, message, ...options }) as Promise<Applied>,
    }
  }

  scheduled(id: string) {
    return new RemoteScheduleRef(this.#said, id, Promise.resolve())
  }

  async revoke(jti: string, { until }: { readonly until?: number | undefined } = {}): Promise<Applied> {
    return (await this.#said.ask('token.revoke', { jti, until })) as Applied
  }

  async notify(text: string, options: NotifyOptions = {}): Promise<Applied> {
    return (await this.#said.ask('system.notify', { text, ...options })) as Applied
  }

  async view(): Promise<View> {
    for (let tries = 1; ; tries++)
      try {
        return viewFromData(await this.#pages())
      } catch (thrown) {
        // A server that was restarted half-way does not know the rest: then all is asked for anew, ten times at the most.
        if (!(thrown instanceof TroupeError && thrown.code === 'ENDED') || tries >= 10) throw thrown
      }
  }

  async #pages(): Promise<ViewData> {
    const page = async (next?: string) =>
      // The reply to `view.get` is a view written down as data.
      (await this.#said.ask('view.get', next ? { next } : {}, { waits: true, timeout: this.#said.timeout })) as ViewData
    const { next: more, ...whole } = await page()
    for (let next = more; next !== undefined; ) {
      const further = await page(next)
      // Lists of one kind, which the compiler does not see through the union of all.
      for (const list of viewLists) (whole[list] as unknown[]).push(...further[list])
      next = further.next
    }
    return whole
  }

  async stop(): Promise<void> {
    this.#said.link.close(new TroupeError('CLOSED', 'This client was closed.'))
  }
  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }
}
