/** Plain data: what can be written down and read again as it was. */
import { writable } from '../codec/writable.js'
import { describeThrown, TroupeError } from '../errors.js'

/** Levels beyond which something is taken to refer to itself. */
const deepest = 100

/** A copy without what is undefined. Throws `INVALID_MESSAGE` where it holds a function, an object of a class or itself, and names the place. */
export const plainOf = (value: unknown, place = 'it', depth = 0): unknown => {
  if (value === null || typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number') return value
  if (depth > deepest) throw unfit(place, 'is nested too deep')
  if (Array.isArray(value))
    return value.map((item, at) => (item === undefined ? null : plainOf(item, `${place}[${at}]`, depth + 1)))
  if (typeof value !== 'object') throw unfit(place, `is a ${typeof value}`)
  if (value instanceof Uint8Array) return value.slice()
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) throw unfit(place, 'is an object of a class')
  const copy: Record<string, unknown> = {}
  for (const [key, each] of Object.entries(value)) if (each !== undefined) copy[key] = plainOf(each, `${place}.${key}`, depth + 1)
  return copy
}

/** A copy of whatever code returned: what is no plain data becomes what every codec writes of it, or words that say why it cannot be. */
export const plainly = (value: unknown): unknown => {
  try {
    return value === undefined ? undefined : plainOf(value)
  } catch (thrown) {
    return plainOr(writable(value), `[cannot be written: ${describeThrown(thrown).slice(0, 200)}]`)
  }
}

const plainOr = (value: unknown, words: string): unknown => {
  try {
    return plainOf(value)
  } catch {
    return words
  }
}

const unfit = (place: string, why: string): TroupeError => new TroupeError('INVALID_MESSAGE', `${place} ${why}`.slice(0, 500))
