/** Everything that may be asked of the runtime. Each command is one zod schema; the union is inferred from them. */
import { z } from 'zod'
import { topology } from './states.js'
import { agentMessage, backoff, count, id, label, milliseconds, priority, rule, text } from './words.js'

const command = <T extends string, S extends z.ZodRawShape>(type: T, shape: S) => z.object({ type: z.literal(type), ...shape })
const metadata = z.record(z.string().max(128), z.unknown()).optional()
/** Default 5,000 ms: how long what is in hand may take to finish before it is aborted. */
const grace = milliseconds.optional()

export const commands = {
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

  'swarm.create': command('swarm.create', {
    id: id.optional(),
    name: label.optional(),
    goal: text,
    topology: topology.optional(),
    members: z
      .array(z.object({ id, role: label.optional() }))
      .max(10_000)
      .optional(),
    metadata,
  }),
  'swarm.join': command('swarm.join', { id, agent: id, role: label.optional() }),
  'swarm.leave': command('swarm.leave', { id, agent: id, reason: text.optional() }),
  'swarm.send': command('swarm.send', { id, from: id, to: id, message: agentMessage, priority: priority.optional() }),
  'swarm.pause': command('swarm.pause', { id }),
  'swarm.resume': command('swarm.resume', { id }),
  'swarm.dissolve': command('swarm.dissolve', { id, grace, reason: text.optional() }),
  /** Answers when every task of the swarm is final. */
  'swarm.result': command('swarm.result', { id }),

  'ballot.propose': command('ballot.propose', {
    id: id.optional(),
    question: text,
    choices: z.array(label).min(1).max(100),
    /** Agents, other voters' ids, or one swarm whose members vote. */
    voters: z.union([z.array(id).max(100_000), z.object({ swarm: id })]),
    rule: rule.optional(),
    within: milliseconds.optional(),
  }),
  /** `choice` absent: abstain. */
  'ballot.vote': command('ballot.vote', { id, voter: id, choice: label.optional(), reason: text.optional() }),
  'ballot.cancel': command('ballot.cancel', { id }),
  'ballot.result': command('ballot.result', { id }),

  'channel.publish': command('channel.publish', {
    topic: z.string().min(1).max(2_064),
    body: z.unknown(),
    priority: priority.optional(),
    ttl: milliseconds.optional(),
  }),
  'view.get': command('view.get', {}),
} as const

type Schemas = typeof commands
/** The name of a command. */
export type CommandType = keyof Schemas
/** The command of that name. */
export type CommandOf<T extends CommandType> = z.infer<Schemas[T]>
/** Everything that may be asked. */
export type Command = { [T in CommandType]: CommandOf<T> }[CommandType]
