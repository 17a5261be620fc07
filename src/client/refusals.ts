/** What a client says by itself of a connection, and of what it does not send. */
import { describeThrown, TroupeError } from '../errors.js'

export const notOpened = (thrown: unknown): TroupeError =>
  new TroupeError('DISCONNECTED', `The connection could not be opened: ${describeThrown(thrown)}.`, { cause: thrown })

export const closedWith = (code: number, reason: string): TroupeError =>
  new TroupeError('DISCONNECTED', `The connection was closed (${code})${reason ? `: ${reason.replace(/\.$/, '')}` : ''}.`)

/** `time` in milliseconds. */
export const silentFor = (time: number): TroupeError =>
  new TroupeError('DISCONNECTED', `The server was silent for ${Math.round(time)} ms.`)

export const awayFrom = (type: string): TroupeError =>
  new TroupeError('DISCONNECTED', `There is no connection now, and ${type} is not kept for later; try again when it is back.`)

export const miscounted = (sent: number, came: number): TroupeError =>
  new TroupeError('DROPPED', `${sent} events were sent and ${came} came; the connection is made anew from the cursor.`)

const utf8 = new TextEncoder()

/** Nothing is counted exactly that need not be: no unit of a string takes more than three bytes, and none less than one. */
const bytesOf = (data: string | Uint8Array, largest: number): number =>
  typeof data !== 'string' || data.length > largest || data.length * 3 <= largest ? data.length : utf8.encode(data).length

/** The frame, if the server reads as many bytes. Throws `MESSAGE_TOO_LARGE`: the server could not tell which one it was, or would end the connection. */
export const within = (data: string | Uint8Array, largest = Number.POSITIVE_INFINITY): string | Uint8Array<ArrayBuffer> => {
  const bytes = bytesOf(data, largest)
  // Both codecs make arrays of their own, never shared ones.
  if (bytes <= largest) return data as string | Uint8Array<ArrayBuffer>
  throw new TroupeError(
    'MESSAGE_TOO_LARGE',
    `A message to this server may have ${largest} bytes; this one has at least ${bytes}, and was not sent.`,
  )
}
