/** The end of a swarm's tasks, when it is dissolved. */
import type { Clock } from '../../src/clock.js'
import type { TroupeError } from '../../src/errors.js'
import type { TaskActor } from '../../src/system/actor.js'

/**
 * Cancels tasks. Those that are running may take `grace` more milliseconds to finish; a task that was cancelled already, or has ended,
 * is no trouble. Resolves when all are final.
 */
export const windUp = async (tasks: readonly TaskActor[], clock: Clock, grace: number, why: TroupeError): Promise<void> => {
  const running = grace > 0 ? tasks.filter(({ state }) => state === 'running') : []
  for (const task of tasks) if (!running.includes(task)) task.cancel(why)
  const cancel = clock.after(grace, () => {
    for (const task of running) task.cancel(why)
  })
  if (running.length === 0) cancel()
  await Promise.all(tasks.map(({ ended }) => ended))
  cancel()
}
