/** `openBridge`: opens a system to clients over WebSocket. */
import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { gzipSync } from 'node:zlib'
import type { Codec } from '../src/codec/codec.js'
import { jsonCodec } from '../src/codec/json.js'
import { msgpackCodec } from '../src/codec/msgpack.js'
import { describeThrown, TroupeError } from '../src/errors.js'
import type { AgentDefinition } from '../src/system/definition.js'
import type { System } from '../src/system/system.js'
import { Admission } from './access/admission.js'
import { Audit } from './access/audit.js'
import { Revocations } from './access/revocations.js'
import { Connection } from './connection.js'
import type { Dialect } from './dialect.js'
import { dialects } from './dialects/index.js'
import { type Choice, choose, isPathOf, mayComeFrom, refuseUpgrade } from './door.js'
import { Externals } from './externals.js'
import { Flusher } from './flusher.js'
import { SharedFrames } from './frames.js'
import { Heartbeat } from './heartbeat.js'
import { createHttp } from './http.js'
import { Monitor } from './monitor/monitor.js'
import { Once } from './once.js'
import { type BridgeOptions, type SettledOptions, settled } from './options.js'
import { Pages } from './pages.js'
import { Peers } from './peers.js'
import { presence } from './presence.js'
import type { Principal } from './principal.js'
import { Rates } from './rates.js'
import { Sessions } from './sessions.js'
import type { Shared } from './shared.js'
import { Singles } from './singles.js'
import { counted, Traffic } from './traffic.js'
import { createSockets } from './ws.js'

/** A bridge that is open. */
export interface Bridge extends AsyncDisposable {
  /** Where clients connect: `ws://127.0.0.1:3001`. */
  readonly url: string
  readonly port: number
  /** How many clients are connected. */
  readonly connections: number
  /** Takes no new connections and tells clients that it goes away, and when to come back. Twice is fine. */
  drain(options?: { readonly reason?: string; readonly grace?: number }): void
  /** Drains, writes what is left, and closes. Twice is fine. */
  close(options?: { readonly reason?: string }): Promise<void>
}

/** Clients come back spread over so many milliseconds. */
const reconnectSpread = 2_000
/** Milliseconds that a client may take to answer the farewell. */
const farewell = 1_000

/**
 * Opens a system to clients. Rejects with `INVALID_OPTION` for options that cannot be, and when the port is taken.
 *
 * @example
 * await using bridge = await openBridge(system, { port: 3001, secret, spawnable: [reviewer, shell] })
 */
export const openBridge = async (system: System, options: BridgeOptions = {}): Promise<Bridge> => {
  const chosen = settled(options)
  // What a definition's name stands for is the system's to know; who may ask for it is decided at each command.
  for (const definition of chosen.spawnable as readonly AgentDefinition[]) system.define(definition)
  const bridge = new OpenBridge(system, chosen)
  await bridge.listen()
  return bridge
}

class OpenBridge implements Bridge {
  readonly #system: System
  readonly #options: SettledOptions
  readonly #dialects: readonly Dialect[]
  readonly #server: Server
  readonly #sockets
  readonly #shared: Shared
  readonly #connections = new Map<string, Connection>()
  readonly #frames = new Map<string, SharedFrames>()
  readonly #peers: Peers
  readonly #sessions: Sessions
  readonly #flusher: Flusher
  readonly #traffic: Traffic
  readonly #monitor: Monitor
  readonly #admission: Admission
  readonly #stopNotices: () => void
  readonly #stopRevocations: () => void
  #draining = false
  #closing: Promise<void> | undefined

