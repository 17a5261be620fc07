/** Frames as MessagePack bytes. A file of its own, so that a client that speaks JSON never loads it. */
import { type Options, Packr, Unpackr } from 'msgpackr'
import { describeThrown, TroupeError } from '../errors.js'
import { type Codec, isForbiddenKey } from './codec.js'
import { defaultLimits, type FrameLimits, maxDepth } from './limits.js'
import { scanMsgpack } from './msgpack-scan.js'

const packr = new Packr({ useRecords: false, structuredClone: false, variableMapSize: true })
// msgpackr knows 'auto' (a number where it is exact, else a bigint), but its types do not.
const reading = { useRecords: false, structuredClone: false, mapsAsObjects: true, int64AsType: 'auto' } as unknown as Options
const unpackr = new Unpackr(reading)

/** Half of a surrogate pair, which a text of JavaScript may hold and UTF-8 has no bytes for: msgpackr would write some that nobody reads. */
const half = /\p{Surrogate}/gu
/** Nearly no text has one of either, which is found out faster. */
const surrogate = /[\ud800-\udfff]/

const whole = (text: string): string => (surrogate.test(text) ? text.replace(half, '\ufffd') : text)

/** Plain data as JSON would have it, so that both codecs say the same: no undefined, no dates, no numbers that are none. */
const plain = (value: unknown, depth = 0): unknown => {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString()
  if (typeof value === 'string') return whole(value)
  if (typeof value !== 'object' || value === null)
    return typeof value === 'function' || typeof value === 'symbol' ? undefined : value
  // What is written is what the other side reads: a frame that it would refuse is refused here, where somebody can be told.
  if (depth >= maxDepth) throw new TroupeError('BAD_FRAME', `A frame may be nested ${maxDepth} levels deep; this one is deeper.`)
  const { toJSON } = value as { toJSON?: unknown }
  if (typeof toJSON === 'function') return plain((toJSON as () => unknown).call(value), depth)
  // Not map, which would leave the holes of a sparse list, and msgpackr writes those as an extension.
  if (Array.isArray(value)) return Array.from(value, (item) => plain(item, depth + 1) ?? null)
  const out: Record<string, unknown> = {}
  for (const key in value) {
    if (!Object.hasOwn(value, key)) continue
    if (isForbiddenKey(key)) throw new TroupeError('BAD_FRAME', `The key ${key} is not allowed in a frame.`)
    const item = plain((value as Record<string, unknown>)[key], depth + 1)
    if (item !== undefined) out[whole(key)] = item
  }
  return out
}

/** A codec that refuses what is beyond the limits. */
export const createMsgpackCodec = (limits: FrameLimits): Codec => ({
  name: 'msgpack',
  encode: (frame) => packr.pack(plain(frame)),
  decode(data) {
    if (typeof data === 'string')
      throw new TroupeError(
        'BAD_FRAME',
        'Expected a frame in MessagePack: got text; send it as a binary message, or choose the JSON subprotocol.',
      )
    const odd = scanMsgpack(data, limits)
    let frame: unknown
    try {
      frame = unpackr.unpack(data)
    } catch (thrown) {
      throw new TroupeError('BAD_FRAME', `Expected a frame in MessagePack: ${describeThrown(thrown).slice(0, 200)}.`)
    }
    // Whoever reads it finds what JSON would have brought: nobody else expects a whole number of another type.
    return odd ? plain(frame) : frame
  },
})

/** The codec as a server reads with, where nothing else is said. */
export const msgpackCodec: Codec = createMsgpackCodec(defaultLimits)
