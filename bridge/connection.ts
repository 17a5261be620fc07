/** One connection from its first frame to its last: who it is, what it hears, what it asks. */
import type { Codec } from '../src/codec/codec.js'
import { type Code, codes, TroupeError, toTroupeError } from '../src/errors.js'
import type { Command } from '../src/protocol/command.js'
import type { SessionCommand, SessionCommandOf, SessionEvent } from '../src/protocol/session.js'
import type { System } from '../src/system/system.js'
import type { Answer, Dialect, PlainFrame, Request } from './dialect.js'
import { execute } from './execute.js'
import { Feed } from './feed.js'
import type { Flusher } from './flusher.js'
import type { SharedFrames } from './frames.js'
import type { Heartbeat, Pulse } from './heartbeat.js'
import { Outbox, type OutboxLimits } from './outbox.js'
import { type Principal, Rights } from './principal.js'
import type { Session, Sessions } from './sessions.js'
import type { Wire, WireListener } from './ws.js'

/** What all connections of a bridge share. */
export interface Shared {
  readonly system: System
  readonly sessions: Sessions
  readonly flusher: Flusher
  readonly heartbeat: Heartbeat
  readonly limits: { readonly frame: number; readonly subscriptions: number; readonly outbox: OutboxLimits; readonly requests: number }
  readonly authTimeout: number
  readonly interval: number
  /** Who a token stands for; rejects with `AUTH_REQUIRED`, `AUTH_FAILED` or `AUTH_EXPIRED`. */
  admit(token: string | undefined): Promise<Principal>
  left(connection: Connection): void
}

export interface Opening {
  readonly id: string
  readonly dialect: Dialect
  readonly codec: Codec
  readonly frames: SharedFrames
  readonly state: unknown
  /** The token of the header or the query. */
  readonly token: string | undefined
}

export class Connection implements WireListener, Pulse {
  heardAt: number
  readonly #shared: Shared
  readonly #wire: Wire
  readonly #opening: Opening
  readonly #outbox: Outbox
  #phase: 'silent' | 'admitting' | 'open' | 'closed' = 'silent'
  #rights: Rights | undefined
  #session: Session | undefined
  #feed: Feed | undefined
  #pending = 0
  #cancelDeadline: () => void
  #cancelExpiry: () => void = () => {}

