/** `openBridge`: opens a system to clients over WebSocket. */
import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { gzipSync } from 'node:zlib'
import type { Codec } from '../src/codec/codec.js'
import type { Code, TroupeError } from '../src/errors.js'
import type { AgentDefinition } from '../src/system/definition.js'
import type { System } from '../src/system/system.js'
import { Admission } from './access/admission.js'
import { Audit } from './access/audit.js'
import { Revocations } from './access/revocations.js'
import { Connection } from './connection.js'
import type { Dialect } from './dialect.js'
import { dialects } from './dialects/index.js'
import { type Choice, choose, isPathOf, refuseUpgrade } from './door.js'
import { Logins } from './edge/logins.js'
import { type Guest, Port } from './edge/port.js'
import { Externals } from './externals.js'
import { Flusher } from './flusher.js'
import { FrameSets } from './frames.js'
import { Heartbeat } from './heartbeat.js'
import { createHttp } from './http.js'
import { isKeyList } from './keys/page.js'
import { Signatures } from './keys/signatures.js'
import { Lookout } from './lookout.js'
import { metricsPage } from './metrics/page.js'
import { Monitor } from './monitor/monitor.js'
import { Once } from './once.js'
import { type BridgeOptions, type SettledOptions, settled } from './options.js'
import { Pages } from './pages.js'
import { Peers } from './peers.js'
import { openSessions } from './presence.js'
import type { Principal } from './principal.js'
import { Rates } from './rates.js'
import type { Sessions } from './sessions.js'
import type { Shared } from './shared.js'
import { Singles } from './singles.js'
import { createSockets } from './ws.js'

/** A bridge that is open. */
export interface Bridge extends AsyncDisposable {
  /** Where clients connect: `ws://127.0.0.1:3001`. */
  readonly url: string
  readonly port: number
  /** How many clients are connected. */
  readonly connections: number
  /** Takes no new connections and tells clients that it goes away, and when and where to come back. Twice is fine. */
  drain(options?: DrainOptions): void
  /** Drains, writes what is left, and closes. Twice is fine. */
  close(options?: { readonly reason?: string }): Promise<void>
}

