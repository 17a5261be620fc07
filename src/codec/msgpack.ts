/** Frames as MessagePack bytes. A file of its own, so that a client that speaks JSON never loads it. */
import { type Options, Packr, Unpackr } from 'msgpackr'
import { describeThrown, TroupeError } from '../errors.js'
import type { Codec } from './codec.js'
import { scanMsgpack } from './msgpack-scan.js'

const packr = new Packr({ useRecords: false, structuredClone: false, variableMapSize: true })
// msgpackr knows 'auto' (a number where it is exact, else a bigint), but its types do not.
const reading = { useRecords: false, structuredClone: false, mapsAsObjects: true, int64AsType: 'auto' } as unknown as Options
const unpackr = new Unpackr(reading)

/** Plain data as JSON would have it, so that both codecs say the same: no undefined, no dates, no numbers that are none. */
const plain = (value: unknown): unknown => {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString()
  if (typeof value !== 'object' || value === null)
    return typeof value === 'function' || typeof value === 'symbol' ? undefined : value
  const { toJSON } = value as { toJSON?: unknown }
  if (typeof toJSON === 'function') return plain((toJSON as () => unknown).call(value))
  if (Array.isArray(value)) return value.map((item) => plain(item) ?? null)
  const out: Record<string, unknown> = {}
  for (const key in value) {
    if (!Object.hasOwn(value, key)) continue
    const item = plain((value as Record<string, unknown>)[key])
    if (item !== undefined) out[key] = item
  }
  return out
}

export const msgpackCodec: Codec = {
  name: 'msgpack',
  encode: (frame) => packr.pack(plain(frame)),
  decode(data) {
    if (typeof data === 'string')
      throw new TroupeError(
        'BAD_FRAME',
        'Expected a frame in MessagePack: got text; send it as a binary message, or choose the JSON subprotocol.',
      )
    scanMsgpack(data)
    try {
      return unpackr.unpack(data)
    } catch (thrown) {
      throw new TroupeError('BAD_FRAME', `Expected a frame in MessagePack: ${describeThrown(thrown).slice(0, 200)}.`)
    }
  },
}
