/** One connection from its first frame to its last: who it is, what it hears, what it asks. */
import { type Code, codes, TroupeError, toTroupeError } from '../src/errors.js'
import type { Command } from '../src/protocol/command.js'
import type { SessionCommand, SessionCommandOf, SessionEvent, SessionEventOf } from '../src/protocol/session.js'
import { Deadlines } from './deadlines.js'
import type { Answer, Request } from './dialect.js'
import type { Home } from './externals.js'
import type { Pulse } from './heartbeat.js'
import { Outbox } from './outbox.js'
import type { Principal } from './principal.js'
import { Requests } from './requests.js'
import type { Holder } from './sessions.js'
import type { Opening, Shared } from './shared.js'
import { Visit } from './visit.js'
import { Voice } from './voice.js'
import type { Wire, WireListener } from './ws.js'

export class Connection implements WireListener, Pulse, Holder {
  heardAt: number
  readonly #shared: Shared
  readonly #wire: Wire
  readonly #opening: Opening
  readonly #voice: Voice
  readonly #outbox: Outbox
  readonly #requests: Requests
  #phase: 'silent' | 'admitting' | 'open' | 'closed' = 'silent'
  #visit: Visit | undefined
  readonly #deadlines: Deadlines
  readonly #home: Home = { tell: (event) => this.#tell(event) }

