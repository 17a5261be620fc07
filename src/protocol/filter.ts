/** What a subscriber wants of the events that its pattern covers. */
import type { Envelope } from './envelope.js'
import { level } from './priority.js'
import type { EventFilter } from './session.js'

export type { EventFilter }

/** Whether an event is wanted; everything that a filter names has to fit. */
export const passes = (filter: EventFilter, { event, priority, source, cause = {} }: Envelope): boolean => {
  const { events, minPriority, sources, metadata } = filter
  if (events && !events.includes(event.type)) return false
  if (minPriority && level(priority) < level(minPriority)) return false
  if (sources && !sources.includes(source)) return false
  const facts: Readonly<Record<string, unknown>> = { ...cause, ...(event.type === 'message' ? event.metadata : {}) }
  return (
    metadata === undefined ||
    Object.entries(metadata).every(([name, value]) => Object.hasOwn(facts, name) && facts[name] === value)
  )
}

/** Whether any of several filters wants it; none at all wants everything. */
export const passesAny = (filters: readonly EventFilter[] | undefined, envelope: Envelope): boolean =>
  filters === undefined || filters.some((filter) => passes(filter, envelope))
