/** What may be asked of clients. */
import { agentMessage, id, milliseconds, priority } from '../words.js'
import { command } from './command-shape.js'

export const clientCommands = {
  'client.send': command('client.send', {
    to: id,
    message: agentMessage,
    priority: priority.optional(),
    ttl: milliseconds.optional(),
  }),
} as const
