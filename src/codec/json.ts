/** Frames as JSON text. */
import { describeThrown, TroupeError } from '../errors.js'
import { type Codec, isForbiddenKey, maxDepth } from './codec.js'

const bad = (what: string) => new TroupeError('BAD_FRAME', `Expected a frame in JSON: ${what}`.slice(0, 300))

/** Refuses text that is nested too deep, before parsing it costs anything. */
const checkDepth = (text: string): void => {
  let depth = 0
  let quoted = false
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (quoted) {
      if (code === 92 /* \ */) at++
      else if (code === 34 /* " */) quoted = false
    } else if (code === 34) quoted = true
    else if (code === 123 /* { */ || code === 91 /* [ */) {
      if (++depth > maxDepth) throw bad(`it is nested deeper than ${maxDepth} levels.`)
    } else if (code === 125 /* } */ || code === 93 /* ] */) depth--
  }
}

const refuseKeys = (key: string, value: unknown): unknown => {
  if (isForbiddenKey(key)) throw bad(`the key ${key} is not allowed anywhere in it.`)
  return value
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

const textOf = (data: Uint8Array): string => {
  try {
    return utf8.decode(data)
  } catch {
    throw bad('the bytes are not UTF-8.')
  }
}

const plain = (_key: string, value: unknown): unknown => {
  if (typeof value !== 'bigint') return value
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value.toString()
}

/** What can be escaped can hide a forbidden key, so only text with neither a name of one nor an escape is spared the slow way. */
const suspicious = /__proto__|constructor|prototype|\\u/

export const jsonCodec: Codec = {
  name: 'json',
  encode(frame) {
    const text = JSON.stringify(frame, plain)
    // What is written is what the other side reads: a frame that it would refuse is refused here, where somebody can be told.
    checkDepth(text)
    if (suspicious.test(text)) JSON.parse(text, refuseKeys)
    return text
  },
  decode(data) {
    const text = typeof data === 'string' ? data : textOf(data)
    checkDepth(text)
    try {
      return suspicious.test(text) ? JSON.parse(text, refuseKeys) : JSON.parse(text)
    } catch (thrown) {
      if (thrown instanceof TroupeError) throw thrown
      throw bad(`${describeThrown(thrown)}.`)
    }
  },
}
