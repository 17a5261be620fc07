/** What looks like a secret is left out of what is written down: of metadata, and of the variables and headers of a task's message. */
import type { Event } from '../protocol/event.js'

/** The names of what is left out, unless it is said otherwise. */
export const secretNames = /password|secret|token|authorization|api[-_]?key|cookie/i

/** What stands in its place. */
const mark = '[redacted]'
/** Where a message carries names and values rather than words. */
const bags = /^(?:env|environment|headers|metadata)$/i
/** As deep as a frame may be. */
const deepest = 64

/** The event, with the text of all that has such a name replaced. Whoever it is meant for has it still. */
export const redacted = (event: Event, names: RegExp): Event => {
  switch (event.type) {
    case 'agent.spawned':
    case 'swarm.created':
    case 'swarm.updated':
    case 'task.updated':
    case 'ballot.opened':
      return event.metadata ? { ...event, metadata: clean(event.metadata, names) } : event
    case 'task.created': {
      const message = cleanBags(event.message, names)
      const { metadata } = event
      if (message === event.message && !metadata) return event
      return { ...event, message, ...(metadata ? { metadata: clean(metadata, names) } : {}) }
    }
    case 'system.dead-letter':
      return isPlain(event.message) ? { ...event, message: cleanBags(event.message, names) } : event
    default:
      return event
  }
}

const cleanBags = <T extends object>(message: T, names: RegExp): T => {
  const found = Object.entries(message).filter(([key, value]) => bags.test(key) && isPlain(value))
  if (found.length === 0) return message
  return { ...message, ...Object.fromEntries(found.map(([key, value]) => [key, clean(value as object, names)])) }
}

const clean = <T extends object>(given: T, names: RegExp, depth = 0): T =>
  // A copy of the same shape, in which texts are texts still.
  Object.fromEntries(Object.entries(given).map(([key, value]) => [key, cleanValue(key, value, names, depth)])) as T

const cleanValue = (key: string, value: unknown, names: RegExp, depth: number): unknown => {
  // Numbers are counts, such as of the tokens of a language model.
  if (typeof value === 'string') return matches(names, key) ? mark : value
  if (depth >= deepest) return value
  if (Array.isArray(value)) return value.map((each) => cleanValue(key, each, names, depth + 1))
  return isPlain(value) ? clean(value, names, depth + 1) : value
}

/** A global pattern remembers where it was. */
const matches = (names: RegExp, key: string): boolean => {
  names.lastIndex = 0
  return names.test(key)
}

const isPlain = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && [Object.prototype, null].includes(Object.getPrototypeOf(value))
