/** How an agent begins, and begins anew: its memory is made, then its start hook runs. */
import { type TroupeError, toTroupeError } from '../../src/errors.js'
import type { Host } from '../../src/system/actor.js'
import type { Behaviour } from './behaviour.js'
import type { InHand } from './in-hand.js'
import { promised } from './promised.js'
import type { Run } from './run.js'
import { firstState } from './saver.js'

/** What a start asks of its agent. */
export interface Starter {
  readonly id: string
  readonly host: Host
  readonly options: unknown
  memory: unknown
  restoring: boolean
  /** It hears messages from now on. */
  begin(): void
  crash(error: TroupeError): void
}

/** `run`: what the start hook sees as its scope. A start that was told to end meanwhile has no say in what follows. */
export const startUp = (starter: Starter, behaviour: Behaviour, inHand: InHand, run: Run): void => {
  behaviour.discard?.(starter.memory)
  starter.memory = undefined
  let started: unknown
  try {
    starter.memory = firstState(starter, behaviour)
    started = behaviour.start?.(run)
  } catch (thrown) {
    return starter.crash(toTroupeError(thrown, 'CRASHED'))
  }
  const promise = promised(started)
  if (promise === undefined) return starter.begin()
  inHand.add(run)
  promise.then(
    () => {
      if (inHand.remove(run) && !run.why) starter.begin()
    },
    (thrown: unknown) => {
      if (inHand.remove(run) && !run.why) starter.crash(toTroupeError(thrown, 'CRASHED'))
    },
  )
}
