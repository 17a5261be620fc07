/** Events as they come over the wire. */
import type { Envelope } from '../protocol/envelope.js'
import type { Event } from '../protocol/event.js'
import type { Frame } from '../protocol/frame.js'

/** The envelope that a frame carries. The offset is on the wire only where an ack is asked for; else it is that of the last mark, a point before the event. */
export const envelopeOf = (frame: Frame, marked: number): Envelope => {
  const {
    id,
    type,
    timestamp = 0,
    source = '',
    channel = '',
    seq = 0,
    epoch = '',
    priority = 'normal',
    ttl,
    correlationId,
    metadata: { tenant, ...metadata } = {},
    payload,
    signature,
    offset = marked,
  } = frame
  const caused = correlationId !== undefined || Object.keys(metadata).length > 0
  return {
    ...{ id, topic: channel, seq, epoch, offset, timestamp, source, priority },
    ...(ttl === undefined ? {} : { ttl }),
    ...(caused ? { cause: { ...(correlationId === undefined ? {} : { correlationId }), ...metadata } } : {}),
    ...(typeof tenant === 'string' ? { tenant } : {}),
    ...(signature === undefined ? {} : { signature }),
    // What the server says of its events is stated by the protocol; a client does not check its server.
    event: { type, ...payload } as unknown as Event,
  }
}
