/** The hook that runs after an agent's last message. */
import { TroupeError } from '../../src/errors.js'
import type { Host } from '../../src/system/actor.js'
import type { Behaviour } from './behaviour.js'
import type { Run } from './run.js'

/** Runs the hook; one that throws, or takes longer than `patience` ms, is reported and left behind. Never rejects. */
export const runStopHook = async (
  host: Host,
  hook: NonNullable<Behaviour['stop']>,
  run: Run,
  patience: number,
): Promise<void> => {
  let cancel = () => {}
  const late = new Promise<void>((resolve) => {
    cancel = host.clock.after(patience, () => {
      run.abort(
        new TroupeError('TIMEOUT', `The stop hook of agent ${run.id} took longer than ${patience} ms and was left behind.`),
      )
      resolve()
    })
  })
  try {
    await Promise.race([hook(run), late])
    if (run.why) host.report(`the stop hook of agent ${run.id}`, run.why, run.id)
  } catch (thrown) {
    host.report(`the stop hook of agent ${run.id}`, thrown, run.id)
  }
  cancel()
}
