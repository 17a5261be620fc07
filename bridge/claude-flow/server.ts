/** `WSServer`: the server of claude-flow, a bridge that speaks its protocol. */
import { systemClock } from '../../src/clock.js'
import { TroupeError } from '../../src/errors.js'
import { createSystem, type System } from '../../src/system/system.js'
import { type Bridge, openBridge } from '../bridge.js'
import { claudeFlow } from '../dialects/claude-flow/index.js'
import type { ClaudeFlowOptions } from '../dialects/claude-flow/options.js'
import type { BridgeOptions } from '../options.js'
import type { Peer } from '../peers.js'
import type { Principal } from '../principal.js'
import { attended } from './attended.js'
import type { ClientConnection } from './clients.js'
import { type Core, coreOf } from './core.js'
import { Emitter } from './emitter.js'
import type { Message } from './messages.js'
import { Reception } from './reception.js'

/** What a client may do whose token was accepted; what is not named is as it is for `true`. */
export interface Grant {
  /** Default: one for each connection. */
  readonly sub?: string | undefined
  /** Default read and write. */
  readonly permissions?: Principal['permissions'] | undefined
  /** Patterns of topics. Default all. */
  readonly read?: readonly string[] | undefined
  readonly write?: readonly string[] | undefined
  /** Agents that it may vote as. Default any. */
  readonly agents?: readonly string[] | undefined
}

export interface WSServerOptions extends Pick<ClaudeFlowOptions, 'consensus' | 'decisions'> {
  /** Default 8080; 0 for any that is free. */
  readonly port?: number | undefined
  /** Default 127.0.0.1; where tokens are asked for 0.0.0.0. Without tokens only a loopback host will do. */
  readonly host?: string | undefined
  /** Milliseconds of silence before a ping; after two unanswered ones the connection is dead. Default 30,000. */
  readonly heartbeatInterval?: number | undefined
  /** Milliseconds from connecting to a token that is accepted. Default 10,000. */
  readonly authTimeout?: number | undefined
  /** Default 1,000; one more is closed with 1013. */
  readonly maxConnections?: number | undefined
  /** Messages of one client in a window of so many milliseconds. Default 100 in 60,000; `false`: any number. */
  readonly rateLimit?: { readonly maxMessages: number; readonly windowMs: number } | false | undefined
  /** Whether a token is accepted, and what its holder may do. Default: everybody is let in, with all rights. */
  readonly authenticate?:
    | ((token: string, metadata?: Record<string, unknown>) => boolean | Grant | Promise<boolean | Grant>)
    | undefined
  /** What tokens of Troupe are signed with, where these are asked for. */
  readonly secret?: string | undefined
  /** Bytes of the largest message. Default 16,777,216. */
  readonly maxMessageSize?: number | undefined
  /** Origins of pages that may connect. Default: none but those that the server itself would have. */
  readonly origins?: readonly string[] | undefined
  /** The system whose agents, tasks and swarms its clients see. Default: one of its own, which ends with it. */
  readonly system?: System | undefined
}

const defaultRate = { maxMessages: 100, windowMs: 60_000 }

/**
 * Events: `started` {port, host}, `connection` {clientId}, `authenticated` {clientId, metadata?}, `disconnect` {clientId}, `subscribe` and
 * `unsubscribe` {clientId, topics}, `publish` {clientId, topic, data, broadcast}, `message` {clientId, message}, `send-error` {clientId,
 * error}, `error`, `shutdown`.
 *
 * @example
 * const server = new WSServer({ port: 8080, authenticate: async (token) => token === 'valid' })
 * await server.start()
 */
export class WSServer extends Emitter {
  readonly #options: WSServerOptions
  readonly #core: Core
  readonly #reception: Reception
  #starting: Promise<void> | undefined
  #stopping = Promise.resolve()
  #bridge: Bridge | undefined
  #own: System | undefined

  constructor(options: WSServerOptions = {}) {
    super()
    if ('server' in options && options.server !== undefined)
      throw new TroupeError('INVALID_OPTION', 'The server listens on a port of its own: give port and host in place of server.')
    this.#options = options
    this.#core = coreOf(this)
    this.#core.voting = { consensus: options.consensus, decisions: options.decisions }
    this.#reception = new Reception(this, this.#core)
  }

  /** Where it listens; before it was started, where it is to. */
  get port(): number {
    return this.#bridge?.port ?? this.#options.port ?? 8_080
  }

