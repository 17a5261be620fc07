/** What a system says, kept, so that a test waits for an event instead of for time. */
import type { Envelope } from '../../src/protocol/envelope.js'
import type { Event, EventOf, EventType } from '../../src/protocol/event.js'
import type { System } from '../../src/system/system.js'

export interface Recording {
  /** Everything so far, in order, with its place in the journal and its cause. */
  readonly envelopes: readonly Envelope[]
  readonly events: readonly Event[]
  /** The events of one type so far. */
  of<T extends EventType>(type: T): EventOf<T>[]
  /** Resolves with the first event, past or future, that fits. */
  until(fits: (event: Event) => boolean): Promise<Event>
  /** Records no more; twice is fine. */
  stop(): void
}

/**
 * Records the events of a pattern. Default: all.
 *
 * @example
 * const seen = record(system, 'agent.#')
 * await seen.until((event) => event.type === 'agent.status' && event.state === 'crashed')
 */
export const record = (system: Pick<System, 'listen'>, pattern = '#'): Recording => {
  const envelopes: Envelope[] = []
  const waiting = new Set<(event: Event) => boolean>()
  const stop = system.listen(pattern, (envelope) => {
    envelopes.push(envelope)
    for (const each of waiting) if (each(envelope.event)) waiting.delete(each)
  })
  return {
    envelopes,
    get events() {
      return envelopes.map((envelope) => envelope.event)
    },
    of: <T extends EventType>(type: T) => envelopes.flatMap(({ event }) => (event.type === type ? [event as EventOf<T>] : [])),
    until(fits) {
      const past = envelopes.find((envelope) => fits(envelope.event))
      if (past) return Promise.resolve(past.event)
      return new Promise((resolve) =>
        waiting.add((event) => {
          if (!fits(event)) return false
          resolve(event)
          return true
        }),
      )
    },
    stop,
  }
}
