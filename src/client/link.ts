/** The connection itself: opens a socket, says hello, notices when it is dead, and opens the next. */
import { BehaviorSubject, type Observable } from 'rxjs'
import type { CancelTimer, Clock } from '../clock.js'
import type { Codec } from '../codec/codec.js'
import { createJsonCodec } from '../codec/json.js'
import { wideLimits } from '../codec/limits.js'
import { describeThrown, fromFailure, TroupeError } from '../errors.js'
import type { Ids } from '../ids.js'
import type { Cursor } from '../protocol/envelope.js'
import type { Frame } from '../protocol/frame.js'
import { type CodecName, subprotocols } from '../protocol/subprotocol.js'
import type { ConnectionState } from './connection-state.js'
import { elsewhereOf, frameIn, pauseOf, type Welcome } from './incoming.js'
import { closedWith, notOpened, silentFor, within } from './refusals.js'
import { delayBefore, type RetryOptions } from './retry.js'
import type { SocketConstructor, SocketLike } from './socket.js'

export interface LinkOptions {
  readonly url: string
  readonly codec: CodecName
  readonly token: string | (() => string | Promise<string>) | undefined
  readonly WebSocket: SocketConstructor
  readonly clock: Clock
  readonly ids: Ids
  readonly retry: RetryOptions | false
  /** Milliseconds that a connection may take until it is welcome. */
  readonly timeout: number
  readonly name: string | undefined
  /** What to go on with, asked anew for each connection. */
  resume(): { readonly session: string; readonly cursor: Cursor; readonly acked?: readonly number[] } | undefined
  /** `at`: the server's clock, milliseconds since the epoch. */
  welcomed(welcome: Welcome, at: number | undefined): void
  heard(frame: Frame): void
  lost(): void
  /** It will not come back. */
  ended(error: TroupeError): void
}

/** A connection that lasted so many milliseconds was a good one: after a shorter one the delays go on growing. */
const steady = 5_000

/** The close code of `SUPERSEDED`: coming back would take the session from the newer connection, and so on for ever. */
const superseded = 4409

/** Codes that no waiting mends, unless a new token can be had. */
const final = new Set(['AUTH_REQUIRED', 'AUTH_FAILED', 'AUTH_EXPIRED', 'FORBIDDEN', 'UNSUPPORTED_VERSION'])

export class Link {
  readonly #options: LinkOptions
  readonly #state = new BehaviorSubject<ConnectionState>({ status: 'connecting', attempt: 1 })
  #open = false
  #codec: Codec | undefined
  #socket: SocketLike | undefined
  /** Which connection is the present one: what a former one still says changes nothing. */
  #generation = 0
  #attempt = 0
  /** Restarts in a row that this side asked for: what it cannot read must not make it come back again and again at once. */
  #restarts = 0
  /** Connections in a row that did not last. */
  #brief = 0
  /** What the present connection said of its end. */
  #why: TroupeError | undefined
  #lastError: TroupeError | undefined
  #lastConnectedAt: number | undefined
  #cancelRetry: CancelTimer = () => {}
  #cancelWatch: CancelTimer = () => {}
  #heardAt = 0
  #asked = 0
  #pause: number | undefined
  /** Where the server has sent its clients, until nobody is found there. */
  #elsewhere: string | undefined

  constructor(options: LinkOptions) {
    this.#options = options
    void this.#connect()
  }

  get state(): Observable<ConnectionState> {
    return this.#state
  }
  get current(): ConnectionState {
    return this.#state.value
  }
  /** Whether what is said now is heard. `state` tells it when what was kept for the server is on its way. */
  get open(): boolean {
    return this.#open
  }

  /** Tries now, whatever was planned. */
  reconnect(): void {
    if (this.current.status === 'closed') return
    this.#drop()
    // What was asked on the old socket may have been carried out: it is not said again.
    this.#options.lost()
    void this.#connect()
  }

  /** The client saw that something is missing: the connection is made anew and goes on from the cursor. */
  restart(why: TroupeError): void {
    this.#restarts++
    this.#lose(this.#generation, why)
  }

