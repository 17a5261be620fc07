/** `task(…)`: how a tracked piece of work is declared. */

import type { AgentRef, SwarmRef } from '../../src/ref.js'
import { kindsKey, type MessageOf, type Results, type Shapes, type TaskDeclaration } from '../../src/system/definition.js'
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
