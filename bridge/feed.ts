/** The events that one connection hears: by its patterns and its rights, each once, and how far it has come. */
import type { Gap, Reading } from '../src/journal/journal.js'
import type { Cursor, Envelope } from '../src/protocol/envelope.js'
import { type EventFilter, passesAny } from '../src/protocol/filter.js'
import type { SessionEventOf } from '../src/protocol/session.js'
import { matches, parsePattern } from '../src/protocol/topic.js'
import type { System } from '../src/system/system.js'
import type { Rights } from './principal.js'

export interface FeedOwner {
  /** Whether there was something to write. */
  push(envelope: Envelope): boolean
  /** Some of what was asked for is no longer kept. */
  gap(gap: Gap): void
  /** Whether an event has to wait in the journal; without one, whether nothing may be read from there now. Default: no. */
  full?(envelope?: Envelope): boolean
  /** Whether an event that has to be acknowledged is settled, or sent again by itself; undefined: it is none of these. */
  knows?(envelope: Envelope): boolean | undefined
  /** What was missed cannot be read; the client has to come back later, and go on from here. */
  unreadable(thrown: unknown): void
}

interface Pattern {
  readonly parts: readonly string[]
  /** Only events after this offset are this pattern's. */
  readonly from: number
  /** Of which one has to fit; none: everything. Replaced when it is subscribed to again. */
  filters: readonly EventFilter[] | undefined
  readonly stop: () => void
}

/** Events that are read from the journal at once; the next ones when most of these were written. */
const largestPage = 256

export class Feed {
  readonly #system: System
  readonly #owner: FeedOwner
  readonly #page: number
  readonly #patterns = new Map<string, Pattern>()
  #rights: Rights
  /** The offset of the newest event that was considered: two patterns that both cover it deliver it once. */
  #last = 0
  /** How far the journal was read, while what was missed is still being sent. */
  #reading: Cursor | undefined
  /** Whether a page is on its way. */
  #fetching = false
  /** The holes that were told of, so that none is told on every page. */
  readonly #gaps = new Map<string, number | null>()
  #marked = 0
  /** Up to here, the client has what need not be acknowledged. */
  #had = 0

  /** `capacity`: events that may wait for the client, which a page of the journal must not fill. */
  constructor(system: System, rights: Rights, capacity: number, owner: FeedOwner) {
    this.#system = system
    this.#rights = rights
    this.#owner = owner
    this.#page = Math.max(1, Math.min(largestPage, Math.floor(capacity / 2)))
  }

  /** The rights have changed; what is delivered from now on is judged by these. */
  judge(rights: Rights): void {
    this.#rights = rights
  }

  /**
   * Throws `FORBIDDEN` or `INVALID_MESSAGE`. A pattern that is heard already is only filtered anew. `from`: the offset after which it
   * is heard, when what was missed is to be sent; default: now.
   */
  add(pattern: string, filters?: readonly EventFilter[], from = this.#system.journal.head): void {
    this.#rights.needPattern(pattern)
    this.#listen(pattern, pattern, filters, from)
  }

  /** What is said to this client alone is heard without being asked for, from `from` on. */
  addOwn(from: number): void {
    // Under a name that no pattern has, so that nobody unsubscribes from it.
    this.#listen('own messages', `client.${this.#rights.address}.message`, undefined, from)
  }

