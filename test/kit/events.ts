/** Collects what a system says, so that a test waits for an event instead of for time. */
import type { Envelope } from '../../src/protocol/envelope.js'
import type { Event } from '../../src/protocol/event.js'
import type { System } from '../../src/system/system.js'

export interface Recording {
  readonly events: readonly Event[]
  readonly envelopes: readonly Envelope[]
  /** The states that an actor went through, in order. */
  states(id: string): string[]
  /** Resolves with the first event, past or future, that fits. */
  until(fits: (event: Event) => boolean): Promise<Event>
  stop(): void
}

export const record = (system: Pick<System, 'listen'>, pattern = '#'): Recording => {
  const envelopes: Envelope[] = []
  const waiting = new Set<{ fits: (event: Event) => boolean; resolve: (event: Event) => void }>()
  const stop = system.listen(pattern, (envelope) => {
    envelopes.push(envelope)
    for (const each of waiting)
      if (each.fits(envelope.event)) {
        waiting.delete(each)
        each.resolve(envelope.event)
      }
  })
  return {
    envelopes,
    get events() {
      return envelopes.map((envelope) => envelope.event)
    },
    states: (id) => envelopes.flatMap(({ event }) => ('state' in event && event.id === id ? [event.state] : [])),
    until: (fits) => {
      const past = envelopes.find((envelope) => fits(envelope.event))
      if (past) return Promise.resolve(past.event)
      return new Promise((resolve) => waiting.add({ fits, resolve }))
    },
    stop,
  }
}
