/** How far each topic has been counted, and up to where its entries are gone. */
import type { Gap } from './journal.js'

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
  /** Told of a topic whose counter was dropped. */
  readonly forgotten?: (topic: string) => void
}

export class Counters {
  readonly #counters = new Map<string, Counter>()
  readonly #options: CountersOptions
  dropped: Dropped

  constructor(options: CountersOptions) {
    this.#options = options
    this.dropped = options.dropped ?? { goneSeq: 0, goneOffset: 0 }
  }

  get topics(): Iterable<string> {
    return this.#counters.keys()
  }

  get(topic: string): Counter | undefined {
    return this.#counters.get(topic)
  }

  set(topic: string, counter: Counter): void {
    this.#counters.set(topic, counter)
  }

  /** The counter of the topic, begun when there is none. */
  of(topic: string): Counter {
    const known = this.#counters.get(topic)
    if (known) return known
    if (this.#counters.size >= this.#options.limit) this.#makeRoom()
    // A topic that comes back after its counter was dropped must not repeat a number.
    const counter = { seq: this.dropped.goneSeq, ...this.dropped }
    this.#counters.set(topic, counter)
    return counter
  }

  /** An entry is no longer kept. */
  gone(topic: string, seq: number, offset: number): void {
    const counter = this.#counters.get(topic)
    if (!counter || offset < counter.goneOffset) return
    counter.goneSeq = seq
    counter.goneOffset = offset
  }

  /** Topics of which something behind the offset is no longer kept. */
  holes(offset: number, wanted: (topic: string) => boolean): Gap[] {
    const gaps: Gap[] = []
    for (const [topic, { goneOffset, goneSeq }] of this.#counters)
      if (goneOffset > offset && wanted(topic)) gaps.push({ topic, fromSeq: null, toSeq: goneSeq, reason: 'history' })
    return gaps
  }

  /** Drops the count of the first topic of which nothing is kept: what is kept still needs its count. */
  #makeRoom(): void {
    for (const [topic, counter] of this.#counters) {
      if (counter.goneSeq !== counter.seq) continue
      this.#counters.delete(topic)
      const { goneSeq, goneOffset } = this.dropped
      this.dropped = { goneSeq: Math.max(goneSeq, counter.goneSeq), goneOffset: Math.max(goneOffset, counter.goneOffset) }
      this.#options.forgotten?.(topic)
      return
    }
  }
}

/** To whoever comes with a position of another life, each topic is a hole. */
export const strangers = (topics: Iterable<string>, wanted: (topic: string) => boolean): Gap[] => {
  const gaps: Gap[] = []
  for (const topic of topics) if (wanted(topic)) gaps.push({ topic, fromSeq: null, toSeq: null, reason: 'epoch' })
  return gaps
}
