/** One connection from its first frame to its last: who it is, what it hears, what it asks. */
import { type Code, closeOf, codes, TroupeError, toTroupeError } from '../src/errors.js'
import type { SessionCommandOf, SessionEvent, SessionEventOf } from '../src/protocol/session.js'
import { within } from '../src/system/reach.js'
import { revoked } from './access/admission.js'
import { Trail } from './access/audit.js'
import { Refreshing } from './access/refreshing.js'
import { Arrival } from './arrival.js'
import { Deadlines } from './deadlines.js'
import type { Answer, Dialect, Request, Saying } from './dialect.js'
import { Ear } from './ear.js'
import type { Home } from './externals.js'
import type { Pulse } from './heartbeat.js'
import { Held, tooMuch, turnedAway } from './held.js'
import { Mishaps } from './mishaps.js'
import { type Opening, openVoice, seenWith } from './opening.js'
import type { Outbox } from './outbox.js'
import type { Principal } from './principal.js'
import { Requests } from './requests.js'
import { SessionTalk } from './session-talk.js'
import { isFree, isSession, outsideBatch } from './session-words.js'
import type { Holder } from './sessions.js'
import type { Shared } from './shared.js'
import type { Single } from './singles.js'
import type { Voice } from './voice.js'
import { openOutbox } from './way-out.js'
import type { Wire, WireListener } from './ws.js'

