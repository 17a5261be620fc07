/** What was said to this client alone, as it is told. */
import type { Envelope } from '../protocol/envelope.js'
import type { EventOf } from '../protocol/event.js'
import type { ClientMessage } from './options.js'

/** The message, with what became of its encryption. */
export const messageOf = ({ encrypted, unreadable }: Envelope, { from, message }: EventOf<'client.message'>): ClientMessage => ({
  ...{ from, message },
  ...(encrypted ? { encrypted } : {}),
  ...(unreadable ? { unreadable } : {}),
})
