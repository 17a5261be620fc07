/** A task of a swarm goes to the member that somebody names, or to the best of the others. */
import { TroupeError } from '../../src/errors.js'
import type { AgentActor, TaskActor } from '../../src/system/actor.js'
import type { Crew } from './crew.js'
import type { Pool } from './pool.js'

interface HandOver {
  readonly swarm: string
  readonly id: string
  readonly task: TaskActor | undefined
  readonly to: string | undefined
  readonly reason: string
  readonly pool: Pool
  readonly crew: Crew
}

/**
 * Who has it now, and who had it; `from` undefined: nobody, and the one that is named gets it when it is handed out. Throws
 * `NOT_FOUND`, `QUEUE_FULL` or `INVALID_STATE`; nothing has changed then.
 */
export const handOver = (wanted: HandOver): { readonly from?: string; readonly taker: string } => {
  const { swarm, id, task, to, pool, crew } = wanted
  if (to !== undefined && !crew.has(to)) throw new TroupeError('NOT_FOUND', `Agent ${to} is not a member of swarm ${swarm}.`)
  const from = pool.holderOf(id)
  if (!task || (from === undefined && to === undefined))
    throw new TroupeError('NOT_FOUND', `No member of swarm ${swarm} has a task ${id} to hand over.`)
  // Known before it goes, so that nobody takes it over on its way.
  const undo = pool.choose(task, to)
  try {
    if (from !== undefined) return { from, taker: from === to ? to : go({ ...wanted, task, from }) }
    return { taker: able({ ...wanted, task }, crew.agents)[0]?.id ?? refuse(wanted) }
  } catch (thrown) {
    undo()
    throw thrown
  }
}

type Known = HandOver & { readonly task: TaskActor }

const able = ({ task, to, pool }: Known, members: readonly AgentActor[]): readonly AgentActor[] =>
  pool.able(
    task,
    members.filter(({ id }) => to === undefined || id === to),
  )

const refuse = ({ id, to, pool }: HandOver): never => {
  const from = pool.holderOf(id)
  const whose = from === undefined ? '' : ` of ${from}`
  throw new TroupeError(
    'INVALID_STATE',
    `${to ?? 'No other member'} ${to === undefined ? 'can' : 'cannot'} take task ${id}${whose}: ${to === undefined ? 'none is live and able to do it' : 'it is not live, or cannot do it'}.`,
  )
}

/** From who has it, who lets go of it first. */
const go = (wanted: Known & { readonly from: string }): string => {
  const { id, task, to, from, reason, pool, crew } = wanted
  const takers = able(
    wanted,
    crew.live.filter((agent) => agent.id !== from),
  )
  const best = pool.best(task, takers, Number.POSITIVE_INFINITY)
  if (!best && takers.length > 0)
    throw new TroupeError(
      'QUEUE_FULL',
      `As many tasks wait for ${to ?? 'each other member that could take it'} as may; task ${id} stays with ${from}.`,
    )
  if (!best) return refuse(wanted)
  if (!pool.handOver(task, best, reason))
    throw new TroupeError('INVALID_STATE', `Task ${id} is ${task.state} and cannot be handed over.`)
  return best.id
}
