/** Stops a system: what waits is cancelled, what is in hand may finish. */
import { TroupeError } from '../errors.js'
import type { StopOptions } from '../options.js'
import type { Core } from './core.js'

export const drain = async (core: Core, options: StopOptions): Promise<void> => {
  const { reason = 'the system stops', grace = 5_000 } = options
  core.draining = true
  core.emit({ type: 'system.draining', reason, grace }, { priority: 'critical' })
  for (const ballot of core.ballots.values()) ballot.cancel()
  const actors = [...core.actors.values()]
  // What waits is cancelled first, so that an agent that becomes free does not begin it.
  for (const task of actors)
    if (task.kind === 'task' && (task.state === 'queued' || task.state === 'assigned' || task.state === 'crashed'))
      task.cancel(new TroupeError('CANCELLED', `The task was cancelled before it began: ${reason}.`))
  await Promise.all(actors.map((actor) => (actor.kind === 'agent' ? actor.stop({ ...options, reason }) : undefined)))
  await Promise.all(actors.map((actor) => (actor.kind === 'swarm' ? actor.stop({ reason }) : undefined)))
  for (const actor of core.actors.values()) if (actor.kind === 'task') actor.cancel()
  core.close()
}
