/** What a command touches beside what it names: the agents whose work it begins, holds up or ends, and the tasks that it builds on. */
import { sees, within } from '../../src/system/reach.js'
import type { System } from '../../src/system/system.js'
import type { Rights } from '../principal.js'

interface Judged {
  readonly system: System
  readonly rights: Rights
}

interface Owned {
  readonly tenant?: string | undefined
}

/** What is out of reach is judged where it is looked for: as what is not there. */
const reached = <T extends Owned>({ rights }: Judged, entry: T | undefined): T | undefined =>
  entry && within(rights.reach, entry.tenant) ? entry : undefined

/** Who commands a swarm commands its members. Throws `FORBIDDEN` for one of them that the token does not control. */
export const needMembers = (judged: Judged, swarm: string): void => {
  const { system, rights } = judged
  const { members = [] } = reached(judged, system.state.swarms.get(swarm)) ?? {}
  rights.needControls(
    members.map(({ id }) => id),
    `every member of swarm ${swarm}`,
  )
}

/** Work is done by whom it is given to: the right to make tasks alone does not reach an agent that the token does not cover. */
export const needReceiver = (judged: Judged, to: string): void => {
  const { system, rights } = judged
  const swarm = reached(judged, system.state.swarms.get(to))
  rights.needWrite(`${swarm ? 'swarm' : 'agent'}.${to}`)
  if (swarm) needMembers(judged, to)
}

/** Whether it may command the agent, or give work to the swarm, of that id. */
export const mayCommand = (judged: Judged, id: string): boolean => {
  const { system, rights } = judged
  if (!sees(system, rights.reach, id) || !(rights.may('agent_control') || rights.may('write'))) return false
  try {
    needReceiver(judged, id)
    return true
  } catch {
    return false
  }
}

/** Who holds up or ends a task takes work from whoever has it, and from those who have its parts. Throws `FORBIDDEN`. */
export const needWorkers = (judged: Judged, task: string): void => {
  const { system, rights } = judged
  if (rights.principal.controls === undefined) return
  const { agents, tasks } = system.state
  const open = [task]
  const workers: string[] = []
  const seen = new Set(open)
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    const { to = '', agent = to, parts = [] } = reached(judged, tasks.get(id)) ?? {}
    // A swarm, a person or a graph is nobody's to control.
    if (agents.has(agent)) workers.push(agent)
    for (const part of parts)
      if (!seen.has(part)) {
        seen.add(part)
        open.push(part)
      }
  }
  rights.needControls(workers, `every agent that works on task ${task}`)
}

interface Building {
  readonly parent?: string | undefined
  readonly needs?: readonly string[] | Readonly<Record<string, string>> | undefined
}

/**
 * A part changes what it is a part of, and whoever does a task is handed what came of those that it needs. Throws `FORBIDDEN`. `own`: names
 * that are no tasks yet.
 */
export const needFoundation = ({ rights }: Judged, { parent, needs = [] }: Building, own: readonly string[] = []): void => {
  if (parent !== undefined) rights.needWrite(`task.${parent}`)
  for (const id of Array.isArray(needs) ? (needs as readonly string[]) : Object.values(needs))
    if (!own.includes(id)) rights.needRead(`task.${id}.status`)
}
