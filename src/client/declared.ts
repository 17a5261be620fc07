/** Declarations of tasks, written down for the wire. */
import type { ApprovalDeclaration, GraphDeclaration, GraphTask, TaskDeclaration } from '../system/definition.js'

type Links = NonNullable<TaskDeclaration['needs']>
type Link = string | { readonly id: string }

const idOf = (ref: Link) => (typeof ref === 'string' ? ref : ref.id)
/** `Array.isArray` alone does not tell a readonly list from an object. */
const isList = (needs: Links): needs is readonly Link[] => Array.isArray(needs)

const needsOf = (needs: Links) =>
  isList(needs) ? needs.map(idOf) : Object.fromEntries(Object.entries(needs).map(([as, need]) => [as, idOf(need)]))

const linked = (task: { needs?: Links | undefined; to?: Link | undefined; parent?: Link | undefined }) => ({
  ...(task.needs ? { needs: needsOf(task.needs) } : {}),
  ...(task.to === undefined ? {} : { to: idOf(task.to) }),
  ...(task.parent === undefined ? {} : { parent: idOf(task.parent) }),
})

const graphTask = (task: GraphTask) => ({ ...task, ...linked(task) })

/** The command that creates it, and its payload. */
export const taskCommand = (
  declared: TaskDeclaration | ApprovalDeclaration | GraphDeclaration,
  id: string,
): readonly [type: 'task.create' | 'task.approval' | 'task.graph', payload: object] => {
  const { kind, ...rest } = declared
  if (declared.kind === 'graph') {
    const tasks = Object.fromEntries(Object.entries(declared.tasks).map(([name, task]) => [name, graphTask(task)]))
    return ['task.graph', { ...rest, ...linked(rest as { parent?: Link }), tasks, id }]
  }
  return [kind === 'task' ? 'task.create' : 'task.approval', { ...rest, ...linked(declared), id }]
}
