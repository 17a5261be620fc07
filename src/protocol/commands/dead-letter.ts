/** What may be asked of dead letters. */
import { z } from 'zod'
import { count, id, label } from '../words.js'
import { command } from './command-shape.js'

export const deadLetterCommands = {
  /** The newest first; `before`: only older ones than this. */
  'dead-letter.list': command('dead-letter.list', {
    to: z.string().max(128).optional(),
    reason: label.optional(),
    before: id.optional(),
    limit: count.min(1).max(1_000).optional(),
  }),
  'dead-letter.replay': command('dead-letter.replay', { id }),
} as const
