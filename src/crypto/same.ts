/** Whether two values say the same when they are written as JSON, whatever codec they came by. */

const plain = (value: unknown): unknown => {
  const text = JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? String(inner) : inner))
  return text === undefined ? undefined : JSON.parse(text)
}

const equal = (a: unknown, b: unknown): boolean => {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null || Array.isArray(a) !== Array.isArray(b))
    return false
  const keys = Object.keys(a)
  // Both were read from JSON: they have own enumerable members and nothing else.
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>]
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(right, key) && equal(left[key], right[key]))
}

export const same = (a: unknown, b: unknown): boolean => equal(plain(a), plain(b))