  /** Rejects when it cannot listen, and when it was started already. */
  start(): Promise<void> {
    if (this.#starting !== undefined)
      return Promise.reject(new TroupeError('INVALID_STATE', 'The server was started already; shut it down first.'))
    this.#starting = this.#start()
    return this.#starting
  }

  /** Ends all connections and stops listening. Twice is fine. */
  shutdown(): Promise<void> {
    const starting = this.#starting
    this.#starting = undefined
    // Who asks meanwhile waits for the same end.
    if (starting !== undefined) this.#stopping = this.#shutDown(starting)
    return this.#stopping
  }

  async #shutDown(starting: Promise<void>): Promise<void> {
    await starting.catch(() => {})
    const bridge = this.#bridge
    const own = this.#own
    this.#bridge = undefined
    this.#own = undefined
    await bridge?.close({ reason: 'The server shuts down.' })
    this.#core.running = undefined
    this.#core.clients.clear()
    await own?.stop({ grace: 0 })
    this.emit('shutdown')
  }

  /** Says something to one client. False: it is not there, or does not read. */
  sendMessage(clientId: string, message: Message): boolean {
    try {
      return this.#core.clients.get(clientId)?.peer.say({ ...message }) ?? false
    } catch (error) {
      this.emit('send-error', { clientId, error })
      return false
    }
  }

  /** Says something to all clients that were let in. */
  broadcast(message: Message): void {
    for (const { id } of this.#core.clients.welcome) this.sendMessage(id, message)
  }

  disconnectClient(clientId: string, reason: string): void {
    const client = this.#core.clients.get(clientId)
    client?.peer.close(1_000, reason)
  }

  getConnectedClients(): string[] {
    return this.#core.clients.ids
  }

  getClient(clientId: string): ClientConnection | undefined {
    return this.#core.clients.get(clientId)
  }

  async #start(): Promise<void> {
    const { system = this.#newSystem() } = this.#options
    try {
      this.#bridge = await openBridge(system, this.#bridgeOptions(system))
    } catch (thrown) {
      this.#starting = undefined
      await this.#own?.stop({ grace: 0 })
      this.#own = undefined
      this.emit('error', thrown)
      throw thrown
    }
    this.#core.running = { system, bridge: this.#bridge }
    this.emit('started', { port: this.#bridge.port, host: this.#host })
  }

  #newSystem(): System {
    this.#own = createSystem({ onError: (error) => void this.emit('error', error) })
    return this.#own
  }

  get #open(): boolean {
    return !this.#options.authenticate && this.#options.secret === undefined
  }

  get #host(): string {
    return this.#options.host ?? (this.#open ? '127.0.0.1' : '0.0.0.0')
  }

  #bridgeOptions(system: System): BridgeOptions {
    const {
      port = 8_080,
      heartbeatInterval = 30_000,
      authTimeout = 10_000,
      maxConnections = 1_000,
      origins,
      secret,
    } = this.#options
    const { authenticate, maxMessageSize = 16_777_216 } = this.#options
    const { settings } = this.#core
    return {
      ...{ port, host: this.#host, authTimeout, maxConnections, heartbeat: heartbeatInterval, maxFrame: maxMessageSize },
      ...{ auth: !this.#open, ...(secret === undefined ? {} : { secret }), ...(origins ? { origins } : {}) },
      ...(authenticate ? { authenticate: (token, { metadata }) => this.#admit(system, token, metadata, authenticate) } : {}),
      dialects: [attended(this.#dialect(), this.#reception)],
      outbox: { messages: settings.queue, bytes: 4 * maxMessageSize },
      // Who comes back in this protocol is somebody new.
      sessionWindow: 0,
      guard: (command, { sub }) => this.#reception.guard(command, sub),
      onConnection: (peer) => this.#connected(peer),
      onDropped: (clientId, topic) => this.#reception.dropped(clientId, topic),
    }
  }

  #dialect() {
    const { rateLimit = defaultRate } = this.#options
    const { settings, voting } = this.#core
    return claudeFlow({
      ...{ paths: ['*'], ...voting, ...(rateLimit ? { rateLimit } : {}) },
      // A router that is made later may still set these.
      get subscriptions() {
        return settings.subscriptions
      },
      get patterns() {
        return settings.patterns
      },
    })
  }

  async #admit(
    system: System,
    token: string,
    metadata: Readonly<Record<string, unknown>>,
    authenticate: NonNullable<WSServerOptions['authenticate']>,
  ): Promise<Principal> {
    const said = Object.keys(metadata).length > 0 ? { ...metadata } : undefined
    const verdict = await authenticate(token, said)
    if (!verdict) throw new TroupeError('AUTH_FAILED', 'Invalid credentials: the token was not accepted.')
    const grant = verdict === true ? {} : verdict
    const { sub = system.ids.next(), permissions = ['read', 'write'], read = ['#'] } = grant
    const { write = ['#'], agents = ['*'] } = grant
    return { sub, permissions, read, write, agents }
  }

  #connected(peer: Peer): () => void {
    const { clients } = this.#core
    clients.add(peer, systemClock.now())
    this.emit('connection', { clientId: peer.id })
    return () => {
      clients.remove(peer.id)
      this.#reception.left(peer.id)
      this.emit('disconnect', { clientId: peer.id })
    }
  }
}
