/** What may be asked of agents. */
import { z } from 'zod'
import { agentMessage, count, grace, id, key, label, metadata, milliseconds, priority, text } from '../words.js'
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
    capabilities: z.array(label).max(1_000).optional(),
    /** How many messages may wait, and what becomes of one more. */
    mailbox: z
      .object({
        capacity: count.min(1).max(1_000_000).optional(),
        overflow: z.enum(['drop-oldest', 'drop-newest', 'refuse', 'fail-ask']).optional(),
      })
      .optional(),
    metadata,
  }),
  'agent.send': command('agent.send', {
    to: id,
    message: agentMessage,
    priority: priority.optional(),
    ttl: milliseconds.optional(),
    key: key.optional(),
  }),
  'agent.ask': command('agent.ask', {
    to: id,
    message: agentMessage,
    priority: priority.optional(),
    timeout: milliseconds.optional(),
    ttl: milliseconds.optional(),
    key: key.optional(),
  }),
  'agent.pause': command('agent.pause', { id }),
  /** Paused at once: a process is stopped where it stands, other work is put down and begun anew after `agent.resume`. */
  'agent.freeze': command('agent.freeze', { id }),
  'agent.resume': command('agent.resume', { id }),
  'agent.restart': command('agent.restart', { id }),
  /** Handled at the agent's next boundary, before everything that waits. */
  'agent.steer': command('agent.steer', { to: id, message: agentMessage, ttl: milliseconds.optional() }),
  'agent.terminate': command('agent.terminate', { id, grace, reason: text.optional() }),
  'agent.kill': command('agent.kill', { id, reason: text.optional() }),
  'agent.stop': command('agent.stop', { id, grace, force: z.boolean().optional(), reason: text.optional() }),
} as const
