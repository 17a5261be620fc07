/** What a client has once it is welcome: its rights, its session, and the events that it hears. */
import { TroupeError, toTroupeError } from '../src/errors.js'
import type { Cursor, Envelope } from '../src/protocol/envelope.js'
import type { EventFilter } from '../src/protocol/filter.js'
import type { SessionAnswerTo, SessionCommandOf, SessionEvent, SessionEventOf } from '../src/protocol/session.js'
import type { System } from '../src/system/system.js'
import { Owed } from './delivery/owed.js'
import type { Rules } from './delivery/rules.js'
import { Feed, type FeedOwner } from './feed.js'
import type { OutboxLimits } from './outbox.js'
import { tellChannel } from './presence.js'
import { type Principal, Rights } from './principal.js'
import { weightOf } from './session-records.js'
import type { Caller, Holder, Session, Sessions } from './sessions.js'

export interface Limits {
  /** Bytes of the largest message. */
  readonly frame: number
  /** Patterns of one connection. */
  readonly subscriptions: number
  /** Clients that may listen to one pattern. Default: any number. */
  readonly audience?: number | undefined
  readonly outbox: OutboxLimits
  /** Characters of the patterns and filters of one session. */
  readonly patternBytes?: number | undefined
  /** How events are delivered, by topic. Default: all at most once. */
  readonly delivery?: Rules | undefined
  /** Requests that may wait for their answers. */
  readonly requests: number
}

export interface VisitOptions {
  readonly system: System
  readonly sessions: Sessions
  readonly limits: Limits
  readonly heartbeat: number
  readonly principal: Principal
  /** The session to go on with, and from where. */
  readonly resume: NonNullable<SessionCommandOf<'session.hello'>['resume']> | undefined
  /** Whether the client acknowledges what asks for it. */
  readonly acks: boolean
  readonly holder: Holder
  /** What the client calls itself, and which protocol it speaks. */
  readonly caller: Caller
  readonly feed: FeedOwner
  /** Patterns that every client of its protocol hears, as far as it may. */
  readonly hears: readonly string[]
  /** Takes what was missed, where that is read before the welcome; undefined: the client is sent all after it, page by page. */
  readonly miss: ((envelope: Envelope) => void) | undefined
  /** What the dialect remembers from now on, and a session that goes on is told of what it remembered before: it may say from where. */
  readonly memory: unknown
  adopt(former: unknown): number | undefined
  tell(event: SessionEvent): void
}

/** Characters of the patterns and filters of one session, where nothing is said. */
const usualPatternBytes = 4_194_304

export class Visit {
  readonly feed: Feed
  readonly session: Session
  #rights: Rights
  readonly #options: VisitOptions
  readonly #resumed: boolean
  readonly #resumeAt: Cursor | undefined
  /** Where the first event after the welcome comes after. */
  readonly #from: Cursor
  #welcomed = false
  /** Whether its rights were changed: what waits was judged by others. */
  #renewed = false

