/**
 * The frame of the native protocol, `troupe.v1`, as both sides write it. Never edited once published.
 *
 * A command's type is its name (`agent.spawn`), a word about the connection drops its `session.` (`hello`, `welcome`),
 * an event's type is its name (`agent.status`) and it stands on a `channel` with `seq` and `epoch`.
 * The receipts of a command are `accepted` and `reply` or `error`, with the command's `id` as `correlationId`.
 */
import { z } from 'zod'
import { signature } from './signature.js'
import { key, priority, timestamp } from './words.js'

export const frame = z.object({
  id: z.string().min(1).max(128),
  type: z.string().min(1).max(128),
  timestamp: timestamp.optional(),
  source: z.string().max(256).optional(),
  target: z.union([z.string().max(256), z.array(z.string().max(256)).max(1_000)]).optional(),
  channel: z.string().max(2_064).optional(),
  seq: z.number().int().nonnegative().optional(),
  epoch: z.string().max(128).optional(),
  /** Of an event: where in the journal it stands, and what `ack` names it by. */
  offset: z.number().int().nonnegative().optional(),
  /** Of an event that asks to be acknowledged: how often it was sent before. */
  redelivered: z.number().int().nonnegative().optional(),
  correlationId: z.string().max(128).optional(),
  priority: priority.optional(),
  ttl: z.number().nonnegative().optional(),
  /** Of a command: given again under the same key, it is not carried out again. */
  key: key.optional(),
  /** Of a command, and of an event that repeats its words: the command, signed by whoever said it. */
  signature: signature.optional(),
  payload: z.looseObject({}).optional(),
  metadata: z.looseObject({}).optional(),
})
export type Frame = z.infer<typeof frame>
