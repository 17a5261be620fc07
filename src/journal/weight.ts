/** How much room an entry takes in memory, roughly: counted once, cheaply, and never for ever. */
import type { Envelope } from '../protocol/envelope.js'

/** Values that are looked at one by one, as many as one frame may hold; beyond, only code in the process has any. */
const closely = 100_000
/** Levels that are looked into: what refers to itself has no end. */
const deepest = 64
/** What a value counts beside its text. */
const each = 8

/** Values that may still be looked at; one for all, since nothing else is weighed meanwhile. */
let left = 0

const weigh = (value: unknown, depth: number): number => {
  left--
  if (typeof value === 'string') return each + value.length
  if (typeof value !== 'object' || value === null) return each
  if (ArrayBuffer.isView(value)) return each + value.byteLength
  if (depth >= deepest) return each
  let weight = each
  if (Array.isArray(value)) {
    for (let at = 0; at < value.length; at++) {
      if (left <= 0) return weight + (value.length - at) * each
      weight += weigh(value[at], depth + 1)
    }
    return weight
  }
  for (const key in value) {
    if (left <= 0) return weight
    weight += key.length + weigh((value as Record<string, unknown>)[key], depth + 1)
  }
  return weight
}

/** In characters of text, about. */
export const weightOf = ({ event, signature = '' }: Envelope): number => {
  try {
    left = closely
    return signature.length + weigh(event, 0)
  } catch {
    // Code publishes what it likes, also what throws when it is looked at.
    return each
  }
}

/** The same, of a piece of output its text alone. */
export const outputWeightOf = (envelope: Envelope): number => {
  const { event } = envelope
  return 'data' in event && typeof event.data === 'string' ? event.data.length : weightOf(envelope)
}
