/** The journal in memory: the newest events, numbered, gone with the process. */
import type { Clock } from '../clock.js'
import { needCount } from '../given.js'
import type { Ids } from '../ids.js'
import type { Cursor, Envelope } from '../protocol/envelope.js'
import type { Event } from '../protocol/event.js'
import type { EntryOptions, Gap, Journal, Reading } from './journal.js'
import { Ring } from './ring.js'

export interface MemoryJournalOptions {
  readonly clock: Clock
  readonly ids: Ids
  /** How many ordinary entries are kept. Default 100,000. */
  readonly events?: number
  /** How many entries of noisy topics are kept, which have room of their own. Default 20,000. */
  readonly ephemeral?: number
  /** How much text of output is kept in all, in characters. Default 16,777,216. */
  readonly output?: number
  /** Which topics are noisy. Default: those that end in `output`, `progress` or `metrics`, `system.traffic` and `system.audit`. */
  readonly isEphemeral?: (topic: string) => boolean
  /** How many topics are counted before the counters of those of which nothing is kept are dropped. Default 150,000. */
  readonly topics?: number
}

interface Counter {
  readonly topic: string
  readonly tenant: string | undefined
  seq: number
  /** The newest entry of the topic that is no longer kept. */
  goneSeq: number
  goneOffset: number
}

/** The length of the output that an entry carries. */
const textOf = ({ event }: Envelope): number => ('data' in event ? event.data.length : 0)

const noisy = /\.(?:output|progress|metrics)$|^system\.(?:traffic|audit)$/

/** Creates a journal in memory. Each has an epoch of its own, so a position of another life is never mistaken for one of this. */
export const createMemoryJournal = (options: MemoryJournalOptions): Journal => new MemoryJournal(options)

class MemoryJournal implements Journal {
  readonly epoch: string
  head = 0
  readonly #clock: Clock
  readonly #ids: Ids
  readonly #isEphemeral: (topic: string) => boolean
  readonly #topics: number
  readonly #counters = new Map<string, Counter>()
  readonly #ordinary: Ring
  readonly #noise: Ring
  /** The highest numbers of the topics whose counters were dropped: up to there, a topic that is new here may have been before. */
  #dropped: Pick<Counter, 'goneSeq' | 'goneOffset'> = { goneSeq: 0, goneOffset: 0 }

  constructor(options: MemoryJournalOptions) {
    const { clock, ids, events = 100_000, ephemeral = 20_000, output = 16_777_216, topics = 150_000 } = options
    for (const [name, count] of Object.entries({ events, ephemeral, output, topics }))
      needCount(`The option ${name} of a journal`, count)
    this.#clock = clock
    this.#ids = ids
    this.#topics = topics
    this.#isEphemeral = options.isEphemeral ?? ((topic) => noisy.test(topic))
    this.epoch = ids.next()
    this.#ordinary = new Ring({ capacity: events, evicted: (envelope) => this.#evicted(envelope) })
    this.#noise = new Ring({
      capacity: ephemeral,
      weigh: textOf,
      maxWeight: output,
      evicted: (envelope) => this.#evicted(envelope),
    })
  }

  append<E extends Event>(topic: string, event: E, { source, priority, ttl, cause, tenant }: EntryOptions): Envelope<E> {
    const counter = this.#counterOf(topic, tenant)
    const envelope: Envelope<E> = {
      id: this.#ids.next(),
      topic,
      seq: ++counter.seq,
      epoch: this.epoch,
      offset: ++this.head,
      timestamp: this.#clock.now(),
      source,
      priority,
      event,
      ...(ttl === undefined ? undefined : { ttl }),
      ...(cause === undefined ? undefined : { cause }),
      ...(tenant === undefined ? undefined : { tenant }),
    }
    const ring = this.#isEphemeral(topic) ? this.#noise : this.#ordinary
    ring.push(envelope)
    return envelope
  }

  read(cursor: Cursor, wanted: (topic: string) => boolean, limit = Number.POSITIVE_INFINITY): Reading {
    const { epoch, head } = this
    const known = Number.isInteger(cursor.offset) && cursor.offset >= 0 && cursor.offset <= head
    const gaps = cursor.epoch === epoch && known ? this.#holes(cursor.offset, wanted) : undefined
    if (!gaps) return { entries: [], gaps: this.#strangers(wanted), cursor: { epoch, offset: head }, more: false }
    const entries: Envelope[] = []
    for (const entry of merge(this.#ordinary.after(cursor.offset), this.#noise.after(cursor.offset))) {
      if (!wanted(entry.topic)) continue
      if (entries.length >= limit)
        return { entries, gaps, cursor: { epoch, offset: entries.at(-1)?.offset ?? cursor.offset }, more: true }
      entries.push(entry)
    }
    return { entries, gaps, cursor: { epoch, offset: head }, more: false }
  }

  /** Topics of which something behind the offset is no longer kept. */
  #holes(offset: number, wanted: (topic: string) => boolean): Gap[] {
    const gaps: Gap[] = []
    for (const counter of this.#counters.values())
      if (counter.goneOffset > offset && wanted(counter.topic)) gaps.push(gapOf(counter, counter.goneSeq, 'history'))
    return gaps
  }

  /** All topics: to whoever comes with a position of another life, each of them is a hole. */
  #strangers(wanted: (topic: string) => boolean): Gap[] {
    const counters = [...this.#counters.values()].filter(({ topic }) => wanted(topic))
    return counters.map((counter) => gapOf(counter, null, 'epoch'))
  }

  #evicted({ topic, tenant, seq, offset }: Envelope): void {
    const counter = this.#counters.get(keyOf(topic, tenant))
    if (!counter || offset < counter.goneOffset) return
    counter.goneSeq = seq
    counter.goneOffset = offset
  }

  #counterOf(topic: string, tenant: string | undefined): Counter {
    const key = keyOf(topic, tenant)
    const known = this.#counters.get(key)
    if (known) return known
    if (this.#counters.size >= this.#topics) this.#makeRoom()
    // A topic that comes back after its counter was dropped must not repeat a number.
    const counter = { topic, tenant, seq: this.#dropped.goneSeq, ...this.#dropped }
    this.#counters.set(key, counter)
    return counter
  }

  /** Drops the count of the first topic of which nothing is kept: what is kept still needs its count. */
  #makeRoom(): void {
    for (const [key, counter] of this.#counters) {
      if (counter.goneSeq !== counter.seq) continue
      this.#counters.delete(key)
      const { goneSeq, goneOffset } = this.#dropped
      this.#dropped = { goneSeq: Math.max(goneSeq, counter.goneSeq), goneOffset: Math.max(goneOffset, counter.goneOffset) }
      return
    }
  }
}

/** No topic has a line break. */
const keyOf = (topic: string, tenant: string | undefined): string => (tenant === undefined ? topic : `${topic}\n${tenant}`)

const gapOf = ({ topic, tenant }: Counter, toSeq: number | null, reason: Gap['reason']): Gap => ({
  ...{ topic, fromSeq: null, toSeq, reason },
  ...(tenant === undefined ? {} : { tenant }),
})

/** Two rows, each in order of offset, as one. */
function* merge(left: Generator<Envelope, void, void>, right: Generator<Envelope, void, void>): Generator<Envelope, void, void> {
  let a = left.next()
  let b = right.next()
  while (!a.done || !b.done) {
    if (!a.done && (b.done || a.value.offset < b.value.offset)) {
      yield a.value
      a = left.next()
    } else if (!b.done) {
      yield b.value
      b = right.next()
    }
  }
}
