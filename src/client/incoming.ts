/** What a server says, as far as a client relies on it: no schema at run time, but nothing that would throw, or never end, later on. */
import type { Codec } from '../codec/codec.js'
import { TroupeError } from '../errors.js'
import type { Frame } from '../protocol/frame.js'
import type { SessionEventOf } from '../protocol/session.js'

export type Welcome = SessionEventOf<'session.welcome'>

/** As long as a topic may be, which a client remembers many of. */
const longestTopic = 2_064
/** The longest, in milliseconds, that a server may send its clients away for. */
const longestPause = 600_000

const isText = (value: unknown): boolean => typeof value === 'string'
const isNumber = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value)
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isCursor = (value: unknown): boolean => isObject(value) && isText(value['epoch']) && isNumber(value['offset'])

type Checks = Readonly<Record<string, (value: unknown) => boolean>>

const optional: Checks = {
  ...{ id: isText, correlationId: isText, source: isText, epoch: isText, priority: isText },
  ...{ seq: isNumber, timestamp: isNumber, ttl: isNumber, payload: isObject, metadata: isObject },
  channel: (value) => typeof value === 'string' && value.length <= longestTopic,
}
/** What has to stand in the payload of words that a client acts on. */
const payloads: Readonly<Record<string, Checks>> = {
  welcome: {
    ...{ session: isText, cursor: isCursor, address: (value) => value === undefined || isText(value) },
    heartbeat: (value) => isNumber(value) && Number(value) > 0,
  },
  mark: { dseq: isNumber, cursor: isCursor },
  error: { code: isText, message: isText, details: (value) => value === undefined || isObject(value) },
  gap: { topic: isText },
  dropped: { topic: isText },
  deliver: { agent: isText, delivery: isText, message: isObject },
  delivery: { agent: isText, delivery: isText, change: isText },
  dismissed: { agent: isText },
}

/** Throws `BAD_FRAME` for what is none, or none that a client could act on. */
export const frameIn = (codec: Codec, data: string | ArrayBuffer): Frame => {
  const frame = codec.decode(typeof data === 'string' ? data : new Uint8Array(data))
  if (!isObject(frame)) throw new TroupeError('BAD_FRAME', 'A frame is an object; something else came.')
  const { type, payload = {} } = frame
  if (typeof type !== 'string') throw new TroupeError('BAD_FRAME', 'A frame has a type that is a text; this one has none.')
  for (const [name, fits] of Object.entries(optional))
    if (frame[name] !== undefined && !fits(frame[name])) throw unfit(type, name)
  // What is on a channel is an event, whatever it is called.
  const checks = frame['channel'] === undefined && Object.hasOwn(payloads, type) ? payloads[type] : undefined
  for (const [name, fits] of Object.entries(checks ?? {}))
    if (!fits((payload as Readonly<Record<string, unknown>>)[name])) throw unfit(type, name)
  // Its fields were looked at one by one.
  return frame as unknown as Frame
}

const unfit = (type: string, name: string) =>
  new TroupeError('BAD_FRAME', `The ${name} of ${type.slice(0, 80)} is not what the protocol says.`)

/** Where the server sends its clients; undefined: they come back to it. */
export const elsewhereOf = ({ payload = {} }: Frame): string | undefined => {
  const { url } = payload
  return typeof url === 'string' && /^wss?:\/\/\S+$/.test(url) ? url : undefined
}

/** Milliseconds for which the server asks its clients to stay away. */
export const pauseOf = ({ payload = {} }: Frame): number => {
  const asked = payload['reconnectAfter']
  return typeof asked === 'number' && asked > 0 ? Math.min(asked, longestPause) : 0
}
