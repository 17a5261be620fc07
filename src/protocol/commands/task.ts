/** What may be asked of tasks. */
import { z } from 'zod'
import { agentMessage, backoff, id, label, metadata, milliseconds, priority, retries, text } from '../words.js'
import { command } from './command-shape.js'

/** A list of ids, or the names under which their results are found. */
const needs = z.union([z.array(id).max(1_000), z.record(label, id)]).optional()
const work = {
  to: id,
  message: agentMessage,
  requires: z.array(label).max(1_000).optional(),
  priority: priority.optional(),
  retries: retries.optional(),
  backoff: backoff.optional(),
  timeout: milliseconds.optional(),
  /** Begun once at the most, over crashes of the process too; cannot be tried again. */
  once: z.boolean().optional(),
}
/** What every way of declaring a task has. */
const common = {
  title: label.optional(),
  needs,
  evenIfNeedsFail: z.boolean().optional(),
  deadline: milliseconds.optional(),
  metadata,
}

export const taskCommands = {
  'task.create': command('task.create', { id: id.optional(), ...work, ...common, parent: id.optional() }),
  /** A task for a person, who answers with `task.approve` or `task.reject`. */
  'task.approval': command('task.approval', {
    id: id.optional(),
    ...common,
    parent: id.optional(),
    question: text,
    details: z.record(z.string().max(128), z.unknown()).optional(),
    /** Who may decide; absent: whoever may act on the task. */
    by: z.array(z.string().max(256)).max(1_000).optional(),
    onDeadline: z.enum(['fail', 'approve', 'reject']).optional(),
    /** A swarm that it counts for. */
    to: id.optional(),
  }),
  /** A whole graph: spawned or refused as one. The needs of its tasks may name others of it. */
  'task.graph': command('task.graph', {
    id: id.optional(),
    title: label.optional(),
    deadline: milliseconds.optional(),
    parent: id.optional(),
    tasks: z.record(id, z.object({ ...work, ...common })),
    metadata,
  }),
  'task.approve': command('task.approve', { id, reason: text.optional() }),
  'task.reject': command('task.reject', { id, reason: text.optional() }),
  /** Other words about it; `metadata` is added to what there is. */
  'task.update': command('task.update', { id, title: label.optional(), metadata }),
  /** Cancelled where it is not over, and no longer in any view. */
  'task.forget': command('task.forget', { id, reason: text.optional() }),
  'task.cancel': command('task.cancel', { id, reason: text.optional() }),
  'task.pause': command('task.pause', { id }),
  'task.resume': command('task.resume', { id }),
  /** Answers with the task's result when it is final; rejected with its error when it failed. */
  'task.result': command('task.result', { id }),
} as const
