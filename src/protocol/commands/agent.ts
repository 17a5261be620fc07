/** What may be asked of agents. */
import { z } from 'zod'
import { agentMessage, count, grace, id, label, metadata, milliseconds, priority, text } from '../words.js'
import { command } from './command-shape.js'

export const agentCommands = {
  'agent.spawn': command('agent.spawn', {
    /** The name of a definition that the application listed as spawnable. */
    definition: label,
    id: id.optional(),
    name: label.optional(),
    /** What the definition's own `options` schema asks for. */
    options: z.record(z.string(), z.unknown()).optional(),
    concurrency: count.min(1).optional(),
    metadata,
  }),
  'agent.send': command('agent.send', {
    to: id,
    message: agentMessage,
    priority: priority.optional(),
    ttl: milliseconds.optional(),
  }),
  'agent.ask': command('agent.ask', {
    to: id,
    message: agentMessage,
    priority: priority.optional(),
    timeout: milliseconds.optional(),
  }),
  'agent.pause': command('agent.pause', { id }),
  'agent.resume': command('agent.resume', { id }),
  'agent.restart': command('agent.restart', { id }),
  'agent.stop': command('agent.stop', { id, grace, force: z.boolean().optional(), reason: text.optional() }),
} as const
