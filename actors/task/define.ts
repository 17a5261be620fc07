/** `task(…)`: how a tracked piece of work is declared. */

import type { AgentRef, SwarmRef } from '../../src/ref.js'
import {
  type ApprovalDeclaration,
  type GraphDeclaration,
  kindsKey,
  type MessageOf,
  type Results,
  type Shapes,
  type TaskDeclaration,
} from '../../src/system/definition.js'
import { kinds } from '../kinds.js'

type Common = Omit<TaskDeclaration, 'kind' | 'to' | 'message' | typeof kindsKey>

/**
 * Declares a task for an agent, whose messages and results are known, or for whoever of a swarm or id may take it.
 *
 * @example
 * const review = system.spawn(task({ to: ada, message: { type: 'review', path: 'README.md' }, retries: 2 }))
 * const verdict = await review.result()
 */
export function task<H extends Shapes, R extends Results, const T extends keyof H & string>(
  declared: Common & { readonly to: AgentRef<H, R>; readonly message: MessageOf<H> & { readonly type: T } },
): TaskDeclaration<T extends keyof R ? R[T] : unknown>
export function task(
  declared: Common & {
    readonly to: SwarmRef | string
    readonly message: { readonly type: string; readonly [field: string]: unknown }
  },
): TaskDeclaration
export function task(
  declared: Common & { readonly to: string | { readonly id: string }; readonly message: TaskDeclaration['message'] },
): TaskDeclaration {
  return { ...declared, kind: 'task', [kindsKey]: kinds }
}

/**
 * Declares a task that waits for a person: whoever may act on it answers with `approve` or `reject` of its ref, over the wire too. The
 * first answer counts. Its result says who decided, why and when; a rejection fails it with `REJECTED`.
 *
 * @example
 * const release = system.spawn(approval({ question: 'Publish 2.0?', needs: [tests], deadline: 3_600_000, onDeadline: 'reject' }))
 * const { by } = await release.result()
 */
export const approval = (declared: Omit<ApprovalDeclaration, 'kind' | typeof kindsKey>): ApprovalDeclaration => ({
  ...declared,
  kind: 'approval',
  [kindsKey]: kinds,
})

/**
 * Declares a whole graph of tasks: spawned or refused as one, cancelled, paused and timed as one. Its tasks need each other by name;
 * its result is theirs, by name. It fails when one of them does not complete, once the others are final.
 *
 * @example
 * const release = system.spawn(graph({
 *   deadline: 600_000,
 *   tasks: {
 *     build: { to: worker, message: { type: 'run', command: 'npm run build' } },
 *     test: { to: worker, message: { type: 'run', command: 'npm test' }, needs: ['build'] },
 *   },
 * }))
 */
export const graph = <const N extends string>(
  declared: Omit<GraphDeclaration<N>, 'kind' | typeof kindsKey>,
): GraphDeclaration<N> => ({ ...declared, kind: 'graph', [kindsKey]: kinds })
