/** What may happen to clients. Topic: `client.<id>.<what>`. */
import { z } from 'zod'
import { clientState } from '../states.js'
import { agentMessage, id, label, timestamp } from '../words.js'
import { event } from './event-shape.js'

export const clientEvents = {
  /** A client is there, is away for a while, or will not come back. `session`: which of its sessions; it may have several. */
  'client.status': event('client.status', {
    id,
    session: z.string(),
    state: clientState,
    from: clientState.optional(),
    /** What it calls itself. */
    name: label.optional(),
    /** Which protocol it speaks. */
    dialect: label,
    /** Since when it is there, milliseconds since the epoch. */
    since: timestamp,
  }),
  /** A client that says where it listens has begun to, or has stopped. */
  'client.channel': event('client.channel', {
    id,
    session: z.string(),
    channel: z.string(),
    change: z.enum(['joined', 'left']),
    name: label.optional(),
  }),
  /** A message to a client; nobody else hears it. */
  'client.message': event('client.message', { id, from: z.string(), message: agentMessage }),
} as const