  constructor(options: VisitOptions) {
    const { system, sessions, limits, principal, resume, holder, memory } = options
    this.#options = options
    this.#rights = new Rights(principal)
    const known = resume ? sessions.resume(resume.session, principal, options.caller.dialect) : undefined
    this.#resumed = known !== undefined
    this.session = known ?? sessions.create(system.ids.next(), principal, options.caller)
    const adopted = known && this.#adopted(known)
    this.session.connection = holder
    this.session.memory = memory
    this.feed = new Feed(system, this.#rights, limits.outbox.messages, options.feed)
    const { epoch, head } = system.journal
    // What was missed begins after the client's own cursor: should this connection be lost too, it starts from there again.
    this.#resumeAt = known && (resume?.cursor ?? known.position)
    if (adopted !== undefined) this.#resumeAt = { epoch, offset: adopted }
    const offset = this.#resumeAt?.epoch === epoch ? Math.min(this.#resumeAt.offset, head) : head
    this.#from = { epoch, offset }
    this.session.owed = options.acks ? this.#owedIn(epoch) : undefined
  }

  /** What the client did not acknowledge in its former connections; nothing of another life of the journal can be sent again. */
  #owedIn(epoch: string): Owed {
    const { owed } = this.session
    if (!this.#resumed || owed?.epoch !== epoch) return new Owed({ epoch, upTo: this.#from.offset })
    for (const offset of this.#options.resume?.acked ?? []) owed.settle(offset)
    return owed
  }

  /** What a session cannot be gone on with leaves it as it was. */
  #adopted(known: Session): number | undefined {
    const { sessions, adopt } = this.#options
    // One of a process before has no memory: what a dialect remembers ended with that.
    if (known.memory === undefined) return undefined
    try {
      return adopt(known.memory)
    } catch (thrown) {
      if (known.position) sessions.leave(known, known.connection, known.position)
      throw thrown
    }
  }

  get rights(): Rights {
    return this.#rights
  }

  get welcome(): SessionEventOf<'session.welcome'> {
    const { limits, heartbeat, principal } = this.#options
    return {
      type: 'session.welcome',
      session: this.session.id,
      client: principal.sub,
      address: this.#rights.address,
      cursor: this.#from,
      resumed: this.#resumed,
      permissions: [...principal.permissions],
      limits: {
        ...{ frame: limits.frame, subscriptions: limits.subscriptions, outbox: limits.outbox.messages },
        ...(this.session.owed && limits.delivery ? { unacked: limits.delivery.unacked } : {}),
      },
      heartbeat,
      ...(principal.expires === undefined ? {} : { expires: principal.expires }),
    }
  }

  /**
   * Goes on with what the session listened to; a pattern that the token no longer covers is told and let go. A promise where what was
   * missed has to be fetched first.
   */
  begin(): void | Promise<void> {
    const { hears, miss } = this.#options
    this.feed.addOwn(this.#from.offset)
    for (const pattern of hears) if (this.#rights.mayHear(pattern)) this.feed.add(pattern, undefined, this.#from.offset)
    for (const [pattern, filters] of [...this.session.patterns])
      try {
        this.feed.add(pattern, filters, this.#from.offset)
      } catch (thrown) {
        this.#letGo(pattern, thrown)
      }
    if (this.#resumed && this.#resumeAt && miss) return this.feed.missed(this.#resumeAt, miss)
  }

  /** Whether what was to be told before may be told still. */
  may({ topic, tenant }: Envelope): boolean {
    return !this.#renewed || this.#rights.mayRead(topic, tenant)
  }

  /** How far the client has come; undefined when there is nothing new to say. */
  mark(sent: number, oldest: number | undefined): SessionEventOf<'session.mark'> | undefined {
    const mark = this.feed.mark(sent, oldest)
    if (mark) this.session.owed?.reached(mark.cursor.offset)
    if (mark) this.#options.sessions.came(this.session, mark.cursor)
    return mark
  }

  /** Sends what was missed, after the welcome. */
  replay(): void {
    this.#welcomed = true
    if (!this.#resumed || !this.#resumeAt || this.#options.miss) return
    const { epoch, offset } = this.#resumeAt
    const { owed } = this.session
    // What has to be acknowledged begins where the server stopped, should that be before the point that the client names.
    if (owed?.epoch === epoch) this.feed.replay({ epoch, offset: Math.min(offset, owed.upTo) }, offset)
    else this.feed.replay(this.#resumeAt)
  }

  /** All or none, since a list that is refused half-way would leave the client guessing. Throws what it is refused with. */
  subscribe({
    patterns,
    filter,
    presence,
  }: Omit<SessionCommandOf<'session.subscribe'>, 'type'>): SessionAnswerTo<'session.subscribe'> {
    const { system, sessions, limits } = this.#options
    const { subscriptions, audience = Number.POSITIVE_INFINITY } = limits
    if (new Set([...this.session.patterns.keys(), ...patterns]).size > subscriptions)
      throw new TroupeError('TOO_MANY', `A connection may have ${subscriptions} subscriptions; unsubscribe from some.`)
    for (const pattern of patterns) {
      this.#rights.needPattern(pattern)
      if (
        Number.isFinite(audience) &&
        !this.session.patterns.has(pattern) &&
        sessions.listeners(pattern, this.session.tenant) >= audience
      )
        throw new TroupeError('TOO_MANY', `As many clients as may (${audience}) listen to ${pattern}.`, {
          details: { channel: pattern },
        })
    }
    const filters = filter === undefined ? undefined : [filter].flat()
    const weight = this.#weigh(patterns, filters)
    for (const pattern of patterns) {
      this.feed.add(pattern, filters)
      this.session.patterns.set(pattern, filters)
      if (!presence || this.session.joined.has(pattern)) continue
      this.session.joined.add(pattern)
      tellChannel(system, this.session, pattern, 'joined')
    }
    this.session.weight = weight
    sessions.changed(this.session)
    return this.#standing(patterns)
  }

  /** What the session would weigh with these. Throws `TOO_MANY`: it is kept while the client is away, so it is bounded. */
  #weigh(patterns: readonly string[], filters: readonly EventFilter[] | undefined): number {
    const { patternBytes = usualPatternBytes } = this.#options.limits
    let { weight } = this.session
    for (const pattern of new Set(patterns)) {
      if (this.session.patterns.has(pattern)) weight -= weightOf(pattern, this.session.patterns.get(pattern))
      weight += weightOf(pattern, filters)
    }
    if (weight <= patternBytes) return weight
    throw new TroupeError(
      'TOO_MANY',
      `The patterns and filters of a session may have ${patternBytes} characters; with these they have ${weight}.`,
    )
  }

  unsubscribe(patterns: readonly string[]): SessionAnswerTo<'session.unsubscribe'> {
    for (const pattern of patterns) {
      this.#remove(pattern)
    }
    this.#options.sessions.changed(this.session)
    return this.#standing(patterns)
  }

  /** A new token of the same client. Throws `AUTH_FAILED` when it is somebody else's. */
  renew(principal: Principal): void {
    if (principal.sub !== this.session.sub)
      throw new TroupeError('AUTH_FAILED', 'The new token is for somebody else; a session stays with its owner.')
    if (principal.tenant !== this.session.tenant)
      throw new TroupeError('AUTH_FAILED', 'The new token is for another tenant; a session stays with its owner.')
    this.#rights = new Rights(principal)
    this.#renewed = true
    this.feed.judge(this.#rights)
    // What its protocol hears of itself may be covered now.
    for (const pattern of this.#options.hears) if (this.#rights.mayHear(pattern)) this.feed.add(pattern)
    for (const pattern of [...this.session.patterns.keys()])
      try {
        this.#rights.needPattern(pattern)
      } catch (thrown) {
        this.#letGo(pattern, thrown)
      }
    this.#options.sessions.changed(this.session)
  }

  #remove(pattern: string): void {
    this.feed.remove(pattern)
    const filters = this.session.patterns.get(pattern)
    if (this.session.patterns.delete(pattern)) this.session.weight -= weightOf(pattern, filters)
    if (this.session.joined.delete(pattern)) tellChannel(this.#options.system, this.session, pattern, 'left')
  }

  /** What the token no longer covers is told and forgotten. */
  #letGo(pattern: string, thrown: unknown): void {
    this.#remove(pattern)
    this.#options.tell({ type: 'session.error', error: { ...toTroupeError(thrown).toJSON(), details: { pattern } } })
  }

  /** The session waits for the client to come back, unless a newer connection has it or the client said goodbye. `oldest`: the first offset that was not written. */
  leave(oldest: number | undefined): void {
    const { sessions, holder } = this.#options
    const position = this.#welcomed ? this.feed.cursor(oldest) : (this.#resumeAt ?? this.#from)
    this.feed.close()
    // One that a newer connection has taken over has been left already.
    if (this.session.connection === holder) this.session.owed?.leave(this.#welcomed ? position.offset : 0)
    sessions.leave(this.session, holder, position)
  }

  #standing(patterns: readonly string[]): SessionAnswerTo<'session.subscribe'> {
    const { epoch, head } = this.#options.system.journal
    return { patterns: [...patterns], cursor: { epoch, offset: head } }
  }
}
