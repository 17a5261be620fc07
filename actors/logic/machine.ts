/** A user's own XState machine, run as the inside of an agent. */
import { type AnyMachineSnapshot, type AnyStateMachine, createActor, type Observer } from 'xstate'
import type { Clock } from '../../src/clock.js'
import type { Inspect } from '../../src/system/machine.js'
import { pathOf } from '../../src/system/machine.js'

/** What is seen of a state machine of XState, without its types: those are the user's own. */
export interface Logic {
  readonly id: string
  /** The types of the events that it knows. */
  readonly events: readonly string[]
  provide(...implementations: never[]): unknown
}

export interface LogicOptions {
  readonly id: string
  /** What the machine is given as its input. */
  readonly input: unknown
  /** Its `after` runs on this clock. */
  readonly clock: Clock
  readonly inspect: Inspect | undefined
  /** The state as a path, whenever it is another. */
  changed(state: string): void
  /** It failed: an action, a guard or an invoked actor has thrown. */
  failed(error: unknown): void
  /** It reached a final state, with its output. */
  done(output: unknown): void
}

export interface RunningLogic {
  readonly state: string
  send(event: { readonly type: string }): void
  stop(): void
}

export const runLogic = (logic: Logic, options: LogicOptions): RunningLogic => {
  const { id, input, clock, inspect, changed, failed, done } = options
  const actor = createActor(logic as unknown as AnyStateMachine, {
    id,
    input,
    clock: {
      setTimeout: (run: () => void, delay: number) => clock.after(delay, run),
      clearTimeout: (cancel: () => void) => cancel(),
    },
    ...(inspect ? { inspect } : {}),
  })
  let path = ''
  let over = false
  const observer: Partial<Observer<AnyMachineSnapshot>> = {
    next(snapshot) {
      const now = pathOf(snapshot.value)
      if (now !== path) {
        path = now
        changed(path)
      }
    },
    error(error) {
      over = true
      failed(error)
    },
    complete() {
      if (over) return
      over = true
      done((actor.getSnapshot() as AnyMachineSnapshot).output)
    },
  }
  actor.subscribe(observer)
  actor.start()
  return {
    get state() {
      return path
    },
    send: (event) => actor.send(event),
    stop() {
      over = true
      actor.stop()
    },
  }
}
