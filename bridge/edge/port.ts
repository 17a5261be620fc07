/** The port that the bridge listens on: who may come as far as the door, in what number, and how long they may take. */
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import { createServer as createSecureServer, type Server as SecureServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Clock } from '../../src/clock.js'
import { describeThrown, TroupeError } from '../../src/errors.js'
import { type Refusal, refuseUpgrade } from '../door.js'
import type { SettledOptions } from '../options.js'
import { Addresses, networkOf } from './addresses.js'
import { Lobby } from './lobby.js'
import { strangeness } from './origin.js'
import { Readers } from './readers.js'
import { Certificate } from './tls.js'

/** Who asks to be let in. */
export interface Guest {
  /** Where it comes from, behind the proxies that are trusted. */
  readonly address: string
  /** It is known now: it no longer counts among those who are not. */
  welcomed(): void
  /** It is a connection now, which ends by itself when its time is over: how it is told that its place is needed. */
  onCut(tell: () => void): void
}

export interface PortOptions {
  readonly clock: Clock
  readonly options: SettledOptions
  readonly http: RequestListener
  /** Whether that address is one of a page that pages of every origin may read. */
  isPublic(url: string): boolean
  /** Takes over an upgrade request. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, guest: Guest): void
  /** A connection was turned away with that code. */
  refused(code: string): void
  report(where: string, error: unknown): void
}

/** Bytes that the head of a request may have: room for a token with many patterns. */
const headBytes = 16_384
/** Milliseconds for which an idle HTTP connection is kept, and between two looks at those that take too long. */
const keepAlive = 5_000
const lookEvery = 1_000
/** What those are told who come when there is no place. */
const crowded = 'As many connections as may be have not said who they are yet; try again in a few seconds.'

export class Port {
  readonly #options: PortOptions
  readonly #server: Server | SecureServer
  readonly #certificate: Certificate | undefined
  readonly #addresses: Addresses
  /** Those that have not asked for anything yet, and those that were let in and have not said who they are. */
  readonly #porch: Lobby
  readonly #lobby: Lobby
  readonly #readers: Readers
  readonly #leavePorch = new Map<string, () => void>()
  /** Upgraded sockets, and those in the middle of a TLS handshake, are not the HTTP server's to close. */
  readonly #sockets = new Set<Socket>()

