/** What a client listens to: patterns on the server, listeners here, each event once and in order. */
import type { TroupeError } from '../errors.js'
import { countOf } from '../protocol/count.js'
import type { Envelope } from '../protocol/envelope.js'
import { type EventFilter, passes } from '../protocol/filter.js'
import { matches, parsePattern } from '../protocol/topic.js'
import { Acks } from './acks.js'

interface Listener {
  /** What it wants of the pattern; absent: everything. */
  readonly filter: EventFilter | undefined
  readonly hear: (envelope: Envelope) => void
  readonly ended: (error?: TroupeError) => void
  readonly pattern: string
  stopped: boolean
}

interface Group {
  readonly parts: readonly string[]
  readonly listeners: Set<Listener>
  /** What the server was asked for last. */
  asked: string | undefined
}

/** Filters that the server takes for one pattern; beyond, it is asked for everything, and what is not wanted is passed over here. */
const maxFilters = 100

/** What all of a pattern's listeners together want; undefined: everything. */
const wantedBy = ({ listeners }: Group): EventFilter[] | undefined => {
  const filters = new Map<string, EventFilter>()
  for (const { filter } of listeners) {
    if (!filter) return undefined
    filters.set(JSON.stringify(filter), filter)
  }
  return filters.size > maxFilters ? undefined : [...filters.values()]
}

const askedAs = (wanted: readonly EventFilter[] | undefined): string => JSON.stringify(wanted) ?? 'everything'

/** Topics whose last number is remembered, to drop repeats. */
const maxTopics = 100_000

export class Listening {
  readonly #subscribe: (pattern: string, filter: readonly EventFilter[] | undefined) => Promise<unknown>
  readonly #unsubscribe: (patterns: readonly string[]) => void
  readonly #report: (where: string, error: unknown) => void
  readonly #groups = new Map<string, Group>()
  /** The last number of each topic, which counts within an epoch; topics that a server keeps in memory have another epoch than those that it stores. */
  readonly #seqs = new Map<string, { readonly epoch: string; readonly seq: number }>()
  readonly acks: Acks<Listener>

  constructor(options: {
    subscribe: (pattern: string, filter: readonly EventFilter[] | undefined) => Promise<unknown>
    unsubscribe: (patterns: readonly string[]) => void
    report: (where: string, error: unknown) => void
    acknowledge: (offsets: readonly number[]) => boolean
  }) {
    this.#subscribe = options.subscribe
    this.#unsubscribe = options.unsubscribe
    this.#report = options.report
    this.acks = new Acks(options.acknowledge, (listener, envelope) => this.#tell(listener, envelope))
  }

  get patterns(): readonly string[] {
    return [...this.#groups.keys()]
  }

  /** The first listener of a pattern subscribes, the last one to leave unsubscribes. */
  add(pattern: string, hear: Listener['hear'], ended: Listener['ended'], filter?: EventFilter): () => void {
    const listener: Listener = { hear, ended, filter, pattern, stopped: false }
    const group = this.#groups.get(pattern) ?? { parts: parsePattern(pattern), listeners: new Set(), asked: undefined }
    group.listeners.add(listener)
    this.#groups.set(pattern, group)
    this.#adjust(pattern, group)
    return () => {
      listener.stopped = true
      this.acks.leave(listener)
      if (!group.listeners.delete(listener) || this.#groups.get(pattern) !== group) return
      if (group.listeners.size > 0) return this.#adjust(pattern, group)
      this.#groups.delete(pattern)
      this.#unsubscribe([pattern])
    }
  }

  /** On a new session nothing is subscribed yet. */
  again(): void {
    for (const [pattern, group] of this.#groups) this.#ask(pattern, group)
  }

  /**
   * Tells each listener whose pattern covers it. A repeat, as a resumed connection may send, is dropped: false. `redelivered`: how often
   * it came before, of one that has to be acknowledged; undefined: of any other.
   */
  hear(envelope: Envelope, redelivered?: number): boolean {
    const { epoch, topic, tenant, seq } = envelope
    const counted = countOf(topic, tenant)
    const known = this.#seqs.get(counted)
    if (known?.epoch === epoch && seq <= known.seq) {
      if (redelivered !== undefined) this.acks.repeat(envelope, redelivered, this.#listenersOf(envelope))
      return false
    }
    // Before anybody is told: a listener may leave and come back while it hears this.
    this.#seqs.delete(counted)
    this.#seqs.set(counted, { epoch, seq })
    if (this.#seqs.size > maxTopics) for (const [oldest] of this.#seqs) if (this.#seqs.delete(oldest)) break
    const listeners = this.#listenersOf(envelope)
    if (redelivered !== undefined) this.acks.take(envelope, listeners)
    else for (const listener of listeners) this.#tell(listener, envelope)
    return true
  }

  #listenersOf(envelope: Envelope): Listener[] {
    const parts = envelope.topic.split('.')
    const found: Listener[] = []
    for (const group of this.#groups.values()) {
      if (!matches(group.parts, parts)) continue
      for (const listener of group.listeners) if (!listener.filter || passes(listener.filter, envelope)) found.push(listener)
    }
    return found
  }

  /** The last number that was heard of a topic. */
  seqOf(topic: string): number | undefined {
    return this.#seqs.get(topic)?.seq
  }

  /** Nothing more will come: with an error where it broke off, without one where it was meant. */
  close(error?: TroupeError): void {
    const groups = [...this.#groups.values()]
    this.#groups.clear()
    for (const { listeners } of groups) for (const listener of [...listeners]) listener.ended(error)
  }

  #tell(listener: Listener, envelope: Envelope): void {
    if (listener.stopped) return
    const { pattern } = listener
    try {
      listener.hear(envelope)
    } catch (error) {
      listener.stopped = true
      this.acks.leave(listener)
      this.#groups.get(pattern)?.listeners.delete(listener)
      this.#report(`a listener on ${pattern}, which is detached now`, error)
    }
  }

  /** Asks the server for what is wanted now, where that is something else than before. */
  #adjust(pattern: string, group: Group): void {
    if (group.asked !== askedAs(wantedBy(group))) this.#ask(pattern, group)
  }

  #ask(pattern: string, group: Group): void {
    const wanted = wantedBy(group)
    group.asked = askedAs(wanted)
    this.#subscribe(pattern, wanted).catch((error: TroupeError) => {
      // A lost connection is no refusal: the next one subscribes again.
      if (error.code === 'DISCONNECTED' || error.code === 'CLOSED' || this.#groups.get(pattern) !== group) return
      this.#groups.delete(pattern)
      for (const listener of group.listeners) listener.ended(error)
    })
  }
}
