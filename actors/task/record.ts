/** What a task is restored from. */
import type { Keeper } from '../../src/recovery/keeper.js'
import { plainly } from '../../src/recovery/plain.js'
import type { TaskRecord } from '../../src/recovery/records.js'
import type { Host, TaskActor } from '../../src/system/actor.js'
import { kindsKey } from '../../src/system/definition.js'
import { Foreman } from './foreman.js'
import { idOf, linksOf } from './link.js'
import type { AnyTask } from './plan.js'

/** Remembers what it would be restored from. */
export const keepRecord = (
  keeper: Keeper,
  id: string,
  declared: AnyTask,
  worker: unknown,
  past: Omit<TaskRecord, 'declared' | 'parts'>,
): void => {
  const parts = worker instanceof Foreman ? worker.parts : undefined
  const met = Object.fromEntries(Object.entries(past.met).map(([need, { result }]) => [need, { result: plainly(result) }]))
  keeper.keep('task', id, { ...past, met, declared: plainDeclaration(declared), parts })
}

/** A declaration as plain data: whom it names by refs, it names by ids. */
const plainDeclaration = (declared: AnyTask): AnyTask => {
  const { [kindsKey]: _, ...rest } = declared
  const parent = rest.parent === undefined ? undefined : idOf(rest.parent)
  if (rest.kind === 'graph') return { ...rest, parent, tasks: {} }
  const needs = rest.needs && Object.fromEntries(linksOf(rest.needs).map(({ as, id }) => [as, id]))
  if (rest.kind === 'approval') return { ...rest, parent, needs, to: rest.to === undefined ? undefined : idOf(rest.to) }
  return { ...rest, parent, needs, to: idOf(rest.to) }
}

/** It has ended: its graph still asks how, others have no need of its record. */
export const endRecord = (
  host: Host,
  { id, parent }: Pick<TaskActor, 'id'> & { readonly parent: string | undefined },
  worker: unknown,
  ended: NonNullable<TaskRecord['ended']>,
): void => {
  // A part that is still ending has a record until it has.
  if (worker instanceof Foreman)
    for (const part of Object.values(worker.parts)) if (!host.task(part)) host.keeper?.drop('task', part)
  const { keeper } = host
  const found = parent === undefined ? undefined : keeper?.get('task', parent)
  const known = keeper?.get('task', id)
  if (found && 'record' in found && found.record.parts && known && 'record' in known)
    keeper?.keep('task', id, { ...known.record, ended: { ...ended, result: plainly(ended.result) } })
  else keeper?.drop('task', id)
}
