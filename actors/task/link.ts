/** How tasks name each other, and how one makes another. */
import type { TaskActor } from '../../src/system/actor.js'
import type { TaskDeclaration } from '../../src/system/definition.js'

type Links = NonNullable<TaskDeclaration['needs']>
type Ref = string | { readonly id: string }

/** One needed task, and the name under which its result is found. */
export interface Link {
  readonly as: string
  readonly id: string
}

export const idOf = (ref: Ref): string => (typeof ref === 'string' ? ref : ref.id)

/** The ids of what is needed, each with the name under which its result is found. */
export const linksOf = (needs: Links): readonly Link[] => {
  const named: readonly (readonly [string | undefined, Ref])[] = isList(needs)
    ? needs.map((need) => [undefined, need] as const)
    : Object.entries(needs)
  return named.map(([as, need]) => ({ as: as ?? idOf(need), id: idOf(need) }))
}

/** `Array.isArray` alone does not tell a readonly list from an object. */
const isList = (needs: Links): needs is readonly Ref[] => Array.isArray(needs)

/** Makes the task of a declaration, without starting it. */
export type MakeTask = (declared: TaskDeclaration & { id: string }, parent: TaskActor) => TaskActor