  constructor(system: System, options: SettledOptions) {
    const { clock } = system
    this.#system = system
    this.#options = options
    this.#dialects = options.dialects ?? dialects
    this.#sockets = createSockets(options.maxFrame, (thrown) => system.report('a connection that opens', thrown))
    this.#sessions = new Sessions(clock, options.sessionWindow, presence(system))
    this.#flusher = new Flusher(clock, (error) => system.report('a write to a client', error))
    this.#traffic = new Traffic(clock)
    this.#peers = new Peers(options, (error) => system.report('onConnection', error))
    const { metricsInterval: interval, alerts } = options
    this.#monitor = new Monitor({ system, traffic: this.#traffic, interval, alerts })
    const revocations = new Revocations(clock)
    this.#admission = new Admission(options, {
      ...{ clock, revocations, rejected: () => this.#monitor.loginRejected() },
      report: (where, error) => system.report(where, error),
    })
    this.#stopRevocations = revocations.follow(system, options.revocations, (jti) => {
      for (const connection of [...this.#connections.values()]) connection.revoked(jti)
    })
    this.#shared = {
      ...{ system, revocations, audit: new Audit(system, options.audit) },
      sessions: this.#sessions,
      flusher: this.#flusher,
      heartbeat: new Heartbeat(clock, options.heartbeat),
      once: new Once(clock, options.keys),
      pages: new Pages(clock, system.ids),
      externals: new Externals(system, options.agentWindow),
      rates: new Rates(clock),
      singles: new Singles(),
      guard: options.guard,
      traffic: this.#traffic,
      monitor: this.#monitor,
      limits: {
        frame: options.maxFrame,
        subscriptions: options.subscriptions,
        audience: options.audience,
        outbox: options.outbox,
        requests: options.requests,
      },
      ...{ authTimeout: options.authTimeout, expiryNotice: options.expiryNotice },
      interval: options.heartbeat,
      admit: (token, metadata) => this.#admission.admit(token, metadata),
      lost: (connection, topic) => this.#peers.lost(connection, topic),
      left: (connection) => void (this.#connections.delete(connection) && this.#peers.left(connection)),
    }
    const facts = {
      system,
      startedAt: clock.now(),
      connections: () => this.#connections.size,
      draining: () => this.#draining || system.draining,
      isSocketPath: (path: string) => path === '/' || isPathOf(path, this.#dialects),
    }
    this.#server = createServer(createHttp(facts))
    this.#stopNotices = system.listen('system.notice', ({ event, tenant }) => {
      if (event.type !== 'system.notice') return
      for (const connection of this.#connections.values()) connection.notice({ ...event, type: 'session.notice' }, tenant)
    })
    this.#server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head))
    this.#server.on('clientError', (_error, socket) => socket.destroy())
  }

  get port(): number {
    return (this.#server.address() as AddressInfo | null)?.port ?? this.#options.port
  }
  get url(): string {
    const { host } = this.#options
    return `ws://${host.includes(':') ? `[${host}]` : host}:${this.port}`
  }
  get connections(): number {
    return this.#connections.size
  }

  listen(): Promise<void> {
    const { port, host } = this.#options
    return new Promise((resolve, reject) => {
      this.#server.once('error', (error: NodeJS.ErrnoException) => {
        const why =
          error.code === 'EADDRINUSE'
            ? `port ${port} is in use; stop what listens there, or choose another port (0 for any that is free)`
            : error.code === 'EACCES'
              ? `port ${port} may not be opened by this user; choose one above 1023`
              : describeThrown(error)
        this.#stopNotices()
        this.#stopRevocations()
        this.#monitor.close()
        reject(new TroupeError('INVALID_OPTION', `The bridge could not listen on ${host}: ${why}.`, { cause: error }))
      })
      this.#server.listen(port, host, () => {
        this.#server.removeAllListeners('error')
        this.#server.on('error', (error) => this.#system.report('the HTTP server of the bridge', error))
        resolve()
      })
    })
  }

  drain({ reason = 'The server goes away.', grace = 0 }: { readonly reason?: string; readonly grace?: number } = {}): void {
    if (this.#draining) return
    this.#draining = true
    for (const connection of this.#connections.values())
      connection.drain(reason, grace, Math.round(grace + this.#system.ids.random() * reconnectSpread))
    this.#flusher.flush()
  }

  close(options: { readonly reason?: string } = {}): Promise<void> {
    this.#closing ??= this.#close(options)
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(options: { readonly reason?: string }): Promise<void> {
    this.drain(options)
    for (const connection of [...this.#connections.values()]) connection.close(1012, options.reason ?? 'The server goes away.')
    this.#stopNotices()
    this.#stopRevocations()
    this.#monitor.close()
    this.#shared.externals.close()
    this.#sessions.close()
    this.#flusher.close()
    this.#sockets.close()
    await new Promise<void>((resolve) => {
      // Sockets whose other side does not answer the farewell are cut, so that closing always ends.
      const cut = this.#system.clock.after(farewell, () => {
        for (const socket of this.#raw) socket.destroy()
        this.#server.closeAllConnections()
      })
      this.#server.close(() => {
        cut()
        resolve()
      })
      this.#server.closeIdleConnections()
    })
  }

  /** Upgraded sockets are no longer the HTTP server's to close. */
  readonly #raw = new Set<Duplex>()

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // A client that goes away in the middle of it is no news.
    socket.on('error', () => socket.destroy())
    this.#raw.add(socket)
    socket.once('close', () => this.#raw.delete(socket))
    if (!mayComeFrom(request, this.#options.origins, this.#options.open))
      return refuseUpgrade(socket, {
        status: 403,
        code: 'ORIGIN_REFUSED',
        message: `Pages of ${request.headers.origin} may not connect; allow it with the option origins (--origin).`,
      })
    if (this.#draining)
      return refuseUpgrade(socket, { status: 503, code: 'DRAINING', message: 'The server is going away; try again shortly.' })
    const choice = choose(request, this.#dialects)
    if ('status' in choice) return refuseUpgrade(socket, choice)
    void this.#admission.ofAddress(choice).then((admitted) => this.#accept(request, socket, head, choice, admitted))
  }

  #accept(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    { dialects, codec: codecName, protocol, path, params, token }: Choice,
    admitted: Principal | TroupeError | undefined,
  ): void {
    const { clock, ids } = this.#system
    const codec: Codec = codecName === 'json' ? jsonCodec : msgpackCodec
    this.#sockets.accept(request, socket, head, protocol, (wire) => {
      const id = ids.next()
      const connection = new Connection(this.#shared, wire, {
        id,
        dialects,
        codec,
        context: {
          ...{ connection: id, bridge: this, path, params, pid: process.pid, nextUuid: randomUUID },
          now: () => clock.now(),
          nextId: () => ids.next(),
          gzip: (text) => gzipSync(text).toString('base64'),
        },
        frames: (dialect) => this.#framesOf(dialect, codec),
        ...{ token, admitted, origin: { address: request.socket.remoteAddress } },
      })
      this.#connections.set(id, connection)
      if (this.#connections.size > this.#options.maxConnections)
        connection.close(1013, 'As many clients are connected as may be; try again later.')
      else this.#peers.open({ id, connection, wire, codec })
      return counted(connection, this.#traffic, clock)
    })
  }

  #framesOf(dialect: Dialect, codec: Codec): SharedFrames {
    const key = `${dialect.name} ${codec.name}`
    const known = this.#frames.get(key)
    if (known) return known
    const frames = new SharedFrames(dialect, codec, (error) => this.#system.report(`an event as ${key}`, error))
    this.#frames.set(key, frames)
    return frames
  }
}
