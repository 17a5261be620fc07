/** The control groups of a runtime and its agents, where the machine lets it make any, and what these can hold agents to. */
import { join } from 'node:path'
import { Cgroup, type Limits, ownCgroup } from './cgroup.js'
import { runtimeName } from './runtime-mark.js'

const own = ownCgroup()

/** The group of a runtime, this one or a former one; it need not exist. */
export const runtimeGroup = (runtime: string = runtimeName): Cgroup | undefined =>
  own && new Cgroup(join(own.path, `troupe-${runtime}`))

/** Makes a group for an agent; undefined where none may be made. Removing it removes the runtime's when it was the last. */
export const agentGroup = (agent: string, limits: Limits = {}): Cgroup | undefined => {
  const runtime = own?.child(`troupe-${runtimeName}`)
  if (holds().size > 0) runtime?.delegate()
  const group = runtime?.child(agent)
  group?.limit(limits)
  return group
}

/** Removes an agent's group, and the runtime's when that was the last. */
export const removeGroup = (group: Cgroup): void => {
  group.remove()
  runtimeGroup()?.removeIfEmpty()
}

/** Why the kernel does not hold agents to a limit here, for people. */
export const whyNot = (limit: keyof Limits): string => {
  if (!own) return 'as control groups of version 2 are not mounted'
  const runtime = own.child(`troupe-${runtimeName}`)
  runtime?.removeIfEmpty()
  return runtime
    ? `as the control groups that this process may make have no controller for ${limit === 'cpu' ? 'processors' : 'memory'}`
    : 'as this process may make no control group for it'
}

let known: ReadonlySet<keyof Limits> | undefined

/** Which limits the kernel holds agents to here; tried out once. */
export const holds = (): ReadonlySet<keyof Limits> => {
  if (known) return known
  const all = ['memory', 'cpu'] as const
  known = new Set()
  const runtime = own?.child(`troupe-${runtimeName}`)
  if (!own || !runtime) return known
  own.delegate()
  runtime.delegate()
  const probe = runtime.child('probe')
  const refused = probe?.limit({ memory: 1_024, cpu: 1 }) ?? all
  known = new Set(all.filter((each) => !refused.includes(each)))
  if (probe) removeGroup(probe)
  return known
}
