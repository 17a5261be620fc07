/** The W3C trace context of a message: which trace it belongs to, and which span it came from. */

const shape = /^(?!ff)[\da-f]{2}-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}(-.*)?$/
/** Characters of the longest that is read. */
const longest = 128

/** What is one; undefined for everything else, since a trace that cannot be read is begun anew. */
export const traceparentIn = (value: unknown): string | undefined =>
  typeof value === 'string' && value.length <= longest && shape.test(value) ? value : undefined

/** Whether two belong to one trace. */
export const sameTrace = (one: string | undefined, other: string | undefined): boolean =>
  one !== undefined && other !== undefined && one.slice(3, 35) === other.slice(3, 35)
