/** A task of a swarm goes to the member that somebody names, or to the best of the others. */
import { TroupeError } from '../../src/errors.js'
import type { TaskActor } from '../../src/system/actor.js'
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
export const handOver = ({
  swarm,
  id,
  task,
  to,
  reason,
  pool,
  crew,
}: HandOver): { readonly from?: string; readonly taker: string } => {
  if (to !== undefined && !crew.has(to)) throw new TroupeError('NOT_FOUND', `Agent ${to} is not a member of swarm ${swarm}.`)
  const from = pool.holderOf(id)
  if (task && from === undefined && to !== undefined) return { taker: to }
  if (!task || from === undefined)
    throw new TroupeError('NOT_FOUND', `No member of swarm ${swarm} has a task ${id} to hand over.`)
  if (from === to) return { from, taker: to }
  const others = crew.live.filter((agent) => agent.id !== from && (to === undefined || agent.id === to))
  const able = pool.able(task, others)
  const best = pool.best(task, able, Number.POSITIVE_INFINITY)
  if (!best && able.length > 0)
    throw new TroupeError(
      'QUEUE_FULL',
      `As many tasks wait for ${to ?? 'each other member that could take it'} as may; task ${id} stays with ${from}.`,
    )
  if (!best)
    throw new TroupeError(
      'INVALID_STATE',
      `${to ?? 'No other member'} cannot take task ${id} of ${from}: it is not live, or cannot do it.`,
    )
  if (!pool.handOver(task, best, reason))
    throw new TroupeError('INVALID_STATE', `Task ${id} is ${task.state} and cannot be handed over.`)
  return { from, taker: best.id }
}
