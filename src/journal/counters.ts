/** How far each topic has been counted, for each tenant by itself, and up to where its entries are gone. */
import { countedIn, countOf } from '../protocol/count.js'
import type { Envelope } from '../protocol/envelope.js'
import { anyTopic, type Gap } from './journal.js'

export interface Counter {
  seq: number
  /** The newest entry of the topic that is no longer kept. */
  goneSeq: number
  goneOffset: number
}

/** The highest numbers of the topics whose counters were dropped: up to there, a topic that is new here may have been before. */
export type Dropped = Omit<Counter, 'seq'>

export interface CountersOptions {
  /** How many topics are counted before the counters of those of which nothing is kept are dropped. */
  readonly limit: number
  readonly dropped?: Dropped
  /** Told of what is no longer counted, by the name of its count. */
  readonly forgotten?: (count: string) => void
}

export class Counters {
  readonly #counters = new Map<string, Counter>()
  readonly #options: CountersOptions
  dropped: Dropped

  constructor(options: CountersOptions) {
    this.#options = options
    this.dropped = options.dropped ?? { goneSeq: 0, goneOffset: 0 }
  }

  /** The names of all counts. */
  get all(): Iterable<string> {
    return this.#counters.keys()
  }

  get(count: string): Counter | undefined {
    return this.#counters.get(count)
  }

  set(count: string, counter: Counter): void {
    this.#counters.set(count, counter)
  }

  /** The counter of that name, begun when there is none. */
  of(count: string): Counter {
    const known = this.#counters.get(count)
    if (known) return known
    if (this.#counters.size >= this.#options.limit) this.#makeRoom()
    // A topic that comes back after its counter was dropped must not repeat a number.
    const counter = { seq: this.dropped.goneSeq, ...this.dropped }
    this.#counters.set(count, counter)
    return counter
  }

  /** An entry is no longer kept. */
  gone({ topic, tenant, seq, offset }: Envelope): void {
    const counter = this.#counters.get(countOf(topic, tenant))
    if (!counter || offset < counter.goneOffset) return
    counter.goneSeq = seq
    counter.goneOffset = offset
  }

  /** Topics of which something behind the offset is no longer kept; those whose count was dropped stand as one. */
  holes(offset: number, wanted: (topic: string) => boolean): Gap[] {
    const gaps: Gap[] = []
    for (const [count, { goneOffset, goneSeq }] of this.#counters)
      if (goneOffset > offset) gaps.push({ ...countedIn(count), fromSeq: null, toSeq: goneSeq, reason: 'history' })
    const known = gaps.filter(({ topic }) => wanted(topic))
    return this.dropped.goneOffset > offset ? [...known, { ...forgotten, reason: 'history' }] : known
  }

  /** Drops the count of the first topic of which nothing is kept: what is kept still needs its count. */
  #makeRoom(): void {
    for (const [count, counter] of this.#counters) {
      if (counter.goneSeq !== counter.seq) continue
      this.#counters.delete(count)
      const { goneSeq, goneOffset } = this.dropped
      this.dropped = { goneSeq: Math.max(goneSeq, counter.goneSeq), goneOffset: Math.max(goneOffset, counter.goneOffset) }
      this.#options.forgotten?.(count)
      return
    }
  }
}

const forgotten = { topic: anyTopic, fromSeq: null, toSeq: null } as const

/** To whoever comes with a position of another life, all that was ever counted is a hole. `dropped`: of each that counted. */
export const strangers = (counts: Iterable<string>, wanted: (topic: string) => boolean, dropped: readonly Dropped[]): Gap[] => {
  const gaps: Gap[] = []
  for (const count of counts) {
    const counted = countedIn(count)
    if (wanted(counted.topic)) gaps.push({ ...counted, fromSeq: null, toSeq: null, reason: 'epoch' })
  }
  if (dropped.some(({ goneOffset }) => goneOffset > 0)) gaps.push({ ...forgotten, reason: 'epoch' })
  return gaps
}
