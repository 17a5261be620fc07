/** What may happen to the system. Topic: `system.<what>`. */
import { z } from 'zod'
import { type Code, codes } from '../../errors.js'
import { attentionItem } from '../attention.js'
import { alertCategory, alertLevel, systemMetrics, traffic } from '../monitoring.js'
import { count, failure, id, label, milliseconds, text, timestamp } from '../words.js'
import { event } from './event-shape.js'

export const systemEvents = {
  'system.dead-letter': event('system.dead-letter', {
    /** The dead letter's own id. */
    id,
    to: z.string(),
    message: z.unknown(),
    reason: z.enum([
      ...(['no-actor', 'no-handler', 'stopped', 'expired', 'mailbox-full', 'unreachable', 'invalid', 'crashed', 'hops'] as const),
      /** An event that a client was sent as often as may be and did not acknowledge; `to` is its address. */
      'undelivered',
    ]),
    from: z.string().optional(),
  }),
  /** A dead letter was sent again, for the so-many-th time. */
  'system.replayed': event('system.replayed', { id, to: z.string(), replays: count }),
  /** Something that needs a person came up, or changed. */
  'system.attention': event('system.attention', {
    change: z.enum(['opened', 'repeated', 'acknowledged', 'snoozed', 'reopened', 'resolved', 'expired']),
    ...attentionItem,
  }),
  /** Something failed in the background. `where` names what was being done. */
  'system.error': event('system.error', { where: label, error: failure, actor: z.string().optional() }),
  /** A word to everybody who is connected. */
  'system.notice': event('system.notice', { level: z.enum(['info', 'warning', 'critical']), text, from: z.string() }),
  'system.draining': event('system.draining', { reason: text, grace: milliseconds }),
  /** A token is not accepted any more. `until`: when it would have ended by itself. */
  'system.revoked': event('system.revoked', { jti: z.string().max(256), until: timestamp.optional() }),
  /** Who did what at the door of a bridge. Only who has `admin` hears it. */
  'system.audit': event('system.audit', {
    /** `ended`: a connection, since its token was revoked; `frame`: something that was too much to be read. */
    action: z.enum(['login', 'refresh', 'command', 'frame', 'ended']),
    /** `ok`, or the code of what it was refused with. */
    outcome: z.enum(['ok', ...(Object.keys(codes) as Code[])]),
    /** Who, as far as the token was accepted: the token's `sub`, id and tenant. */
    sub: z.string().optional(),
    jti: z.string().optional(),
    tenant: label.optional(),
    /** Of the other side of the connection. */
    address: label.optional(),
    dialect: label,
    connection: z.string(),
    /** The type of the command, and the id, topic or token that it is about. */
    command: label.optional(),
    target: label.optional(),
    /** How often the same came since it was said last. */
    repeats: count.optional(),
  }),
  /** How the machine and this process are, about every five seconds while somebody listens to it. */
  'system.metrics': event('system.metrics', systemMetrics),
  /** What goes through the door of a bridge; likewise. */
  'system.traffic': event('system.traffic', traffic),
  /** A condition that somebody should know of began, became worse, or (`info`) is over. */
  'system.alert': event('system.alert', {
    level: alertLevel,
    category: alertCategory,
    text,
    details: z.record(z.string(), z.unknown()).optional(),
  }),
} as const
