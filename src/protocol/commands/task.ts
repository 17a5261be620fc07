/** What may be asked of tasks. */
import { z } from 'zod'
import { agentMessage, backoff, count, id, label, metadata, milliseconds, priority, text } from '../words.js'
import { command } from './command-shape.js'

export const taskCommands = {
  'task.create': command('task.create', {
    id: id.optional(),
    title: label.optional(),
    to: id,
    message: agentMessage,
    needs: z.array(id).max(1_000).optional(),
    priority: priority.optional(),
    retries: count.max(1_000).optional(),
    backoff: backoff.optional(),
    timeout: milliseconds.optional(),
    metadata,
  }),
  'task.cancel': command('task.cancel', { id, reason: text.optional() }),
  'task.pause': command('task.pause', { id }),
  'task.resume': command('task.resume', { id }),
  /** Answers with the task's result when it is final; rejected with its error when it failed. */
  'task.result': command('task.result', { id }),
} as const
