/** The recording of the test kit, with the states that an actor went through. */
import { type Recording as Everything, record as recordAll } from '../../actors/testing/record.js'
import type { System } from '../../src/system/system.js'

export interface Recording extends Everything {
  /** The states that an actor went through, in order. */
  states(id: string): string[]
}

export const record = (system: Pick<System, 'listen'>, pattern?: string): Recording => {
  const seen = recordAll(system, pattern)
  return Object.assign(seen, {
    states: (id: string) => seen.envelopes.flatMap(({ event }) => ('state' in event && event.id === id ? [event.state] : [])),
  })
}