export class Connection implements WireListener, Pulse, Holder, Single {
  heardAt: number
  readonly #shared: Shared
  readonly #wire: Wire
  readonly #opening: Opening
  readonly #outbox: Outbox
  readonly #requests: Requests
  readonly #deadlines: Deadlines
  readonly #trail: Trail
  readonly #talk: SessionTalk
  readonly #held: Held
  readonly #mishaps = new Mishaps<Request>(
    (thrown) => this.#shared.system.report(`a connection in ${this.#voice.dialect.name}`, thrown),
    (request) => this.#end('INTERNAL', 1011, codes.INTERNAL.says, request),
  )
  readonly #ear: Ear
  readonly #home: Home = { tell: (event) => this.#tell(event) }
  readonly #client = { rights: () => this.#arrival?.visit.rights, unsent: () => this.#outbox.oldest }
  /** Until the first frame has told which protocol it is, the first that it may be. */
  #voice: Voice
  readonly #voiceOf = (one: Dialect): Voice => openVoice(this.#opening, one, this.#shared.system, this.#client)
  #phase: 'silent' | 'admitting' | 'open' | 'closed' = 'silent'
  #arrival: Arrival | undefined

  constructor(shared: Shared, wire: Wire, opening: Opening) {
    this.#shared = shared
    this.#wire = wire
    this.#opening = opening
    const { clock } = shared.system
    this.#voice = this.#voiceOf(opening.dialects[0] as Dialect)
    this.heardAt = clock.now()
    this.#outbox = openOutbox(shared, {
      ...{ id: opening.id, wire, flush: () => this.flush(), mark: () => this.mark() },
      ...{ voice: () => this.#voice, visit: () => this.#arrival?.visit, opened: (outbox) => seenWith(opening, outbox) },
      stuck: () => this.#end('DROPPED', 1008, 'The client does not read what it is sent.'),
    })
    this.#trail = new Trail(shared.audit, {
      ...{ connection: opening.id, address: opening.address, dialect: () => this.#voice.dialect.name },
    })
    const answered = (request: Request, answer: Answer) => this.#mishaps.guard(() => this.#answer(request, answer))
    this.#requests = new Requests(shared, this.#home, this.#trail, answered, {
      ...{ connection: opening.id, standing: this.#client.rights },
    })
    this.#deadlines = new Deadlines(clock, shared, { end: (...why) => this.#end(...why), tell: (event) => this.#tell(event) })
    const visit = () => (this.#phase === 'open' ? this.#arrival?.visit : undefined)
    const renewing = { visit, deadlines: this.#deadlines, externals: shared.externals, home: this.#home }
    this.#talk = new SessionTalk({
      refreshing: new Refreshing((token) => shared.admit(token, opening.address), this.#trail, renewing),
      visit,
      hello: (request, hello) => this.#hello(request, hello),
      answer: (request, answer) => this.#answer(request, answer),
      answerLate: answered,
      take: (frame) => this.#ear.take(frame, outsideBatch),
      acknowledged: (offsets) => this.#arrival?.sure?.settle(offsets),
      goodbye: () => this.#goodbye(),
    })
    this.#held = new Held(wire, shared.limits.frame)
    this.#ear = new Ear(opening.dialects.length > 1 ? opening.dialects : [], {
      ...{ voice: () => this.#voice, count: (...what) => shared.traffic.heard(...what) },
      choose: (dialect) => this.#mishaps.guard(() => this.#choose(dialect)),
      heard: (what) => this.#heard(what),
      refuse: (thrown, id) => this.#mishaps.guard(() => this.#refuse(thrown, id)),
      barred: (error) => this.#trail.frameRefused(this.#arrival?.visit.rights.principal, error.code),
    })
  }

  /** Begins to speak, where the path has told which protocol it is. */
  begin(): void {
    if (this.#opening.dialects.length === 1) this.#mishaps.guard(() => this.#choose(this.#voice.dialect))
  }

  alive(): void {
    if (!this.#voice.dialect.pulse?.frames) this.heardAt = this.#shared.system.clock.now()
  }

  message(data: string | Uint8Array): void {
    this.heardAt = this.#shared.system.clock.now()
    if (this.#phase === 'closed') return
    if (this.#phase !== 'admitting' || !this.#voice.dialect.pipelined) return this.#ear.hear(data)
    if (!this.#held.keep(data.length, () => this.message(data)))
      this.#end('AUTH_REQUIRED', 4401, 'Too much was said before hello was answered.')
  }

  tooLarge(bytes: number, limit: number): void {
    this.heardAt = this.#shared.system.clock.now()
    if (this.#phase === 'closed') return
    this.#refuse(tooMuch(bytes, limit, this.#phase === 'open'))
  }

  drained(): void {
    this.#shared.flusher.dirty(this)
  }

  closed(): void {
    if (this.#phase !== 'closed') this.#leave()
  }

  /** In the dialect's words, which a page can hear, and below them, which every WebSocket answers by itself. */
  ping(): void {
    this.#outbox.note(this.#voice.tell({ type: 'session.ping' }), true)
    if (!this.#voice.dialect.pulse?.frames) this.#wire.ping()
  }

  dead(): void {
    this.#leave()
    this.#wire.destroy()
  }

  supersede(): void {
    this.#end('SUPERSEDED', codes.SUPERSEDED.close, 'A newer connection of this client took the session over.')
  }

  replaced(name: string): void {
    this.close(1008, `A newer connection is called ${name}; only the newest stays.`)
  }

  /** `tenant`: whose clients it is for; absent: for all. */
  notice(notice: SessionEventOf<'session.notice'>, tenant: string | undefined): void {
    const { rights } = this.#arrival?.visit ?? {}
    if (this.#phase === 'open' && (tenant === undefined || within(rights?.reach, tenant))) this.#tell(notice)
  }

  /** A token was revoked: if it is this client's, that is the end. */
  revoked(jti: string): void {
    const { principal } = this.#arrival?.visit.rights ?? {}
    if (this.#phase !== 'open' || principal?.jti !== jti) return
    const { code, message } = revoked()
    this.#trail.ended(principal, code)
    this.#end(code, 4401, message)
  }

  drain(notice: Omit<SessionEventOf<'session.draining'>, 'type'>): void {
    this.#tell({ type: 'session.draining', ...notice })
  }

  close(code: number, reason: string): void {
    if (this.#phase === 'closed') return
    this.#outbox.flush()
    this.#leave()
    this.#outbox.finish(() => this.#wire.close(code, reason), this.#shared.system.clock)
  }

  flush(): void {
    if (this.#phase === 'closed' && !this.#outbox.holds) return
    this.#outbox.flush()
    if (this.#arrival?.readOn(this.#outbox)) this.#shared.flusher.unmarked(this)
  }

  mark(): void {
    if (this.#phase === 'open') this.#outbox.note(this.#outbox.mark(), true)
  }

  /** From here on it is this protocol. */
  #choose(dialect: Dialect): void {
    if (this.#voice.dialect !== dialect) this.#voice = this.#voiceOf(dialect)
    const { context, admitted } = this.#opening
    const refusal = dialect.refusal?.(context)
    if (refusal !== undefined) return this.close(1008, refusal)
    this.#outbox.note(this.#voice.greet())
    if (admitted) this.#admitted(admitted, { type: 'session.hello' })
  }

  #heard(what: Request | Saying): void {
    if ('command' in what) this.#handle(what)
    else if (this.#phase === 'open' || (what.early && this.#phase === 'silent')) this.#outbox.reply(this.#voice.say(what.say))
  }

  #handle(request: Request): void {
    const { command } = request
    if (this.#phase === 'closed') return
    if (this.#phase === 'admitting' && this.#voice.dialect.pipelined) return void this.#held.keep(0, () => this.#handle(request))
    // The first word is hello, and nothing more until it was answered: so nothing that an unknown client says is ever kept.
    if (this.#phase !== 'open' && command.type !== 'session.hello' && command.type !== 'session.close')
      return this.#end('AUTH_REQUIRED', 4401, 'Say hello, and wait for the welcome, before anything else.', request)
    if (isSession(command)) return this.#talk.hear(request, command)
    if (this.#arrival) this.#requests.begin(request, command, this.#arrival.visit.rights)
  }

  #goodbye(): void {
    if (this.#arrival) this.#shared.sessions.end(this.#arrival.visit.session)
    this.#shared.externals.goodbye(this.#home)
    this.close(1000, 'Goodbye.')
  }

  async #hello(request: Request, hello: SessionCommandOf<'session.hello'>): Promise<void> {
    if (this.#phase !== 'silent')
      return this.#reject(request, new TroupeError('INVALID_MESSAGE', 'Hello was said already; it is said once, first.'))
    this.#phase = 'admitting'
    const admitted = this.#shared.admit(hello.token ?? this.#opening.token, this.#opening.address, hello.metadata)
    this.#admitted(await admitted.catch((thrown: unknown) => toTroupeError(thrown, 'AUTH_FAILED')), hello, request)
  }

  #admitted(admitted: Principal | TroupeError, hello: SessionCommandOf<'session.hello'>, request?: Request): void {
    if (this.#phase === 'closed') return
    // It may have been revoked while it was on its way in.
    const late = admitted instanceof TroupeError || !this.#shared.revocations.has(admitted.jti) ? admitted : revoked()
    if (!(late instanceof TroupeError)) return this.#mishaps.guard(() => this.#enter(late, hello, request), request)
    this.#trail.loginRefused(late.code)
    this.#end(late.code, turnedAway(late), late.message, request, late)
  }

  /** The client is welcome; what it said since its hello is heard once it was told so. */
  #enter(principal: Principal, hello: SessionCommandOf<'session.hello'>, request?: Request): void {
    this.#phase = 'admitting'
    this.#trail.login(principal)
    this.#deadlines.welcomed(principal.expires)
    this.#opening.welcomed()
    const arrival = new Arrival({
      ...{ shared: this.#shared, opening: this.#opening, holder: this, voice: this.#voice, outbox: this.#outbox },
      ...{ principal, hello, tell: (event: SessionEvent) => this.#tell(event) },
      ...{ dirty: () => this.#shared.flusher.dirty(this), end: (...why) => this.#end(...why) },
    })
    this.#arrival = arrival
    this.#ear.bounds = arrival
    this.#shared.heartbeat.add(this, this.#voice.dialect.pulse)
    arrival.begin((welcome) => this.#mishaps.guard(() => this.#open(arrival, welcome, request), request))
  }

  #open(arrival: Arrival, welcome: Parameters<Parameters<Arrival['begin']>[0]>[0], request?: Request): void {
    this.#phase = 'open'
    welcome((event) => this.#tell(event, request))
    for (const each of arrival.requests) this.#handle(each)
    this.#held.release()
  }

  /** An answer to a command comes after the events that wait when it is given; a word about the connection is answered at once. */
  #answer(request: Request, answer: Answer): void {
    if (this.#phase === 'closed') return
    const written = this.#voice.answer(request, answer)
    const free = isFree(request.command, answer)
    if (isSession(request.command) || answer.receipt === 'accepted' || free) this.#outbox.note(written, free)
    else this.#outbox.reply(written)
  }

  #reject(request: Request, thrown: unknown): void {
    this.#answer(request, { receipt: 'rejected', error: toTroupeError(thrown).toJSON() })
  }

  /** Before the welcome it costs the connection. */
  #refuse(thrown: unknown, id?: string): void {
    if (this.#phase === 'closed') return
    if (!(thrown instanceof TroupeError)) this.#shared.system.report(`a frame in ${this.#voice.dialect.name}`, thrown)
    const close = closeOf(thrown)
    if (this.#phase === 'open' && close === undefined) return this.#outbox.note(this.#voice.refuse(thrown, id))
    this.#outbox.note(this.#voice.refuse(thrown, id, close === undefined))
    this.close(close ?? 4401, close ? toTroupeError(thrown).message : 'The first word has to be a hello that can be read.')
  }

  #tell(event: SessionEvent, request?: Request): void {
    if (this.#phase !== 'closed') this.#outbox.note(this.#voice.tell(event, request))
  }

  /** Says why, then ends the connection; its session waits for the client to come back. */
  #end(code: Code, close: number, message: string, request?: Request, error = new TroupeError(code, message)): void {
    if (this.#phase === 'closed') return
    this.#mishaps.last(() => {
      if (request) this.#reject(request, error)
      else if (code !== 'DROPPED') this.#tell({ type: 'session.error', error: error.toJSON() })
    })
    this.close(close, message)
  }

  #leave(): void {
    this.#phase = 'closed'
    this.#deadlines.close()
    this.#arrival?.close()
    this.#requests.close()
    this.#shared.externals.left(this.#home)
    this.#shared.heartbeat.remove(this)
    this.#shared.left(this.#opening.id)
  }
}