export interface DrainOptions {
  readonly reason?: string
  /** Milliseconds that this server still takes. Default 0. */
  readonly grace?: number
  /** Where clients find another server of the same system: `wss://b.example`. Default: here. */
  readonly url?: string
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

/** An upgrade request, and who makes it. */
interface Asking {
  readonly request: IncomingMessage
  readonly socket: Duplex
  readonly head: Buffer
  readonly guest: Guest
}

class OpenBridge implements Bridge {
  readonly #system: System
  readonly #options: SettledOptions
  readonly #dialects: readonly Dialect[]
  readonly #port: Port
  readonly #sockets
  readonly #shared: Shared
  readonly #connections = new Map<string, Connection>()
  readonly #frames: FrameSets
  readonly #peers: Peers
  readonly #sessions: Sessions
  readonly #flusher: Flusher
  readonly #lookout: Lookout
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
    const { maxFrame: frame, maxUnauthenticated, deflate } = options
    this.#sockets = createSockets({ frame, untrusted: maxUnauthenticated.bytes, deflate }, (thrown) =>
      system.report('a connection that opens', thrown),
    )
    const report = (where: string, error: unknown) => system.report(where, error)
    this.#sessions = openSessions(system, options.sessionWindow)
    this.#flusher = new Flusher(clock, system.journal, (error) => system.report('a write to a client', error))
    this.#frames = new FrameSets(report)
    this.#lookout = new Lookout(clock, options.seen)
    const { traffic } = this.#lookout
    this.#peers = new Peers(options, (error) => system.report('onConnection', error))
    const { metricsInterval: interval, alerts } = options
    this.#monitor = new Monitor({ system, traffic, interval, alerts })
    const revocations = new Revocations(clock, system.journal.records)
    this.#admission = new Admission(options, {
      ...{ clock, report, revocations, logins: new Logins(clock, options.logins) },
      rejected: (code) => this.#rejected(code),
    })
    this.#stopRevocations = revocations.follow(system, options.revocations, (jti) => this.#revoked(jti))
    const admit: Admission['admit'] = (...who) => this.#admission.admit(...who)
    this.#shared = {
      ...{ system, revocations, audit: new Audit(system, options.audit) },
      ...{ sessions: this.#sessions, flusher: this.#flusher },
      heartbeat: new Heartbeat(clock, options.heartbeat),
      once: new Once(clock, options.keys, system.journal.records),
      pages: new Pages(clock, system.ids),
      externals: new Externals(system, options.agentWindow),
      ...{ rates: new Rates(clock), quota: options.limits },
      singles: new Singles(),
      ...{ guard: options.guard, signatures: new Signatures(clock, options.signatures) },
      ...{ traffic, lookout: this.#lookout, monitor: this.#monitor },
      limits: {
        frame: options.maxFrame,
        subscriptions: options.subscriptions,
        ...{ audience: options.audience, outbox: options.outbox },
        delivery: options.delivery,
        requests: options.requests,
      },
      ...{ authTimeout: options.authTimeout, expiryNotice: options.expiryNotice, interval: options.heartbeat },
      admit: (...who) => this.#shared.signatures.bound(admit(...who)),
      lost: (connection, topic) => this.#peers.lost(connection, topic),
      left: (connection) => void (this.#connections.delete(connection) && this.#peers.left(connection)),
    }
    const sources = { system, lookout: this.#lookout, monitor: this.#monitor }
    const facts = {
      ...{ system, startedAt: clock.now(), ring: this.#shared.signatures.ring, secure: options.tls !== undefined },
      ...{ admit, metrics: metricsPage(options, sources, admit) },
      addressOf: (request: IncomingMessage) => this.#port.addressOf(request),
      connections: () => this.#connections.size,
      draining: () => this.#draining || system.draining,
      isSocketPath: (path: string) => path === '/' || isPathOf(path, this.#dialects),
    }
    this.#port = new Port({
      ...{ clock, options, http: createHttp(facts), isPublic: isKeyList },
      upgrade: (...asked) => this.#upgrade(...asked),
      refused: (code) => this.#lookout.traffic.refused(code),
      report,
    })
    this.#stopNotices = system.listen('system.notice', ({ event, tenant }) => {
      if (event.type !== 'system.notice') return
      for (const connection of this.#connections.values()) connection.notice({ ...event, type: 'session.notice' }, tenant)
    })
  }

  #rejected(code: Code): void {
    this.#monitor.loginRejected()
    this.#lookout.loginRejected(code)
  }

  #revoked(jti: string): void {
    for (const connection of [...this.#connections.values()]) connection.revoked(jti)
  }

  get port(): number {
    return this.#port.number
  }
  get url(): string {
    return this.#port.url
  }
  get connections(): number {
    return this.#connections.size
  }

  async listen(): Promise<void> {
    try {
      await this.#port.listen()
    } catch (thrown) {
      this.#stopNotices()
      this.#stopRevocations()
      this.#monitor.close()
      throw thrown
    }
  }

  drain({ reason = 'The server goes away.', grace = 0, url }: DrainOptions = {}): void {
    if (this.#draining) return
    this.#draining = true
    for (const connection of this.#connections.values()) {
      const reconnectAfter = Math.round(grace + this.#system.ids.random() * reconnectSpread)
      connection.drain({ reason, grace, reconnectAfter, ...(url === undefined ? {} : { url }) })
    }
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
    this.#sockets.close()
    await this.#port.close(farewell)
    this.#flusher.close()
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, guest: Guest): void {
    const going = { status: 503, code: 'DRAINING', message: 'The server is going away; try again shortly.' } as const
    const choice = this.#draining ? going : choose(request, this.#dialects)
    if ('status' in choice) {
      this.#lookout.traffic.refused(choice.code)
      return refuseUpgrade(socket, choice)
    }
    const opened = this.#admission.ofAddress(choice, guest.address)
    void opened.then((admitted) => this.#accept({ request, socket, head, guest }, choice, admitted))
  }

  #accept(
    { request, socket, head, guest }: Asking,
    { dialects, codec: codecName, protocol, path, params, token }: Choice,
    admitted: Principal | TroupeError | undefined,
  ): void {
    const { clock, ids } = this.#system
    const codec: Codec = this.#options.codecs[codecName]
    this.#sockets.accept(request, socket, head, protocol, (raw) => {
      const id = ids.next()
      const seen = this.#lookout.watch(raw, id)
      const { wire } = seen
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
        frames: (dialect) => this.#frames.of(dialect, codec),
        ...{ token, admitted, seen, address: guest.address },
        welcomed() {
          wire.trust()
          guest.welcomed()
        },
      })
      guest.onCut(() => connection.close(1013, 'Somebody else needs the place; try again, and say hello at once.'))
      this.#connections.set(id, connection)
      if (this.#connections.size > this.#options.maxConnections)
        connection.close(1013, 'As many clients are connected as may be; try again later.')
      else this.#peers.open({ id, connection, wire, codec })
      return seen.follow(connection)
    })
  }
}
