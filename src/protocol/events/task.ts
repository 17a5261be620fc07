/** What may happen to tasks. Topic: `task.<id>.<what>`. */
import { z } from 'zod'
import { taskState } from '../states.js'
import { agentMessage, count, failure, id, label, milliseconds, percent, priority, retries, text, timestamp } from '../words.js'
import { event } from './event-shape.js'

export const taskEvents = {
  'task.created': event('task.created', {
    id,
    title: label,
    /** The agent or swarm it was given to. */
    to: id,
    message: agentMessage,
    needs: z.array(id),
    requires: z.array(label).optional(),
    priority,
    retries,
    timeout: milliseconds.optional(),
    /** Begun once at the most. */
    once: z.boolean().optional(),
    /** When it has to be over. */
    deadline: timestamp.optional(),
    /** The task that it is a part of. */
    parent: id.optional(),
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
    /** When a task that crashed is tried again. */
    retryAt: timestamp.optional(),
    result: z.unknown().optional(),
  }),
  /** What is said about it has changed; `metadata` is added to what there was. */
  'task.updated': event('task.updated', { id, title: label.optional(), metadata: z.record(z.string(), z.unknown()).optional() }),
  /** It is no longer in any view. */
  'task.forgotten': event('task.forgotten', { id }),
  /** `remaining`: estimated milliseconds to go, where there is ground for an estimate. */
  'task.progress': event('task.progress', { id, progress: percent, note: text.optional(), remaining: milliseconds.optional() }),
  /** A person was asked for a decision, or has decided; `by`: `deadline` when time ran out and that was declared to be an answer. */
  'task.approval': event('task.approval', {
    id,
    change: z.enum(['asked', 'decided']),
    question: text.optional(),
    details: z.record(z.string(), z.unknown()).optional(),
    /** Who may decide; absent: whoever may act on the task. */
    voters: z.array(z.string()).optional(),
    decision: z.enum(['approve', 'reject']).optional(),
    by: z.string().optional(),
    reason: text.optional(),
    at: timestamp.optional(),
  }),
  /**
   * One piece of output. `sequence` counts from 1 within the task, over both streams and all attempts; `order` counts from 1 within the
   * agent, over both streams, all its tasks and what it prints for none, through its restarts. Neither leaves one out.
   */
  'task.output': event('task.output', {
    id,
    agent: id,
    stream: z.enum(['stdout', 'stderr']),
    data: z.string(),
    sequence: count,
    order: count,
    attempt: count,
  }),
} as const
