/** What may happen to agents. Topic: `agent.<id>.<what>`. */
import { z } from 'zod'
import { agentState } from '../states.js'
import { agentMessage, count, failure, id, label, metrics, milliseconds, pid, text, timestamp } from '../words.js'
import { event } from './event-shape.js'

export const agentEvents = {
  'agent.spawned': event('agent.spawned', {
    id,
    definition: label,
    name: label,
    hears: z.array(label),
    says: z.array(label),
    concurrency: count,
    capabilities: z.array(label).optional(),
    /** The agent whose handler spawned it; absent when the application or a client did. */
    parent: id.optional(),
    /** What of its options cannot be had here as it was asked for. */
    warnings: z.array(text).optional(),
    metadata: z.record(z.string(), z.unknown()).optional(),
  }),
  'agent.status': event('agent.status', {
    id,
    state: agentState,
    busy: z.boolean(),
    from: agentState.optional(),
    /** Paused at once, wherever it stood. */
    frozen: z.boolean().optional(),
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
    /** The sibling that crashed, where that is why. */
    because: id.optional(),
  }),
  /** A task joined or left the agent's queue of waiting tasks; positions count from 1. */
  'agent.queue': event('agent.queue', { id, change: z.enum(['joined', 'left']), task: id, position: count, length: count }),
  /** A schedule was made, came, was left out since the last one still waits, or has ended. `next`: when it comes next. */
  'agent.schedule': event('agent.schedule', {
    id,
    schedule: id,
    change: z.enum(['created', 'fired', 'skipped', 'ended']),
    /** The type of its message. */
    message: label,
    next: timestamp.optional(),
    reason: text.optional(),
  }),
  /** What its processes take, about once a second while somebody listens. `cpu`: cores; `memory`: bytes. */
  'agent.metrics': event('agent.metrics', { id, ...metrics }),
  /**
   * A process of it has started or ended, as far as it says so. `task`: the one that the process works for; `exitCode` and `signal`:
   * how it ended, where that is known; null where it has none.
   */
  'agent.process': event('agent.process', {
    id,
    pid,
    change: z.enum(['started', 'ended']),
    task: id.optional(),
    exitCode: z.number().int().nullable().optional(),
    signal: label.nullable().optional(),
  }),
  /** It lives, though it has nothing else to say. */
  'agent.heartbeat': event('agent.heartbeat', { id }),
  'agent.activity': event('agent.activity', { id, activity: text }),
  /** The state of an agent whose inside is a machine of its own, as a path: `green.blinking`. */
  'agent.detail': event('agent.detail', { id, detail: label }),
  'agent.said': event('agent.said', { id, message: agentMessage }),
  /** One piece of output that belongs to no task; `sequence` counts these, `order` all pieces of the agent, see `task.output`. */
  'agent.output': event('agent.output', {
    id,
    stream: z.enum(['stdout', 'stderr']),
    data: z.string(),
    sequence: count,
    order: count,
  }),
} as const
