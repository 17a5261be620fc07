/** The numbers of events on each topic of claude-flow, from 1: the same for all clients of a bridge. */
import type { Envelope } from '../../../src/protocol/envelope.js'
import { isReserved } from '../../../src/protocol/topic.js'

/** Topics whose count is kept; the one that was counted longest ago goes first. */
const most = 50_000

export class Numbers {
  readonly #counts = new Map<string, number>()
  /** What an event was numbered when it was first said, for all others who hear it. */
  readonly #given = new WeakMap<Envelope, Map<string, number>>()

  /** The number of an event on a topic. The journal counts the topics of users; on those of the runtime we say other things than it does. */
  of(envelope: Envelope, topic: string): number {
    if (!isReserved(topic)) return envelope.seq
    const given = this.#given.get(envelope) ?? new Map<string, number>()
    if (given.size === 0) this.#given.set(envelope, given)
    const known = given.get(topic)
    if (known !== undefined) return known
    const next = (this.#counts.get(topic) ?? 0) + 1
    this.#counts.delete(topic)
    this.#counts.set(topic, next)
    given.set(topic, next)
    if (this.#counts.size > most) for (const oldest of this.#counts.keys()) return this.#drop(oldest, next)
    return next
  }

  #drop(topic: string, next: number): number {
    this.#counts.delete(topic)
    return next
  }
}

const all = new WeakMap<object, Numbers>()

/** The numbers of a bridge. */
export const numbersOf = (bridge: object): Numbers => {
  const known = all.get(bridge) ?? new Numbers()
  all.set(bridge, known)
  return known
}
