/** The journal in memory: the newest events, numbered, gone with the process. */
import type { Clock } from '../clock.js'
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
  /** Which topics are noisy. Default: those that end in `output`, `progress` or `metrics`. */
  readonly isEphemeral?: (topic: string) => boolean
  /** How many topics are counted before the counters of idle ones are dropped. Default 1,000,000. */
  readonly topics?: number
}

interface Counter {
  seq: number
  /** The newest entry of the topic that is no longer kept. */
  goneSeq: number
  goneOffset: number
}

const noisy = /\.(?:output|progress|metrics)$/

/** Creates a journal in memory. Each has an epoch of its own, so a position of another life is never mistaken for one of this. */
export const createMemoryJournal = (options: MemoryJournalOptions): Journal => {
  const {
    clock,
    ids,
    events = 100_000,
    ephemeral = 20_000,
    isEphemeral = (topic) => noisy.test(topic),
    topics = 1_000_000,
  } = options
  const epoch = ids.next()
  const counters = new Map<string, Counter>()
  let head = 0
  /** The highest offset at which a topic's counter was dropped: what came before it cannot be vouched for. */
  let droppedBefore = 0

  const evicted = ({ topic, seq, offset }: Envelope) => {
    const counter = counters.get(topic)
    if (!counter || offset < counter.goneOffset) return
    counter.goneSeq = seq
    counter.goneOffset = offset
  }
  const ordinary = new Ring(events, evicted)
  const noise = new Ring(ephemeral, evicted)

  const makeRoom = () => {
    for (const [topic, counter] of counters) {
      // Only of a topic of which nothing is kept: what is kept still needs its count.
      if (counter.goneSeq !== counter.seq) continue
      counters.delete(topic)
      droppedBefore = head
      return
    }
  }

  const counterOf = (topic: string): Counter => {
    const known = counters.get(topic)
    if (known) return known
    if (counters.size >= topics) makeRoom()
    // A topic that comes back after its counter was dropped must not repeat a number, and no topic has more entries than the journal.
    const seq = droppedBefore > 0 ? head : 0
    const counter = { seq, goneSeq: seq, goneOffset: droppedBefore }
    counters.set(topic, counter)
    return counter
  }

  return {
    epoch,
    get head() {
      return head
    },
    append<E extends Event>(topic: string, event: E, { source, priority, ttl, cause }: EntryOptions): Envelope<E> {
      const counter = counterOf(topic)
      const envelope: Envelope<E> = {
        id: ids.next(),
        topic,
        seq: ++counter.seq,
        epoch,
        offset: ++head,
        timestamp: clock.now(),
        source,
        priority,
        event,
        ...(ttl === undefined ? undefined : { ttl }),
        ...(cause === undefined ? undefined : { cause }),
      }
      ;(isEphemeral(topic) ? noise : ordinary).push(envelope)
      return envelope
    },
    read(cursor: Cursor, wanted: (topic: string) => boolean, limit = Number.POSITIVE_INFINITY): Reading {
      const here = { epoch, offset: head }
      const known = Number.isInteger(cursor.offset) && cursor.offset >= 0 && cursor.offset <= head
      if (cursor.epoch !== epoch || !known) {
        const gaps: Gap[] = []
        for (const topic of counters.keys()) if (wanted(topic)) gaps.push({ topic, fromSeq: null, toSeq: null, reason: 'epoch' })
        return { entries: [], gaps, cursor: here, more: false }
      }
      const gaps: Gap[] = []
      for (const [topic, { goneOffset, goneSeq }] of counters)
        if (goneOffset > cursor.offset && wanted(topic)) gaps.push({ topic, fromSeq: null, toSeq: goneSeq, reason: 'history' })
      const entries: Envelope[] = []
      for (const entry of merge(ordinary.after(cursor.offset), noise.after(cursor.offset))) {
        if (!wanted(entry.topic)) continue
        if (entries.length >= limit)
          return { entries, gaps, cursor: { epoch, offset: entries.at(-1)?.offset ?? cursor.offset }, more: true }
        entries.push(entry)
      }
      return { entries, gaps, cursor: here, more: false }
    },
  }
}

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