  /** What came was whole: the next restart is a first one again. */
  progressed(): void {
    this.#restarts = 0
  }

  /** Throws what it cannot be encoded with, and `MESSAGE_TOO_LARGE` beyond so many bytes: the server would not read it, or end the connection. */
  write(frame: Frame, largest?: number): void {
    if (!this.#codec || this.#socket?.readyState !== 1) return
    this.#socket.send(within(this.#codec.encode(frame), largest))
  }

  /** Says goodbye and ends for good. */
  close(error: TroupeError): void {
    if (this.current.status === 'closed') return
    if (this.open) this.write({ id: this.#options.ids.next(), type: 'close', payload: {} })
    this.#end(error)
  }

  async #connect(): Promise<void> {
    const generation = ++this.#generation
    const { codec, token, timeout, clock } = this.#options
    this.#attempt++
    this.#why = undefined
    this.#cancelWatch = clock.after(timeout, () =>
      this.#lose(generation, new TroupeError('TIMEOUT', `The connection was not welcome within ${timeout} ms.`)),
    )
    this.#publish('connecting')
    try {
      this.#codec ??=
        codec === 'json' ? createJsonCodec(wideLimits) : (await import('../codec/msgpack.js')).createMsgpackCodec(wideLimits)
      // A callback is asked for every connection: a token that was good once may have ended since.
      const fresh = typeof token === 'function' ? await token() : token
      if (generation !== this.#generation) return
      this.#dial(generation, fresh)
    } catch (thrown) {
      this.#lose(generation, notOpened(thrown))
    }
  }

  #dial(generation: number, token: string | undefined): void {
    const { codec, WebSocket } = this.#options
    const url = this.#elsewhere ?? this.#options.url
    let socket: SocketLike
    try {
      socket = new WebSocket(url, [subprotocols[codec]])
    } catch (thrown) {
      if (!(thrown instanceof Error && thrown.name === 'SyntaxError')) throw thrown
      // No waiting mends it. The address is not repeated: a token may stand in it.
      return this.#end(new TroupeError('INVALID_OPTION', 'Expected an address such as ws://127.0.0.1:3001; this one is none.'))
    }
    socket.binaryType = 'arraybuffer'
    this.#socket = socket
    socket.onopen = () => this.#hello(generation, token)
    socket.onmessage = (event: { readonly data: string | ArrayBuffer }) => this.#hear(generation, event.data)
    socket.onerror = (event: { readonly message?: string }) => {
      if (generation === this.#generation)
        this.#why = new TroupeError('DISCONNECTED', `The connection failed: ${event.message ?? 'no reason was given'}.`)
    }
    socket.onclose = ({ code, reason }: { readonly code: number; readonly reason: string }) => {
      if (generation !== this.#generation) return
      if (code === superseded) return this.#end(new TroupeError('SUPERSEDED'))
      this.#lose(generation, this.#why ?? closedWith(code, reason))
    }
  }

  #hello(generation: number, token: string | undefined): void {
    if (generation !== this.#generation) return
    const { ids, name } = this.#options
    const resume = this.#options.resume()
    this.write({
      id: ids.next(),
      type: 'hello',
      payload: { ...(token ? { token } : {}), ...(resume ? { resume } : {}), ...(name ? { client: name } : {}), acks: true },
    })
  }

  #hear(generation: number, data: string | ArrayBuffer): void {
    if (generation !== this.#generation || !this.#codec) return
    this.#heardAt = this.#options.clock.now()
    this.#asked = 0
    try {
      this.#take(frameIn(this.#codec, data))
    } catch (thrown) {
      this.restart(new TroupeError('BAD_FRAME', `The server sent what cannot be read: ${describeThrown(thrown)}`))
    }
  }

  #take(frame: Frame): void {
    if (frame.type === 'welcome' && !this.open) this.#welcome(frame)
    else if (frame.type === 'ping')
      this.write({ id: this.#options.ids.next(), type: 'pong', correlationId: frame.id, payload: {} })
    else if (frame.type === 'draining') this.#leave(frame)
    else if (frame.type === 'error' && !this.open) this.#refused(frame)
    else this.#options.heard(frame)
  }

  #welcome(frame: Frame): void {
    const welcome = { type: 'session.welcome', ...frame.payload } as unknown as Welcome
    this.#attempt = 0
    this.#pause = undefined
    this.#lastError = undefined
    this.#lastConnectedAt = this.#options.clock.now()
    this.#watch(welcome.heartbeat)
    this.#open = true
    const generation = this.#generation
    this.#options.welcomed(welcome, frame.timestamp)
    // Whoever was told may have asked for another connection.
    if (generation === this.#generation) this.#publish('open')
  }

  #leave(frame: Frame): void {
    this.#pause = pauseOf(frame)
    this.#elsewhere = elsewhereOf(frame)
  }

  #refused(frame: Frame): void {
    const failure = frame.payload as { code?: string; message?: string } | undefined
    const error = fromFailure({
      code: failure?.code ?? 'INTERNAL',
      message: failure?.message ?? 'The server refused the connection.',
    })
    this.#why = error
    if (final.has(error.code) && typeof this.#options.token !== 'function') this.#end(error)
  }

  /** Any frame counts as life. Silence is asked twice; then the connection is taken for dead, whatever the socket believes. */
  #watch(interval: number): void {
    const { clock, ids } = this.#options
    this.#cancelWatch()
    this.#cancelWatch = clock.after(interval, () => {
      // What seems to have been heard later than now was heard before the clock was set back.
      this.#heardAt = Math.min(this.#heardAt, clock.now())
      if (clock.now() - this.#heardAt < interval) return this.#watch(interval)
      if (this.#asked >= 2) return this.#lose(this.#generation, silentFor(clock.now() - this.#heardAt))
      this.#asked++
      this.write({ id: ids.next(), type: 'ping', payload: {} })
      this.#watch(interval)
    })
  }

  #lose(generation: number, error: TroupeError): void {
    if (generation !== this.#generation || this.current.status === 'closed') return
    const { retry, clock, ids } = this.#options
    if (this.open && clock.now() - (this.#lastConnectedAt ?? 0) >= steady) this.#brief = 0
    const tries = this.#attempt + 1 + (this.open ? this.#brief++ : this.#brief)
    // Where nobody is found, the first address holds again.
    if (!this.open) this.#elsewhere = undefined
    this.#drop()
    this.#lastError = error
    this.#options.lost()
    const { attempts = Number.POSITIVE_INFINITY } = retry || {}
    if (!retry || this.#attempt >= attempts) return this.#end(error)
    const delay = this.#pause ?? delayBefore(Math.max(tries, this.#restarts + 1), retry, ids.random())
    this.#pause = undefined
    // Planned before it is told, so that whoever hears it can still call it off.
    this.#cancelRetry = clock.after(delay, () => void this.#connect())
    this.#publish('waiting', clock.now() + delay)
  }

  /** Lets go of the present socket without waiting for it to agree. */
  #drop(): void {
    this.#generation++
    this.#open = false
    this.#cancelRetry()
    this.#cancelWatch()
    const socket = this.#socket
    this.#socket = undefined
    if (!socket) return
    socket.onopen = socket.onmessage = socket.onclose = null
    // Closing a socket that is still connecting is an error to some; nobody listens to it any more.
    socket.onerror = () => {}
    try {
      socket.close(1000)
    } catch {
      // It was never open.
    }
  }

  #end(error: TroupeError): void {
    this.#drop()
    this.#lastError = error
    this.#publish('closed')
    this.#state.complete()
    this.#options.ended(error)
  }

  #publish(status: ConnectionState['status'], retryAt?: number): void {
    this.#state.next({
      status,
      attempt: this.#attempt,
      ...(this.#lastError ? { lastError: this.#lastError } : {}),
      ...(this.#lastConnectedAt === undefined ? {} : { lastConnectedAt: this.#lastConnectedAt }),
      ...(retryAt === undefined ? {} : { retryAt }),
    })
  }
}
