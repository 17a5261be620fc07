/** What a task is to do, read from whichever way it was declared. */
import { TroupeError } from '../../src/errors.js'
import type { Priority } from '../../src/protocol/priority.js'
import type { Host, Letter, SwarmActor, TaskActor } from '../../src/system/actor.js'
import type { ApprovalDeclaration, GraphDeclaration, Retries, TaskDeclaration } from '../../src/system/definition.js'
import { Desk } from './desk.js'
import { Expected } from './expected.js'
import { Foreman } from './foreman.js'
import { idOf, type Link, linksOf, type MakeTask } from './link.js'
import type { Worker } from './worker.js'

export type AnyTask = TaskDeclaration | ApprovalDeclaration | GraphDeclaration

export interface Plan {
  readonly title: string
  readonly message: Letter['message']
  /** Who does it; undefined: a member of its swarm, which finds one. */
  readonly worker: Worker | undefined
  readonly swarm: SwarmActor | undefined
  readonly retries: Retries
  readonly backoff: readonly [number, number]
  readonly priority: Priority
  /** What whoever does it has to be capable of. */
  readonly requires: readonly string[]
}

/** Decisions are made by people, and a graph is done by its parts. */
const once = { retries: 0, backoff: [0, 0], priority: 'high', requires: [] } as const

/** `again`: it was planned in the process before. Throws what it cannot be planned for: `NOT_FOUND`, `QUEUE_FULL`, `NO_HANDLER`, `INVALID_MESSAGE`. */
export const planOf = (host: Host, declared: AnyTask & { id: string }, make: MakeTask, again: boolean): Plan => {
  if (declared.kind === 'graph') {
    const worker = new Foreman(host, declared, make)
    return { title: declared.title ?? 'graph', message: { type: 'graph' }, worker, swarm: undefined, ...once }
  }
  if (declared.kind === 'approval') {
    const { question, details, to } = declared
    const message = { type: 'approval', question, ...(details ? { details } : {}) }
    const swarm = to === undefined ? undefined : swarmAt(host, idOf(to))
    return { title: declared.title ?? question, message, worker: new Desk(host, declared), swarm, ...once }
  }
  const { message, title = message.type, retries = 0, backoff = [100, 30_000], priority = 'normal', requires = [] } = declared
  const common = { title, retries, backoff, priority, requires: [...requires] }
  const target = idOf(declared.to)
  const agent = host.tenantOf(target) === host.tenant ? host.agent(target) : undefined
  const known = host.swarm(target) !== undefined || host.view.swarms.has(target) || host.agent(target) !== undefined
  if (!agent && again && !known) return { ...common, message, worker: new Expected(host, target), swarm: undefined }
  if (!agent) return { ...common, message, worker: undefined, swarm: swarmAt(host, target) }
  if (agent.queue.full) throw new TroupeError('QUEUE_FULL', `As many tasks wait for agent ${agent.id} as may; try again later.`)
  return { ...common, message: agent.check(message), worker: agent, swarm: undefined }
}

/** The tasks that must be over first. */
export const needsOf = (declared: AnyTask): readonly Link[] => linksOf(declared.kind === 'graph' ? [] : (declared.needs ?? []))

const swarmAt = (host: Host, id: string): SwarmActor => {
  const swarm = host.swarm(id)
  if (swarm && host.tenantOf(id) === host.tenant) return swarm
  throw new TroupeError('NOT_FOUND', `A task needs an agent or a swarm to go to; there is none with the id ${id}.`)
}

/** The task that it is a part of. Throws `NOT_FOUND` and `INVALID_STATE` where there is none that could have parts. */
export const parentOf = (host: Host, declared: AnyTask): TaskActor | undefined => {
  if (declared.parent === undefined) return undefined
  const id = idOf(declared.parent)
  const same = host.tenantOf(id) === host.tenant
  const parent = host.task(id)
  if (parent && same) return parent
  const state = same ? host.taskState(id) : undefined
  throw state
    ? new TroupeError('INVALID_STATE', `Task ${id} is ${state} and can have no more parts.`)
    : new TroupeError('NOT_FOUND', `A part of a task needs that task; there is none with the id ${id}.`)
}

/** When it has to be over, milliseconds since the epoch: a part has no more time than the whole. */
export const deadlineOf = (host: Host, declared: AnyTask, parent: TaskActor | undefined): number | undefined => {
  const own = declared.deadline === undefined ? Number.POSITIVE_INFINITY : host.clock.now() + declared.deadline
  const earlier = Math.min(own, parent?.deadline ?? Number.POSITIVE_INFINITY)
  return Number.isFinite(earlier) ? earlier : undefined
}
