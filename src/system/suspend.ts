/** Stops a system so that another process can go on where it stood. */
import { TroupeError } from '../errors.js'
import type { Core } from './core.js'

export interface SuspendOptions {
  /** Milliseconds that what is in hand may take to finish. Default 5,000. */
  readonly grace?: number | undefined
  readonly reason?: string | undefined
}

/** Throws `UNSUPPORTED` where nothing is kept that could be gone on with. */
export const suspend = async (
  core: Core,
  { grace = 5_000, reason = 'the system is suspended' }: SuspendOptions,
): Promise<void> => {
  if (!core.keeper)
    throw new TroupeError(
      'UNSUPPORTED',
      'Nothing is kept here that could be gone on with; hand a journal to createSystem that lasts.',
    )
  core.holding = true
  core.emit({ type: 'system.draining', reason, grace }, { priority: 'critical' })
  await untilAtRest(core, grace)
  core.log.writeView()
  await core.kept()
  // From here on nothing is said: what is told to end now has not ended for whoever goes on with it.
  core.log.silent = true
  const agents = [...core.actors.values()].filter((actor) => actor.kind === 'agent')
  await Promise.all(agents.map((agent) => agent.stop({ force: true, reason })))
  for (const actor of [...core.actors.values()]) if (actor.kind === 'task') actor.cancel()
  await Promise.all(
    [...core.actors.values()].map((actor) => (actor.kind === 'swarm' ? actor.stop({ force: true, reason }) : undefined)),
  )
  for (const ballot of core.ballots.values()) ballot.cancel()
  core.close()
}

/** Resolves when nothing is in hand any more, or time is up. */
const untilAtRest = (core: Core, grace: number): Promise<void> =>
  new Promise((resolve) => {
    // What is paused does not finish by itself.
    const underWay = () =>
      [...core.actors.values()].some((actor) => actor.kind === 'agent' && actor.state !== 'paused' && actor.inHand > 0)
    if (!underWay()) return resolve()
    const over = () => {
      cancel()
      stop()
      resolve()
    }
    // Whoever comes to rest says so.
    const stop = core.listen('agent.*.status', ({ event }) => {
      if (event.type === 'agent.status' && !event.busy && !underWay()) over()
    })
    const cancel = core.clock.after(grace, over)
  })
