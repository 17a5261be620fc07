/** What may be asked of channels and of the system as a whole. */
import { z } from 'zod'
import { milliseconds, priority } from '../words.js'
import { command } from './command-shape.js'

export const systemCommands = {
  'channel.publish': command('channel.publish', {
    topic: z.string().min(1).max(2_064),
    body: z.unknown(),
    priority: priority.optional(),
    ttl: milliseconds.optional(),
  }),
  'view.get': command('view.get', {}),
} as const
