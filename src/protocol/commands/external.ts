/** What a client says for an agent that works on its side. */
import { z } from 'zod'
import { agentMessage, count, id, label, metadata, percent, text } from '../words.js'
import { command } from './command-shape.js'

/** One message that was handed over. */
const delivery = z.string().min(1).max(128)

export const externalCommands = {
  /** The client works as this agent from now on; said again after its connection was lost, it goes on as before. */
  'external.register': command('external.register', {
    id,
    name: label.optional(),
    /** What kind of agent it is, for people. Default: `external`. */
    definition: label.optional(),
    /** The types of the messages that it hears; `*` for any. */
    hears: z.array(z.string().min(1).max(128)).max(1_000),
    says: z.array(label).max(1_000).optional(),
    /** Whether it answers everything that it is delivered, or only asks and tasks: others are done when they are sent. Default `all`. */
    answers: z.enum(['all', 'asked']).optional(),
    concurrency: count.min(1).max(10_000).optional(),
    capabilities: z.array(label).max(1_000).optional(),
    metadata,
  }),
  'external.unregister': command('external.unregister', { id, reason: text.optional() }),
  /** What was delivered is done; `value` answers whoever asked, and is the result of a task. */
  'external.done': command('external.done', { id, delivery, value: z.unknown() }),
  /** It failed; where it `crashed`, so does the agent. */
  'external.fail': command('external.fail', {
    id,
    delivery,
    message: text,
    details: z.record(z.string(), z.unknown()).optional(),
    crashed: z.boolean().optional(),
  }),
  'external.progress': command('external.progress', { id, delivery, percent, note: text.optional() }),
  'external.output': command('external.output', {
    id,
    delivery,
    data: z.string(),
    stream: z.enum(['stdout', 'stderr']).optional(),
  }),
  'external.say': command('external.say', { id, message: agentMessage }),
  'external.activity': command('external.activity', { id, activity: text }),
  /** It lives, though it has nothing else to say. */
  'external.heartbeat': command('external.heartbeat', { id }),
} as const
