/** What may be asked of channels and of the system as a whole. */
import { z } from 'zod'
import { count, id, metadata, milliseconds, priority, text } from '../words.js'
import { command } from './command-shape.js'

export const systemCommands = {
  'channel.publish': command('channel.publish', {
    topic: z.string().min(1).max(2_064),
    body: z.unknown(),
    priority: priority.optional(),
    ttl: milliseconds.optional(),
    metadata,
  }),
  'view.get': command('view.get', {
    /** Only what has one of these ids. */
    ids: z.array(id).min(1).max(1_000).optional(),
    /** How many entries at a time. Default 1,000. */
    limit: count.min(1).max(10_000).optional(),
    /** What the last page ended with: the page after it, of the same view. */
    next: z.string().max(128).optional(),
  }),
  /** How the machine is and what goes through the door, once. */
  'metrics.get': command('metrics.get', {}),
  'system.notify': command('system.notify', { text, level: z.enum(['info', 'warning', 'critical']).optional() }),
} as const
