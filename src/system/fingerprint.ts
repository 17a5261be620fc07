/** A short text that two values of the same content share, in whatever order their fields came. */

/** Fifty-three bits are enough to tell a mistake: whoever wanted the same text for two contents would fool nobody but themselves. */
const mixed = (text: string): string => {
  let high = 0xdeadbeef
  let low = 0x41c6ce57
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    high = Math.imul(high ^ unit, 2_654_435_761)
    low = Math.imul(low ^ unit, 1_597_334_677)
  }
  high = Math.imul(high ^ (high >>> 16), 2_246_822_507) ^ Math.imul(low ^ (low >>> 13), 3_266_489_909)
  low = Math.imul(low ^ (low >>> 16), 2_246_822_507) ^ Math.imul(high ^ (high >>> 13), 3_266_489_909)
  return `${text.length}.${(4_294_967_296 * (2_097_151 & low) + (high >>> 0)).toString(36)}`
}

/** What code hands over may be anything: what has no content that can be written counts as its kind. */
const written = (value: unknown, around: readonly unknown[]): string => {
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? typeof value
  if (around.includes(value)) return 'circle'
  const inside = [...around, value]
  if (value instanceof Date) return `date ${value.getTime()}`
  if (value instanceof Map) return `map ${written([...value], inside)}`
  if (value instanceof Set) return `set ${written([...value], inside)}`
  if (Array.isArray(value) || ArrayBuffer.isView(value))
    return `[${Array.from(value as ArrayLike<unknown>, (each) => written(each, inside)).join()}]`
  const fields = Object.entries(value).filter(([, field]) => field !== undefined)
  return `{${fields
    .map(([name, field]) => `${JSON.stringify(name)}:${written(field, inside)}`)
    .sort()
    .join()}}`
}

export const fingerprint = (value: unknown): string => mixed(written(value, []))
