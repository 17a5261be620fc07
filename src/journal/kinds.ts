/** The topics of a stored journal by the rule that each falls under. */
import type { Envelope } from '../protocol/envelope.js'
import { parsePattern } from '../protocol/topic.js'
import { Ring } from './ring.js'
import { type Retention, ruleFor, type TopicRule } from './rules.js'
import type { JournalStore } from './store.js'
import { weightOf } from './weight.js'

/** What is remembered of a rule whose topics are stored, for as long as something of it is. */
export interface StoredKind {
  readonly id: number
  readonly pattern: string
  readonly durability: 'disk' | 'database'
  retention: Retention
  /** Entries that are kept. */
  count: number
  /** Everything up to this offset is gone. */
  floor: number
}

/** A rule whose topics are stored. */
export interface Stored extends StoredKind {
  readonly store: JournalStore
  compression: boolean
}

/** A rule whose topics are in memory. */
export interface Fleeting {
  readonly ring: Ring
}

type Kind = (Stored | Fleeting) & { readonly parts: readonly string[] }

/** Topics whose rule is remembered, before all are looked up anew. */
const remembered = 200_000
/** Entries of a rule in memory, where it does not say. */
const fleetingMessages = 20_000
/** What they may weigh in all, in characters of text. */
const heavy = { weigh: weightOf, maxWeight: 67_108_864 }
const day = 86_400_000

export class Kinds {
  /** Those that are stored, also by rules of former lives. */
  readonly stored: Stored[] = []
  readonly fleeting: Fleeting[] = []
  readonly #rules: Kind[] = []
  readonly #byTopic = new Map<string, Stored | Fleeting>()

  constructor(
    rules: readonly TopicRule[],
    known: readonly StoredKind[],
    storeOf: (durability: 'disk' | 'database') => JournalStore,
    evicted: (envelope: Envelope) => void,
  ) {
    for (const kind of known) this.stored.push({ ...kind, store: storeOf(kind.durability), compression: false })
    let last = Math.max(0, ...known.map(({ id }) => id))
    const seen = new Set<string>()
    for (const { pattern, durability, retention = {}, compression = false } of rules) {
      // The first one that covers a topic holds.
      if (seen.has(pattern)) continue
      seen.add(pattern)
      const parts = parsePattern(pattern)
      if (durability === 'memory') {
        const fleeting = { ring: new Ring({ ...heavy, capacity: retention.messages ?? fleetingMessages, evicted }), parts }
        this.fleeting.push(fleeting)
        this.#rules.push(fleeting)
        continue
      }
      let kind = this.stored.find((each) => each.pattern === pattern && each.durability === durability)
      if (!kind) {
        kind = { id: ++last, pattern, durability, retention, count: 0, floor: 0, store: storeOf(durability), compression }
        this.stored.push(kind)
      }
      Object.assign(kind, { retention, compression })
      this.#rules.push(Object.assign(kind, { parts }))
    }
  }

  of(topic: string): Stored | Fleeting {
    const known = this.#byTopic.get(topic)
    if (known) return known
    if (this.#byTopic.size >= remembered) this.#byTopic.clear()
    // The last rule covers everything: the default rules stand after those that were given.
    const kind = ruleFor(this.#rules, topic) as Stored | Fleeting
    this.#byTopic.set(topic, kind)
    return kind
  }

  /** As it is written down. */
  get plain(): StoredKind[] {
    return this.stored.map(({ id, pattern, durability, retention, count, floor }) => ({
      ...{ id, pattern, durability, retention, count, floor },
    }))
  }
}

/** Whether there is more of a kind than may be, by so much that it is worth letting go of. */
export const isOverfull = ({ retention: { messages }, count }: StoredKind): boolean =>
  messages !== undefined && count > messages + Math.min(10_000, Math.floor(messages / 10))

/** How many are too many, and from when on they are young enough. */
export const boundsOf = ({ retention: { messages, days }, count }: StoredKind, now: number) => ({
  excess: messages === undefined ? 0 : count - messages,
  since: days === undefined ? Number.NEGATIVE_INFINITY : now - days * day,
})
