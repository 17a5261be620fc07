/** What may be asked of schedules. */
import { z } from 'zod'
import { agentMessage, count, id, milliseconds, priority } from '../words.js'
import { command } from './command-shape.js'

const times = count.min(1).optional()

export const scheduleCommands = {
  'schedule.create': command('schedule.create', {
    id: id.optional(),
    to: id,
    message: agentMessage,
    when: z.union([
      z.strictObject({ after: milliseconds }),
      z.strictObject({ every: milliseconds.min(1), times }),
      z.strictObject({ cron: z.string().min(1).max(256), timezone: z.string().max(64).optional(), times }),
    ]),
    priority: priority.optional(),
  }),
  'schedule.cancel': command('schedule.cancel', { id }),
} as const
