/** The hook that lets go of what a start took: after the last message, and before every restart. */
import { TroupeError } from '../../src/errors.js'
import type { Host } from '../../src/system/actor.js'
import type { Behaviour } from './behaviour.js'
import type { Run } from './run.js'

export class StopHook {
  readonly #host: Host
  readonly #hook: Behaviour['stop']
  readonly #patience: number
  readonly #scope: () => Run
  /** Since the last start. */
  #running: Promise<void> | undefined

  /** `patience`: milliseconds that it may take before it is left behind and reported. `scope`: what it sees. */
  constructor(host: Host, hook: Behaviour['stop'], patience: number, scope: () => Run) {
    this.#host = host
    this.#hook = hook
    this.#patience = patience
    this.#scope = scope
  }

  /** There is something to let go of again. */
  rearm(): void {
    this.#running = undefined
  }

  /** Once for each start; undefined where there is no hook. */
  run(): Promise<void> | undefined {
    if (this.#hook) this.#running ??= runStopHook(this.#host, this.#hook, this.#scope(), this.#patience)
    return this.#running
  }
}

/** Runs the hook; one that throws, or takes longer than `patience` ms, is reported and left behind. Never rejects. */
const runStopHook = async (host: Host, hook: NonNullable<Behaviour['stop']>, run: Run, patience: number): Promise<void> => {
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
