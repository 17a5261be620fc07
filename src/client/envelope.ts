/** Events as they come over the wire. */
import type { Envelope } from '../protocol/envelope.js'
import type { Event } from '../protocol/event.js'
import type { Frame } from '../protocol/frame.js'

/** The envelope that a frame carries. */
export const envelopeOf = (frame: Frame): Envelope => {
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
    offset = 0,
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
