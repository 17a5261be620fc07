/** Everything that may happen. Each event is one zod schema; the union is inferred from them. */
import { z } from 'zod'
import { agentState, ballotState, swarmState, taskState, topology } from './states.js'
import { agentMessage, count, failure, id, label, milliseconds, percent, priority, rule, text, timestamp } from './words.js'

const event = <T extends string, S extends z.ZodRawShape>(type: T, shape: S) => z.object({ type: z.literal(type), ...shape })

export const events = {
  // Agents. Topic: agent.<id>.<what>.
  'agent.spawned': event('agent.spawned', {
    id,
    definition: label,
    name: label,
    hears: z.array(label),
    says: z.array(label),
    concurrency: count,
    /** The agent whose handler spawned it; absent when the application or a client did. */
    parent: id.optional(),
    metadata: z.record(z.string(), z.unknown()).optional(),
  }),
  'agent.status': event('agent.status', {
    id,
    state: agentState,
    busy: z.boolean(),
    from: agentState.optional(),
    reason: text.optional(),
    error: failure.optional(),
  }),
  /** What the supervisor decided after a crash. `delay`: milliseconds until a restart. */
  'agent.supervised': event('agent.supervised', {
    id,
    directive: z.enum(['resume', 'restart', 'stop', 'escalate']),
    restarts: count,
    delay: milliseconds.optional(),
    reason: text,
  }),
  /** A task joined or left the agent's queue of waiting tasks; positions count from 1. */
  'agent.queue': event('agent.queue', { id, change: z.enum(['joined', 'left']), task: id, position: count, length: count }),
  'agent.activity': event('agent.activity', { id, activity: text }),
  'agent.said': event('agent.said', { id, message: agentMessage }),
  'agent.output': event('agent.output', { id, stream: z.enum(['stdout', 'stderr']), data: z.string(), sequence: count }),

  // Tasks. Topic: task.<id>.<what>.
  'task.created': event('task.created', {
    id,
    title: label,
    /** The agent or swarm it was given to. */
    to: id,
    message: agentMessage,
    needs: z.array(id),
    priority,
    retries: count,
    timeout: milliseconds.optional(),
    swarm: id.optional(),
    metadata: z.record(z.string(), z.unknown()).optional(),
  }),
  'task.status': event('task.status', {
    id,
    state: taskState,
    blocked: z.boolean(),
    from: taskState.optional(),
    /** From 1; 0 before the first. */
    attempt: count,
    agent: id.optional(),
    reason: text.optional(),
    error: failure.optional(),
    result: z.unknown().optional(),
  }),
  /** `remaining`: estimated milliseconds to go, where there is ground for an estimate. */
  'task.progress': event('task.progress', { id, progress: percent, note: text.optional(), remaining: milliseconds.optional() }),
  /** One piece of output; `sequence` counts from 1 within the task, over both streams and all attempts. */
  'task.output': event('task.output', {
    id,
    agent: id,
    stream: z.enum(['stdout', 'stderr']),
    data: z.string(),
    sequence: count,
    attempt: count,
  }),

  // Swarms. Topic: swarm.<id>.<what>.
  'swarm.created': event('swarm.created', {
    id,
    name: label,
    goal: text,
    topology,
    metadata: z.record(z.string(), z.unknown()).optional(),
  }),
  'swarm.status': event('swarm.status', {
    id,
    state: swarmState,
    phase: label,
    from: swarmState.optional(),
    reason: text.optional(),
  }),
  'swarm.member': event('swarm.member', {
    id,
    agent: id,
    change: z.enum(['joined', 'left']),
    role: label.optional(),
    reason: text.optional(),
  }),
  'swarm.coordinator': event('swarm.coordinator', { id, agent: id.optional(), reason: text }),
  'swarm.progress': event('swarm.progress', {
    id,
    progress: percent,
    completed: count,
    total: count,
    remaining: milliseconds.optional(),
  }),
  /** A message between members went over one edge of the topology. */
  'swarm.hop': event('swarm.hop', { id, message: id, from: id, to: id, hop: count, hops: count }),
  'swarm.log': event('swarm.log', { id, level: z.enum(['info', 'warn', 'error']), text }),

  // Ballots. Topic: ballot.<id>.<what>.
  'ballot.opened': event('ballot.opened', {
    id,
    question: text,
    choices: z.array(label),
    voters: z.array(id),
    rule,
    /** When it closes at the latest. */
    deadline: timestamp.optional(),
    swarm: id.optional(),
  }),
  /** `choice` absent: the voter abstained. */
  'ballot.vote': event('ballot.vote', { id, voter: id, choice: label.optional(), reason: text.optional() }),
  'ballot.status': event('ballot.status', {
    id,
    state: ballotState,
    /** null: no choice reached what the rule asks for. */
    decision: label.nullable(),
    reason: z.enum(['decided', 'deadline', 'complete', 'veto', 'cancelled']).optional(),
    votes: z.record(z.string(), count),
    abstained: count,
  }),

  // The system. Topic: system.<what>.
  'system.dead-letter': event('system.dead-letter', {
    /** The dead letter's own id. */
    id,
    to: z.string(),
    message: z.unknown(),
    reason: z.enum(['no-actor', 'no-handler', 'stopped', 'expired', 'mailbox-full', 'unreachable', 'invalid', 'crashed']),
    from: z.string().optional(),
  }),
  /** Something failed in the background. `where` names what was being done. */
  'system.error': event('system.error', { where: label, error: failure, actor: z.string().optional() }),
  'system.draining': event('system.draining', { reason: text, grace: milliseconds }),

  /** A message that somebody published on a channel. Topic: whatever it was published on. */
  message: event('message', { from: z.string(), body: z.unknown() }),
} as const

type Schemas = typeof events
/** The name of an event. */
export type EventType = keyof Schemas
/** The event of that name. */
export type EventOf<T extends EventType> = z.infer<Schemas[T]>
/** Everything that may happen. */
export type Event = { [T in EventType]: EventOf<T> }[EventType]
