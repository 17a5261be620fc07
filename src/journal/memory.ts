/** The journal in memory: the newest events, numbered, gone with the process. */
import type { Clock } from '../clock.js'
import { needCount } from '../given.js'
import type { Ids } from '../ids.js'
import { countOf } from '../protocol/count.js'
import type { Cursor, Envelope } from '../protocol/envelope.js'
import type { Event } from '../protocol/event.js'
import { Counters, strangers } from './counters.js'
import type { EntryOptions, Reading, SyncJournal } from './journal.js'
import { merged } from './merged.js'
import { RecordMap } from './records.js'
import { Ring } from './ring.js'
import { outputWeightOf, weightOf } from './weight.js'

export interface MemoryJournalOptions {
  readonly clock: Clock
  readonly ids: Ids
  /** How many ordinary entries are kept. Default 100,000. */
  readonly events?: number
  /** How much these may weigh in all, in characters of text, about. Default 268,435,456. */
  readonly weight?: number
  /** How many entries of noisy topics are kept, which have room of their own. Default 20,000. */
  readonly ephemeral?: number
  /** How much text of output, and of whatever else is noisy, is kept in all, in characters. Default 16,777,216. */
  readonly output?: number
  /** Which topics are noisy. Default: those that end in `output`, `progress` or `metrics`, `system.traffic` and `system.audit`. */
  readonly isEphemeral?: (topic: string) => boolean
  /** How many topics are counted before the counters of those of which nothing is kept are dropped. Default 150,000. */
  readonly topics?: number
}

const noisy = /\.(?:output|progress|metrics)$|^system\.(?:traffic|audit)$/

/** Creates a journal in memory. Each has an epoch of its own, so a position of another life is never mistaken for one of this. */
export const createMemoryJournal = (options: MemoryJournalOptions): SyncJournal => new MemoryJournal(options)

class MemoryJournal implements SyncJournal {
  readonly epoch: string
  head = 0
  readonly refusal = undefined
  readonly records = new RecordMap()
  readonly #clock: Clock
  readonly #ids: Ids
  readonly #isEphemeral: (topic: string) => boolean
  readonly #counters: Counters
  readonly #ordinary: Ring
  readonly #noise: Ring

  constructor(options: MemoryJournalOptions) {
    const { clock, ids, events = 100_000, weight = 268_435_456, ephemeral = 20_000, output = 16_777_216 } = options
    const { topics = 150_000 } = options
    for (const [name, count] of Object.entries({ events, weight, ephemeral, output, topics }))
      needCount(`The option ${name} of a journal`, count)
    this.#clock = clock
    this.#ids = ids
    this.#counters = new Counters({ limit: topics })
    this.#isEphemeral = options.isEphemeral ?? ((topic) => noisy.test(topic))
    this.epoch = ids.next()
    const evicted = (entry: Envelope) => this.#counters.gone(entry)
    this.#ordinary = new Ring({ capacity: events, weigh: weightOf, maxWeight: weight, evicted })
    this.#noise = new Ring({ capacity: ephemeral, weigh: outputWeightOf, maxWeight: output, evicted })
  }

  append<E extends Event>(topic: string, event: E, options: EntryOptions): Envelope<E> {
    const { source, priority, ttl, cause, signature, tenant } = options
    const counter = this.#counters.of(countOf(topic, tenant))
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
      ...(signature === undefined ? undefined : { signature }),
    }
    const ring = this.#isEphemeral(topic) ? this.#noise : this.#ordinary
    ring.push(envelope)
    return envelope
  }

  read(cursor: Cursor, wanted: (topic: string) => boolean, limit = Number.POSITIVE_INFINITY): Reading {
    const { epoch, head } = this
    const known = Number.isInteger(cursor.offset) && cursor.offset >= 0 && cursor.offset <= head
    const gaps = cursor.epoch === epoch && known ? this.#counters.holes(cursor.offset, wanted) : undefined
    if (!gaps)
      return {
        entries: [],
        gaps: strangers(this.#counters.all, wanted, [this.#counters.dropped]),
        cursor: { epoch, offset: head },
        more: false,
      }
    const entries: Envelope[] = []
    for (const entry of merged([this.#ordinary.after(cursor.offset), this.#noise.after(cursor.offset)])) {
      if (!wanted(entry.topic)) continue
      if (entries.length >= limit)
        return { entries, gaps, cursor: { epoch, offset: entries.at(-1)?.offset ?? cursor.offset }, more: true }
      entries.push(entry)
    }
    return { entries, gaps, cursor: { epoch, offset: head }, more: false }
  }

  /** What is in memory is kept as well as it will ever be. */
  get durable(): number {
    return this.head
  }
  committed(): undefined {}
  onCommit(): () => void {
    return () => {}
  }
  async close(): Promise<void> {}
}
