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

/** Told where something was left out: `env.API_KEY`. */
type Found = (place: string) => void

/** The event, with the text of all that has such a name replaced. Whoever it is meant for has it still. `found`: told of each. */
export const redacted = (event: Event, names: RegExp, found?: Found): Event => {
  switch (event.type) {
    case 'agent.spawned':
    case 'swarm.created':
    case 'swarm.updated':
    case 'task.updated':
    case 'ballot.opened':
      return event.metadata ? { ...event, metadata: redactedBag(event.metadata, names, found) } : event
    case 'message':
      return event.metadata ? { ...event, metadata: redactedBag(event.metadata, names, found) } : event
    case 'task.created': {
      const message = redactedMessage(event.message, names, found)
      const { metadata } = event
      if (message === event.message && !metadata) return event
      return { ...event, message, ...(metadata ? { metadata: redactedBag(metadata, names, found) } : {}) }
    }
    case 'system.dead-letter':
      return isPlain(event.message) ? { ...event, message: redactedMessage(event.message, names, found) } : event
    default:
      return event
  }
}

/** A message, with what looks like a secret among its variables and headers replaced. The same object where there are none. */
export const redactedMessage = <T extends object>(message: T, names: RegExp, found?: Found): T => {
  const carried = Object.entries(message).filter(([key, value]) => bags.test(key) && isPlain(value))
  if (carried.length === 0) return message
  const open = carried.map(([key, value]) => [key, clean(value as object, { names, found, place: key })])
  return { ...message, ...Object.fromEntries(open) }
}

/** The same of names and values such as metadata. */
export const redactedBag = <T extends object>(bag: T, names: RegExp, found?: Found): T =>
  clean(bag, { names, found, place: 'metadata' })

interface At {
  readonly names: RegExp
  readonly found?: Found | undefined
  readonly place: string
}

const clean = <T extends object>(given: T, at: At, depth = 0): T =>
  // A copy of the same shape, in which texts are texts still.
  Object.fromEntries(
    Object.entries(given).map(([key, value]) => [key, cleanValue(key, value, { ...at, place: `${at.place}.${key}` }, depth)]),
  ) as T

const cleanValue = (key: string, value: unknown, at: At, depth: number): unknown => {
  // Numbers are counts, such as of the tokens of a language model.
  if (typeof value === 'string') {
    if (!matches(at.names, key)) return value
    at.found?.(at.place)
    return mark
  }
  if (depth >= deepest) return value
  if (Array.isArray(value)) return value.map((each) => cleanValue(key, each, at, depth + 1))
  return isPlain(value) ? clean(value, at, depth + 1) : value
}

/** A global pattern remembers where it was. */
const matches = (names: RegExp, key: string): boolean => {
  names.lastIndex = 0
  return names.test(key)
}

const isPlain = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && [Object.prototype, null].includes(Object.getPrototypeOf(value))