  /** Throws `INVALID_OPTION` for addresses and certificates that cannot be. */
  constructor(options: PortOptions) {
    this.#options = options
    const { clock } = options
    const { tls, addresses, authTimeout, maxUnauthenticated } = options.options
    this.#addresses = new Addresses(addresses)
    this.#certificate = tls && new Certificate(tls, clock)
    this.#lobby = new Lobby(maxUnauthenticated)
    this.#readers = new Readers(clock, maxUnauthenticated, authTimeout * 2)
    // Those who come at the same moment have all connected before the first of them is heard.
    this.#porch = new Lobby({ total: maxUnauthenticated.total * 2, perAddress: maxUnauthenticated.total })
    const bounds = {
      ...{ headersTimeout: authTimeout, requestTimeout: authTimeout * 2, keepAliveTimeout: keepAlive },
      ...{ connectionsCheckingInterval: lookEvery, maxHeaderSize: headBytes },
    }
    const answer: RequestListener = (request, response) => this.#answer(request, response)
    this.#server = this.#certificate
      ? createSecureServer({ ...bounds, ...this.#certificate.secured, handshakeTimeout: authTimeout }, answer)
      : createServer(bounds, answer)
    this.#server.on('connection', (socket: Socket) => this.#arrive(socket))
    this.#server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head))
    this.#server.on('clientError', (error: NodeJS.ErrnoException, socket) => this.#unreadable(error, socket))
    this.#server.on('tlsClientError', (_error, socket) => socket.destroy())
  }

  get number(): number {
    return (this.#server.address() as AddressInfo | null)?.port ?? this.#options.options.port
  }

  get url(): string {
    const { host } = this.#options.options
    return `${this.#certificate ? 'wss' : 'ws'}://${host.includes(':') ? `[${host}]` : host}:${this.number}`
  }

  /** Rejects with `INVALID_OPTION` when the port cannot be had. */
  listen(): Promise<void> {
    const { options, report } = this.#options
    const { port, host } = options
    return new Promise((resolve, reject) => {
      this.#server.once('error', (error: NodeJS.ErrnoException) => {
        const why =
          error.code === 'EADDRINUSE'
            ? `port ${port} is in use; stop what listens there, or choose another port (0 for any that is free)`
            : error.code === 'EACCES'
              ? `port ${port} may not be opened by this user; choose one above 1023`
              : describeThrown(error)
        reject(new TroupeError('INVALID_OPTION', `The bridge could not listen on ${host}: ${why}.`, { cause: error }))
      })
      this.#server.listen(port, host, () => {
        this.#server.removeAllListeners('error')
        this.#server.on('error', (error) => report('the HTTP server of the bridge', error))
        this.#certificate?.watch(
          (secured) => (this.#server as SecureServer).setSecureContext(secured),
          (error) => report('the TLS certificate, which stays as it was', error),
        )
        resolve()
      })
    })
  }

  /** Resolves when all sockets are closed; those whose other side does not answer the farewell are cut after so many milliseconds. */
  close(farewell: number): Promise<void> {
    this.#certificate?.close()
    return new Promise<void>((resolve) => {
      const cut = this.#options.clock.after(farewell, () => {
        for (const socket of this.#sockets) socket.destroy()
        this.#server.closeAllConnections()
      })
      this.#server.close(() => {
        cut()
        resolve()
      })
      this.#server.closeIdleConnections()
    })
  }

  /** Somebody has connected, and has a while to ask for something. */
  #arrive(socket: Socket): void {
    const { clock, options, refused } = this.#options
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
    const { remoteAddress = '', remotePort } = socket
    const name = `${remoteAddress} ${remotePort}`
    const address = this.#addresses.clientOf(remoteAddress, {}) ?? ''
    // All whom a proxy speaks for come from its address; they are told apart when they have asked.
    const leave = this.#porch.enter(this.#addresses.isProxy(address) ? name : networkOf(address), () => socket.destroy())
    if (!leave) {
      refused('FULL')
      return void socket.destroy()
    }
    const cancel = clock.after(options.authTimeout, () => socket.destroy(), { holds: false })
    const asked = () => {
      cancel()
      leave()
      this.#leavePorch.delete(name)
    }
    this.#leavePorch.set(name, asked)
    socket.once('close', asked)
  }

  #asked(socket: Duplex): void {
    const { remoteAddress = '', remotePort } = socket as Socket
    this.#leavePorch.get(`${remoteAddress} ${remotePort}`)?.()
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    this.#asked(request.socket)
    const refusal = this.#refusalOf(request, this.#options.isPublic(request.url ?? ''))
    if (typeof refusal !== 'string') return this.#decline(response, refusal)
    if (!this.#readers.take(request.socket, response, refusal))
      return this.#decline(response, { status: 503, code: 'FULL', message: crowded })
    this.#options.http(request, response)
  }

  #decline(response: ServerResponse, refusal: Refusal): void {
    this.#options.refused(refusal.code)
    const headers = { 'X-Content-Type-Options': 'nosniff', 'Cache-Control': 'no-store', Connection: 'close' }
    response.writeHead(refusal.status, { ...headers, 'Content-Type': 'application/json' })
    response.end(JSON.stringify({ error: refusal.code, message: refusal.message }))
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // A client that goes away in the middle of it is no news.
    socket.on('error', () => socket.destroy())
    this.#asked(socket)
    this.#readers.leave(socket)
    const address = this.#refusalOf(request)
    if (typeof address !== 'string') return this.#turnAway(socket, address)
    // Until it is a connection that can say goodbye, its socket is all that there is of it.
    let cut: () => void = () => socket.destroy()
    const leave = this.#lobby.enter(networkOf(address), () => {
      this.#options.refused('FULL')
      cut()
      ;(socket as Socket).destroySoon()
    })
    if (!leave) return this.#turnAway(socket, { status: 503, code: 'FULL', message: crowded })
    socket.once('close', leave)
    const { clock, options } = this.#options
    const late = { status: 503, code: 'TIMEOUT', message: 'Whether the token is accepted took too long to find out.' } as const
    const cancel = clock.after(options.authTimeout, () => this.#turnAway(socket, late), { holds: false })
    socket.once('close', cancel)
    this.#options.upgrade(request, socket, head, {
      address,
      welcomed: leave,
      onCut: (tell) => {
        cancel()
        cut = tell
      },
    })
  }

  /** What is no request of HTTP, or too much of one. */
  #unreadable({ code }: NodeJS.ErrnoException, socket: Duplex): void {
    if (code !== 'HPE_HEADER_OVERFLOW' || !socket.writable) return void socket.destroy()
    const message = `The head of a request may have ${headBytes} bytes; send a shorter token.`
    this.#turnAway(socket, { status: 431, code: 'MESSAGE_TOO_LARGE', message })
  }

  #turnAway(socket: Duplex, refusal: Refusal): void {
    this.#options.refused(refusal.code)
    refuseUpgrade(socket, refusal)
  }

  /** Where a request comes from; empty where that cannot be told. */
  addressOf({ socket, headers }: IncomingMessage): string {
    return this.#addresses.clientOf(socket.remoteAddress, headers) ?? ''
  }

  /** Why a request may not come any further, else where it comes from. `published`: pages of every origin may read what it asks for. */
  #refusalOf(request: IncomingMessage, published = false): Refusal | string {
    const { remoteAddress } = request.socket
    const address = this.#addresses.clientOf(remoteAddress, request.headers)
    if (address === undefined)
      return { status: 403, code: 'FORBIDDEN', message: 'The proxy does not tell, in one way, for which address it speaks.' }
    if (!this.#addresses.mayEnter(address))
      return { status: 403, code: 'FORBIDDEN', message: `Nobody may connect from ${address}.` }
    const facts = { secure: this.#certificate !== undefined, proxied: this.#addresses.isProxy(remoteAddress ?? ''), published }
    const strange = strangeness(request, this.#options.options, facts)
    return strange === undefined ? address : { status: 403, code: 'ORIGIN_REFUSED', message: strange }
  }
}