  constructor(shared: Shared, wire: Wire, opening: Opening) {
    this.#shared = shared
    this.#wire = wire
    this.#opening = opening
    const { clock } = shared.system
    this.heardAt = clock.now()
    this.#outbox = new Outbox(wire, shared.limits.outbox, {
      now: () => clock.now(),
      dirty: () => shared.flusher.dirty(this),
      tellDropped: (dropped) => opening.frames.write(opening.dialect.tell(dropped, opening.state)),
      stuck: () => this.#end('DROPPED', 1008, 'The client does not read what it is sent.'),
    })
    this.#cancelDeadline = clock.after(shared.authTimeout, () =>
      this.#end('AUTH_REQUIRED', 4401, `No hello came within ${shared.authTimeout} ms of connecting.`),
    )
    this.#send(opening.dialect.greet(shared.system.state, opening.state))
  }

  message(data: string | Uint8Array): void {
    this.heardAt = this.#shared.system.clock.now()
    if (this.#phase === 'closed') return
    let requests: readonly Request[]
    try {
      const frame = this.#opening.codec.decode(data)
      if (typeof frame !== 'object' || frame === null || Array.isArray(frame))
        throw new TroupeError('BAD_FRAME', `Expected an object as a frame; got ${Array.isArray(frame) ? 'an array' : frame === null ? 'null' : typeof frame}.`)
      requests = this.#opening.dialect.hear(frame as PlainFrame, this.#opening.state)
    } catch (thrown) {
      return this.#refuse(thrown)
    }
    for (const request of requests) this.#handle(request)
  }

  tooLarge(bytes: number): void {
    this.heardAt = this.#shared.system.clock.now()
    this.#refuse(new TroupeError('MESSAGE_TOO_LARGE', `A message may have ${this.#shared.limits.frame} bytes; this one had ${bytes} and was not read.`))
  }

  drained(): void {
    this.#shared.flusher.dirty(this)
  }

  closed(): void {
    if (this.#phase !== 'closed') this.#leave()
  }

  ping(): void {
    this.#tell({ type: 'session.ping' })
  }

  dead(): void {
    this.#leave()
    this.#wire.destroy()
  }

  /** A newer connection goes on with this one's session. */
  supersede(): void {
    this.#end('SUPERSEDED', codes.SUPERSEDED.close, 'A newer connection of this client took the session over.')
  }

  drain(reason: string, grace: number, reconnectAfter: number): void {
    this.#tell({ type: 'session.draining', reason, grace, reconnectAfter })
  }

  /** Writes what is left and closes. */
  close(code: number, reason: string): void {
    if (this.#phase === 'closed') return
    this.flush()
    this.#leave()
    this.#wire.close(code, reason)
  }

  flush(): void {
    if (this.#phase === 'closed') return
    this.#outbox.flush()
    this.#feed?.written(this.#outbox.sent)
  }

  mark(): void {
    if (this.#phase !== 'open') return
    const mark = this.#feed?.mark(this.#outbox)
    if (mark) this.#tell(mark)
  }

  #handle(request: Request): void {
    const { command } = request
    if (this.#phase === 'closed') return
    if (isSession(command)) return this.#sessionCommand(request, command)
    const rights = this.#rights
    if (this.#phase !== 'open' || !rights) return this.#end('AUTH_REQUIRED', 4401, 'Say hello, and wait for the welcome, before anything else.', request)
    if (this.#pending >= this.#shared.limits.requests)
      return this.#reject(request, new TroupeError('TOO_MANY', `${this.#pending} requests wait for their answers; wait for some of them.`))
    this.#pending++
    const { system } = this.#shared
    let answered = false
    void execute(command, { system, rights, cause: { correlationId: request.id, ...request.cause } }).then((outcome) => {
      answered = true
      this.#pending--
      this.#answer(request, outcome)
    })
    system.clock.yield(() => {
      if (!answered) this.#answer(request, { receipt: 'accepted' })
    })
  }

  #sessionCommand(request: Request, command: SessionCommand): void {
    switch (command.type) {
      case 'session.hello':
        return void this.#hello(request, command)
      case 'session.ping':
        return this.#answer(request, { receipt: 'applied', value: {} })
      case 'session.pong':
        return
      case 'session.close':
        if (this.#session) this.#shared.sessions.end(this.#session)
        return this.close(1000, 'Goodbye.')
      case 'session.refresh':
        return void this.#refresh(request, command.token)
      case 'session.subscribe':
      case 'session.unsubscribe':
        return this.#subscribe(request, command)
    }
  }

  async #hello(request: Request, hello: SessionCommandOf<'session.hello'>): Promise<void> {
    if (this.#phase !== 'silent') return this.#reject(request, new TroupeError('INVALID_MESSAGE', 'Hello was said already; it is said once, first.'))
    this.#phase = 'admitting'
    let principal: Principal
    try {
      principal = await this.#shared.admit(hello.token ?? this.#opening.token)
    } catch (thrown) {
      const { code, message } = toTroupeError(thrown, 'AUTH_FAILED')
      return this.#end(code, 4401, message, request)
    }
    // The client may have gone, or been sent away, while its token was read.
    if (this.#phase !== 'admitting') return
    this.#phase = 'open'
    this.#cancelDeadline()
    this.#welcome(principal, hello.resume, request)
  }

  #welcome(principal: Principal, resume: SessionCommandOf<'session.hello'>['resume'], request: Request): void {
    const { system, sessions, limits, interval, heartbeat, flusher } = this.#shared
    const rights = new Rights(principal)
    const known = resume ? sessions.resume(resume.session, principal.sub) : undefined
    const session = known ?? sessions.create(system.ids.next(), principal.sub)
    session.connection = this
    this.#rights = rights
    this.#session = session
    this.#expireAt(principal.expires)
    const push = (envelope: Parameters<Outbox['event']>[0]) =>
      this.#outbox.event(envelope, this.#opening.frames.of(envelope, system.state, this.#opening.state))
    const feed = new Feed(system, rights, push, () => flusher.unmarked(this))
    this.#feed = feed
    heartbeat.add(this)
    this.#tell(
      {
        type: 'session.welcome',
        session: session.id,
        client: principal.sub,
        cursor: { epoch: system.journal.epoch, offset: system.journal.head },
        resumed: known !== undefined,
        permissions: [...principal.permissions],
        limits: { frame: limits.frame, subscriptions: limits.subscriptions, outbox: limits.outbox.messages },
        heartbeat: interval,
        ...(principal.expires === undefined ? {} : { expires: principal.expires }),
      },
      request,
    )
    for (const pattern of session.patterns)
      try {
        feed.add(pattern)
      } catch (thrown) {
        session.patterns.delete(pattern)
        this.#tell({ type: 'session.error', error: toTroupeError(thrown).toJSON() })
      }
    if (known && resume) for (const gap of feed.replay(resume.cursor)) this.#tell({ type: 'session.gap', ...gap })
  }

  #subscribe(request: Request, { type, patterns }: SessionCommandOf<'session.subscribe' | 'session.unsubscribe'>): void {
    const feed = this.#feed
    const session = this.#session
    if (!feed || !session || this.#phase !== 'open')
      return this.#end('AUTH_REQUIRED', 4401, 'Say hello, and wait for the welcome, before anything else.', request)
    try {
      const { subscriptions } = this.#shared.limits
      if (type === 'session.subscribe' && new Set([...session.patterns, ...patterns]).size > subscriptions)
        throw new TroupeError('TOO_MANY', `A connection may have ${subscriptions} subscriptions; unsubscribe from some.`)
      // All or none: a list that is refused half-way would leave the client guessing.
      if (type === 'session.subscribe') for (const pattern of patterns) this.#rights?.needPattern(pattern)
      for (const pattern of patterns) {
        if (type === 'session.subscribe') feed.add(pattern)
        else feed.remove(pattern)
        if (type === 'session.subscribe') session.patterns.add(pattern)
        else session.patterns.delete(pattern)
      }
      const { epoch, head } = this.#shared.system.journal
      this.#answer(request, { receipt: 'applied', value: { patterns: [...patterns], cursor: { epoch, offset: head } } })
    } catch (thrown) {
      this.#reject(request, thrown)
    }
  }

  async #refresh(request: Request, token: string): Promise<void> {
    const session = this.#session
    try {
      const principal = await this.#shared.admit(token)
      if (this.#phase !== 'open' || !session) return
      if (principal.sub !== session.sub) throw new TroupeError('AUTH_FAILED', 'The new token is for somebody else; a session stays with its owner.')
      this.#rights = new Rights(principal)
      this.#feed?.judge(this.#rights)
      this.#expireAt(principal.expires)
      this.#answer(request, { receipt: 'applied', value: principal.expires === undefined ? {} : { expires: principal.expires } })
    } catch (thrown) {
      this.#reject(request, thrown)
    }
  }

  #expireAt(expires: number | undefined): void {
    this.#cancelExpiry()
    const { clock } = this.#shared.system
    if (expires === undefined) return
    this.#cancelExpiry = clock.after(expires - clock.now(), () => this.#end('AUTH_EXPIRED', 4401, 'The token has expired; reconnect with a new one.'))
  }

  #answer(request: Request, answer: Answer): void {
    if (this.#phase !== 'closed') this.#send(this.#opening.dialect.answer(request, answer, this.#opening.state))
  }

  #reject(request: Request, thrown: unknown): void {
    this.#answer(request, { receipt: 'rejected', error: toTroupeError(thrown).toJSON() })
  }

  /** What could not be understood is answered; before the welcome it costs the connection. */
  #refuse(thrown: unknown): void {
    if (!(thrown instanceof TroupeError)) this.#shared.system.report(`a frame in ${this.#opening.dialect.name}`, thrown)
    const error = toTroupeError(thrown)
    if (this.#phase !== 'open') return this.#end(error.code, 4401, error.message)
    const id = error.details?.['id']
    this.#send(this.#opening.dialect.refuse(error.toJSON(), typeof id === 'string' ? id : undefined, this.#opening.state))
  }

  #tell(event: SessionEvent, request?: Request): void {
    if (this.#phase === 'closed') return
    this.#send(this.#opening.dialect.tell(event, this.#opening.state, request))
  }

  #send(frames: readonly PlainFrame[]): void {
    this.#outbox.answer(this.#opening.frames.write(frames))
  }

  /** Says why, then ends the connection; its session waits for the client to come back. */
  #end(code: Code, close: number, message: string, request?: Request): void {
    if (this.#phase === 'closed') return
    const error = new TroupeError(code, message)
    if (request) this.#reject(request, error)
    else if (code !== 'DROPPED') this.#tell({ type: 'session.error', error: error.toJSON() })
    this.close(close, message)
  }

  #leave(): void {
    this.#phase = 'closed'
    this.#cancelDeadline()
    this.#cancelExpiry()
    this.#feed?.close()
    const { heartbeat, sessions } = this.#shared
    heartbeat.remove(this)
    if (this.#session) sessions.leave(this.#session, this)
    this.#shared.left(this)
  }
}

const isSession = (command: Command | SessionCommand): command is SessionCommand => command.type.startsWith('session.')