  #listen(name: string, pattern: string, filters: readonly EventFilter[] | undefined, from: number): void {
    const known = this.#patterns.get(name)
    if (known) known.filters = filters
    if (known) return
    const added: Pattern = { parts: parsePattern(pattern), from, filters, stop: () => stop() }
    const stop = this.#system.listen(pattern, (envelope) => {
      if (passesAny(added.filters, envelope)) this.#hear(envelope)
    })
    this.#patterns.set(name, added)
  }

  remove(pattern: string): void {
    this.#patterns.get(pattern)?.stop()
    this.#patterns.delete(pattern)
  }

  /** Begins to send what was missed since the cursor, and then what happens. `had`: the client has what need not be acknowledged up to here. */
  replay(cursor: Cursor, had = 0): void {
    this.#reading = cursor
    this.#had = had
    if (!this.#owner.full?.()) this.#read(cursor)
  }

  /** Whether an event that was sent before may be sent again. */
  mayRepeat(envelope: Envelope): boolean {
    if (!this.#rights.mayRead(envelope.topic, envelope.tenant)) return false
    const parts = envelope.topic.split('.')
    for (const { parts: pattern, filters } of this.#patterns.values())
      if (matches(pattern, parts) && passesAny(filters, envelope)) return true
    return false
  }

  /** Reads on where the last page ended, if there is more and there is room for it. `waiting`: events that are not yet written. */
  readOn(waiting: number): void {
    if (this.#reading === undefined || this.#fetching || waiting > this.#page / 2 || this.#owner.full?.()) return
    this.#read(this.#reading)
  }

  /**
   * Gives `take` what of the journal after the cursor is this client's, up to now, and still worth telling. A promise where it has to be
   * fetched: what happens meanwhile is given too, and nothing is pushed before it resolves.
   */
  missed(cursor: Cursor, take: (envelope: Envelope) => void): void | Promise<void> {
    const now = this.#system.clock.now()
    this.#reading = cursor
    return this.#pages(cursor, largestPage, (envelope) => {
      if (envelope.timestamp + (envelope.ttl ?? Number.POSITIVE_INFINITY) > now) take(envelope)
      return false
    })
  }

  /** Where what was written ends, when `oldest` is the first that waits. */
  cursor(oldest: number | undefined): Cursor {
    const { epoch, durable } = this.#system.journal
    return { epoch, offset: Math.min(durable, oldest === undefined ? (this.#reading?.offset ?? durable) : oldest - 1) }
  }

  /** How far the client has come; undefined when there is nothing new to say. */
  mark(sent: number, oldest: number | undefined): SessionEventOf<'session.mark'> | undefined {
    if (sent === this.#marked) return undefined
    this.#marked = sent
    return { type: 'session.mark', dseq: sent, cursor: this.cursor(oldest) }
  }

  /** Whether so many events written are more than the client was told of. */
  unmarked(sent: number): boolean {
    return sent > this.#marked
  }

  close(): void {
    for (const { stop } of this.#patterns.values()) stop()
    this.#patterns.clear()
    this.#reading = undefined
  }

  #hear(envelope: Envelope): void {
    // While the journal is being read, what happens is in the part of it that is not read yet.
    if (this.#reading !== undefined || envelope.offset <= this.#last) return
    const mayRead = this.#rights.mayRead(envelope.topic, envelope.tenant)
    if (mayRead && this.#waits(envelope)) return
    this.#last = envelope.offset
    if (mayRead) this.#owner.push(envelope)
  }

  /** Whether there is no room for it: then everything from it on is read from the journal, when there is. */
  #waits(envelope: Envelope): boolean {
    if (!this.#owner.full) return false
    const before = this.#reading
    // Set first, since making room may tell the client how far it has come.
    this.#reading = { epoch: this.#system.journal.epoch, offset: envelope.offset - 1 }
    if (this.#owner.full(envelope)) return true
    this.#reading = before
    return false
  }

  /** Reads on until a page has something to write, or there is no more: only what is written leads back here. */
  #read(from: Cursor): void {
    void this.#pages(from, this.#page, (envelope) => this.#owner.push(envelope))
  }

  /** Reads page after page until one was taken in, or there is no more. */
  #pages(from: Cursor, limit: number, take: (envelope: Envelope) => boolean): void | Promise<void> {
    const { journal } = this.#system
    for (let at = from; ; at = this.#reading) {
      const reading = journal.read(at, (topic) => this.#wants(topic), limit)
      if (reading instanceof Promise) return this.#fetch(reading, limit, take)
      if (this.#turn(reading, take) || this.#reading === undefined) return
    }
  }

  /** A page that is on its way: what is this client's is judged when it is there. */
  async #fetch(coming: Promise<Reading>, limit: number, take: (envelope: Envelope) => boolean): Promise<void> {
    this.#fetching = true
    let reading: Reading
    try {
      reading = await coming
    } catch (thrown) {
      if (this.#reading === undefined) return
      return this.#owner.unreadable(thrown)
    }
    this.#fetching = false
    if (this.#reading === undefined || this.#turn(reading, take) || this.#reading === undefined) return
    return this.#pages(this.#reading, limit, take)
  }

  /** Takes in one page. Whether something of it was taken. */
  #turn({ entries, gaps, cursor, more }: Reading, take: (envelope: Envelope) => boolean): boolean {
    for (const gap of gaps) this.#tellGap(gap)
    // Reading is over in the same breath in which hearing begins, so nothing falls between them; what both know of is told once.
    this.#last = Math.max(this.#last, cursor.offset)
    this.#reading = more ? cursor : undefined
    let taken = false
    for (const envelope of entries) {
      if (!this.#wants(envelope.topic, envelope)) continue
      if (this.#waits(envelope)) return true
      if (take(envelope)) taken = true
    }
    if (this.#reading === undefined) this.#gaps.clear()
    return taken
  }

  #tellGap(gap: Gap): void {
    // That a topic was spoken on, and how often, may tell of another tenant.
    if (!this.#rights.mayRead(gap.topic, gap.tenant)) return
    const whose = `${gap.topic} ${gap.tenant ?? ''}`
    if (this.#gaps.get(whose) === gap.toSeq && this.#gaps.has(whose)) return
    this.#gaps.set(whose, gap.toSeq)
    this.#owner.gap(gap)
  }

  /** Without the event itself, whether one of its topic could be wanted. */
  #wants(topic: string, envelope?: Envelope): boolean {
    if (envelope ? !this.#rights.mayRead(topic, envelope.tenant) : !this.#rights.covers(topic)) return false
    const known = envelope && this.#owner.knows?.(envelope)
    if (known || (envelope && known === undefined && envelope.offset <= this.#had)) return false
    const parts = topic.split('.')
    for (const { parts: pattern, from, filters } of this.#patterns.values())
      if (matches(pattern, parts) && (!envelope || (envelope.offset > from && passesAny(filters, envelope)))) return true
    return false
  }
}
