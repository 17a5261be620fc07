/** What one client was not sent, summed up by topic until it can be told. */
import type { Envelope } from '../src/protocol/envelope.js'
import type { SessionEventOf } from '../src/protocol/session.js'

type Dropped = SessionEventOf<'session.dropped'>
/** Why an event was not sent, or sent no more. */
export type LossReason = Dropped['reason']

/** Topics whose losses may wait to be told; a client that falls further behind does not read at all. */
const maxTopics = 10_000
/** Holes of one topic that are told one by one; more than that are told as one range with their count. */
const maxHoles = 100

export class Losses {
  #byTopic = new Map<string, Dropped[]>()

  get size(): number {
    return this.#byTopic.size
  }

  /** Whether there was room to write it down. */
  note({ topic, tenant, seq }: Envelope, reason: LossReason): boolean {
    const key = `${reason} ${topic} ${tenant ?? ''}`
    const holes = this.#byTopic.get(key)
    if (!holes && this.#byTopic.size >= maxTopics) return false
    const last = holes?.at(-1)
    const whose = tenant === undefined ? {} : { tenant }
    const hole: Dropped = { type: 'session.dropped', topic, ...whose, fromSeq: seq, toSeq: seq, count: 1, reason }
    if (!holes || !last) this.#byTopic.set(key, [hole])
    else if (seq === last.toSeq + 1 || holes.length >= maxHoles)
      holes[holes.length - 1] = {
        ...last,
        fromSeq: Math.min(last.fromSeq, seq),
        toSeq: Math.max(last.toSeq, seq),
        count: last.count + 1,
      }
    else holes.push(hole)
    return true
  }

  /** All that was noted since the last time. */
  take(): Iterable<Dropped> {
    const all = [...this.#byTopic.values()].flat()
    this.#byTopic = new Map()
    return all
  }
}