  constructor(shared: Shared, wire: Wire, opening: Opening) {
    this.#shared = shared
    this.#wire = wire
    this.#opening = opening
    const { clock, state: view } = shared.system
    const { dialect, codec, frames, state } = opening
    this.#voice = new Voice({ dialect, codec, frames, state, view, report: (where, error) => shared.system.report(where, error) })
    this.heardAt = clock.now()
    this.#outbox = new Outbox(wire, shared.limits.outbox, {
      now: () => clock.now(),
      dirty: () => shared.flusher.dirty(this),
      traffic: shared.traffic,
      tellDropped: (dropped) => this.#voice.tell(dropped),
      tellMark: () => {
        const mark = this.#visit?.feed.mark(this.#outbox.sent, this.#outbox.oldest)
        return mark ? this.#voice.tell(mark) : []
      },
      stuck: () => this.#end('DROPPED', 1008, 'The client does not read what it is sent.'),
    })
    this.#requests = new Requests(shared, this.#home, (request, outcome) => this.#answer(request, outcome))
    this.#deadlines = new Deadlines(clock, shared.authTimeout, (code, close, message) => this.#end(code, close, message))
    this.#outbox.note(this.#voice.greet())
  }

  alive(): void {
    this.heardAt = this.#shared.system.clock.now()
  }

  message(data: string | Uint8Array): void {
    this.alive()
    if (this.#phase === 'closed') return
    this.#take(() => this.#voice.hear(data))
  }

  /** Handles what was said, or says why it cannot. */
  #take(read: () => readonly Request[]): void {
    let requests: readonly Request[]
    try {
      requests = read()
    } catch (thrown) {
      return this.#refuse(thrown)
    }
    for (const request of requests) this.#handle(request)
  }

  tooLarge(bytes: number): void {
    this.alive()
    if (this.#phase === 'closed') return
    this.#refuse(
      new TroupeError(
        'MESSAGE_TOO_LARGE',
        `A message may have ${this.#shared.limits.frame} bytes; this one had ${bytes} and was not read.`,
      ),
    )
  }

  drained(): void {
    this.#shared.flusher.dirty(this)
  }

  closed(): void {
    if (this.#phase !== 'closed') this.#leave()
  }

  /** In the dialect's words, which a page can hear, and below them, which every WebSocket answers by itself. */
  ping(): void {
    this.#tell({ type: 'session.ping' })
    this.#wire.ping()
  }

  dead(): void {
    this.#leave()
    this.#wire.destroy()
  }

  supersede(): void {
    this.#end('SUPERSEDED', codes.SUPERSEDED.close, 'A newer connection of this client took the session over.')
  }

  /** A word of the operator. */
  notice(notice: SessionEventOf<'session.notice'>): void {
    if (this.#phase === 'open') this.#tell(notice)
  }

  drain(reason: string, grace: number, reconnectAfter: number): void {
    this.#tell({ type: 'session.draining', reason, grace, reconnectAfter })
  }

  /** Writes what is left and closes. */
  close(code: number, reason: string): void {
    if (this.#phase === 'closed') return
    this.#outbox.flush()
    this.#leave()
    this.#wire.close(code, reason)
  }

  flush(): void {
    if (this.#phase === 'closed') return
    this.#outbox.flush()
    const { feed } = this.#visit ?? {}
    feed?.readOn(this.#outbox.size)
    if (feed?.unmarked(this.#outbox.sent)) this.#shared.flusher.unmarked(this)
  }

  mark(): void {
    if (this.#phase === 'open') this.#outbox.note(this.#outbox.mark())
  }

  #handle(request: Request): void {
    const { command } = request
    if (this.#phase === 'closed') return
    // The first word is hello, and nothing more until it was answered: so nothing that an unknown client says is ever kept.
    if (this.#phase !== 'open' && command.type !== 'session.hello' && command.type !== 'session.close')
      return this.#end('AUTH_REQUIRED', 4401, 'Say hello, and wait for the welcome, before anything else.', request)
    if (isSession(command)) return this.#sessionCommand(request, command)
    if (this.#visit) this.#requests.begin(request, command, this.#visit.rights)
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
        if (this.#visit) this.#shared.sessions.end(this.#visit.session)
        this.#shared.externals.goodbye(this.#home)
        return this.close(1000, 'Goodbye.')
      case 'session.refresh':
        return void this.#refresh(request, command.token)
      case 'session.subscribe':
        return this.#do(request, (visit) => visit.subscribe(command.patterns, command.filter))
      case 'session.unsubscribe':
        return this.#do(request, (visit) => visit.unsubscribe(command.patterns))
      case 'session.batch':
        this.#answer(request, { receipt: 'applied', value: { frames: command.frames.length } })
        for (const frame of command.frames) this.#take(() => outsideBatch(this.#voice.understand(frame)))
    }
  }

  #do(request: Request, what: (visit: Visit) => Readonly<Record<string, unknown>>): void {
    try {
      if (this.#visit) this.#answer(request, { receipt: 'applied', value: what(this.#visit) })
    } catch (thrown) {
      this.#reject(request, thrown)
    }
  }

  async #hello(request: Request, hello: SessionCommandOf<'session.hello'>): Promise<void> {
    if (this.#phase !== 'silent')
      return this.#reject(request, new TroupeError('INVALID_MESSAGE', 'Hello was said already; it is said once, first.'))
    this.#phase = 'admitting'
    let principal: Principal
    try {
      principal = await this.#shared.admit(hello.token ?? this.#opening.token)
    } catch (thrown) {
      const { code, message } = toTroupeError(thrown, 'AUTH_FAILED')
      return this.#end(code, 4401, message, request)
    }
    // It may have gone while its token was read.
    if (this.#phase !== 'admitting') return
    this.#phase = 'open'
    this.#deadlines.welcomed()
    this.#welcome(principal, hello, request)
  }

  #welcome(principal: Principal, hello: SessionCommandOf<'session.hello'>, request: Request): void {
    const { system, sessions, limits, interval, heartbeat } = this.#shared
    const visit = new Visit({
      system,
      sessions,
      limits,
      heartbeat: interval,
      principal,
      resume: hello.resume,
      holder: this,
      caller: { name: hello.client, dialect: this.#opening.dialect.name },
      feed: {
        push: (envelope) => this.#outbox.event(envelope, this.#voice.event(envelope)),
        gap: (gap) => this.#tell({ type: 'session.gap', ...gap }),
      },
      tell: (event) => this.#tell(event),
    })
    this.#visit = visit
    this.#deadlines.expireAt(principal.expires)
    heartbeat.add(this)
    this.#tell(visit.welcome, request)
    visit.begin()
  }

  async #refresh(request: Request, token: string): Promise<void> {
    try {
      const principal = await this.#shared.admit(token)
      if (this.#phase !== 'open') return
      this.#visit?.renew(principal)
      this.#deadlines.expireAt(principal.expires)
      this.#answer(request, { receipt: 'applied', value: principal.expires === undefined ? {} : { expires: principal.expires } })
    } catch (thrown) {
      this.#reject(request, thrown)
    }
  }

  /** An answer to a command comes after the events that wait when it is given; a word about the connection is answered at once. */
  #answer(request: Request, answer: Answer): void {
    if (this.#phase === 'closed') return
    const written = this.#voice.answer(request, answer)
    if (isSession(request.command) || answer.receipt === 'accepted') this.#outbox.note(written)
    else this.#outbox.reply(written)
  }

  #reject(request: Request, thrown: unknown): void {
    this.#answer(request, { receipt: 'rejected', error: toTroupeError(thrown).toJSON() })
  }

  /** What could not be understood is answered; before the welcome it costs the connection. */
  #refuse(thrown: unknown): void {
    if (!(thrown instanceof TroupeError)) this.#shared.system.report(`a frame in ${this.#opening.dialect.name}`, thrown)
    if (this.#phase === 'open') return this.#outbox.note(this.#voice.refuse(thrown))
    this.#outbox.note(this.#voice.refuse(thrown, true))
    this.close(4401, 'The first word has to be a hello that can be read.')
  }

  #tell(event: SessionEvent, request?: Request): void {
    if (this.#phase !== 'closed') this.#outbox.note(this.#voice.tell(event, request))
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
    this.#deadlines.close()
    this.#visit?.leave()
    this.#requests.close()
    this.#shared.externals.left(this.#home)
    this.#shared.heartbeat.remove(this)
    this.#shared.left(this.#opening.id)
  }
}

const isSession = (command: Command | SessionCommand): command is SessionCommand => command.type.startsWith('session.')

/** What a batch may hold: whatever says who is there, or ends it, is said by itself. Throws `INVALID_MESSAGE` for these. */
const outsideBatch = (requests: readonly Request[]): readonly Request[] => {
  const odd = requests.find(({ command }) => isSession(command) && !/subscribe$|ping$|pong$/.test(command.type))
  if (!odd) return requests
  const what = odd.command.type.replace('session.', '')
  throw new TroupeError('INVALID_MESSAGE', `A batch holds commands, subscribe and unsubscribe; send ${what} by itself.`, {
    details: { id: odd.id },
  })
}
