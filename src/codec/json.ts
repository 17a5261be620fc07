/** Frames as JSON text. */
import { describeThrown } from '../errors.js'
import type { Codec } from './codec.js'
import { badJson, checkDepth, scanJson } from './json-scan.js'
import { defaultLimits, type FrameLimits, maxDepth, wideLimits } from './limits.js'

const utf8 = new TextDecoder('utf-8', { fatal: true })

const textOf = (data: Uint8Array): string => {
  try {
    return utf8.decode(data)
  } catch {
    throw badJson('the bytes are not UTF-8.')
  }
}

const plain = (_key: string, value: unknown): unknown => {
  if (typeof value !== 'bigint') return value
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value.toString()
}

/** What is said, as whoever reads it will find it, whatever becomes of what was handed in. Throws for what cannot be written, such as a circle. */
export const copied = (value: object): object => JSON.parse(JSON.stringify(value, plain)) as object

/** What can be escaped can hide a forbidden name, so only text with neither such a name nor an escape is spared the closer look. */
const suspicious = /__proto__|constructor|prototype|\\u/

/** A codec that refuses what is beyond the limits. */
export const createJsonCodec = (limits: FrameLimits): Codec => {
  // What is shorter than this can exceed none of the limits but the depth: each item and field takes a character at least.
  const short = Math.min(limits.text, limits.name, limits.items, limits.fields, limits.values)
  return {
    name: 'json',
    encode(frame) {
      const text = JSON.stringify(frame, plain)
      // What is written is what the other side reads: a frame that it would refuse is refused here, where somebody can be told.
      if (suspicious.test(text)) scanJson(text, wideLimits)
      else checkDepth(text, maxDepth)
      return text
    },
    decode(data) {
      const text = typeof data === 'string' ? data : textOf(data)
      if (text.length > short || suspicious.test(text)) scanJson(text, limits)
      else checkDepth(text, limits.depth)
      try {
        return JSON.parse(text)
      } catch (thrown) {
        throw badJson(`${describeThrown(thrown)}.`)
      }
    },
  }
}

/** The codec as a server reads with, where nothing else is said. */
export const jsonCodec: Codec = createJsonCodec(defaultLimits)
