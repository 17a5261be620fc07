/** A value as every codec can write it. */
import { describeThrown } from '../errors.js'
import { isForbiddenKey } from './codec.js'
import { maxDepth } from './limits.js'

/** Levels that are left to what the value stands in: a frame, a payload, a list of a view. */
const spare = 16

/** The value with everything that no codec can write replaced by words that say so: code may publish and return anything. */
export const writable = (value: unknown): unknown => copy(value, [])

const copy = (value: unknown, above: readonly object[]): unknown => {
  if (typeof value !== 'object' || value === null) return value
  if (above.length >= maxDepth - spare) return '[nested too deep to be written]'
  if (above.includes(value)) return '[refers to itself]'
  try {
    const { toJSON } = value as { toJSON?: unknown }
    const inside = [...above, value]
    if (typeof toJSON === 'function') return copy((toJSON as () => unknown).call(value), inside)
    if (Array.isArray(value)) return Array.from(value, (item) => copy(item, inside))
    const out: Record<string, unknown> = {}
    for (const key of Object.keys(value))
      if (!isForbiddenKey(key)) out[key] = copy((value as Record<string, unknown>)[key], inside)
    return out
  } catch (thrown) {
    return `[cannot be written: ${describeThrown(thrown).slice(0, 200)}]`
  }
}
