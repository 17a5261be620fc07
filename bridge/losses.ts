/** What one client was not sent, summed up by topic until it can be told. */
import type { Envelope } from '../src/protocol/envelope.js'
import type { SessionEventOf } from '../src/protocol/session.js'

type Dropped = SessionEventOf<'session.dropped'>

/** Topics whose losses may wait to be told; a client that falls further behind does not read at all. */
const maxTopics = 10_000

export class Losses {
  #byTopic = new Map<string, Dropped>()

  get size(): number {
    return this.#byTopic.size
  }

  /** Whether there was room to write it down. */
  note({ topic, seq }: Envelope, reason: Dropped['reason']): boolean {
    const key = `${reason} ${topic}`
    const known = this.#byTopic.get(key)
    if (!known && this.#byTopic.size >= maxTopics) return false
    this.#byTopic.set(
      key,
      known
        ? { ...known, fromSeq: Math.min(known.fromSeq, seq), toSeq: Math.max(known.toSeq, seq), count: known.count + 1 }
        : { type: 'session.dropped', topic, fromSeq: seq, toSeq: seq, count: 1, reason },
    )
    return true
  }

  /** All that was noted since the last time. */
  take(): Iterable<Dropped> {
    const all = this.#byTopic
    this.#byTopic = new Map()
    return all.values()
  }
}
