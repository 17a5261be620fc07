/** What an agent does whose inside is a machine: what it hears are the machine's events. */
import { isOurs, TroupeError, toTroupeError } from '../../src/errors.js'
import type { Letter } from '../../src/system/actor.js'
import type { Shapes } from '../../src/system/definition.js'
import { type Behaviour, checker, type Hear } from '../agent/behaviour.js'
import type { Run } from '../agent/run.js'
import { type Logic, type RunningLogic, runLogic } from './machine.js'

/** Which machine an agent runs. */
interface Memory {
  running: RunningLogic | undefined
  /** Whether it hears something now: then whoever sent that is told of a failure. */
  hearing: boolean
  /** What it failed with: then it hears nothing any more. */
  failure: { readonly error: unknown } | undefined
}

const hear = (message: Letter['message'], memory: Memory): string => {
  memory.hearing = true
  memory.running?.send(message)
  memory.hearing = false
  if (memory.failure) {
    const { error } = memory.failure
    // A machine that has failed is dead, whatever it failed with: that is more than work which did not succeed.
    throw isOurs(error) ? new Error(error.message, { cause: error }) : error
  }
  // Who asks is told where that has led.
  return memory.running?.state ?? ''
}

/** What XState says to itself is nobody else's to say. */
const isOwn = (type: string): boolean => type.startsWith('xstate.')

/** Whether an event is among those of a machine, which may name all by `*`, and all of a kind by `kind.*`. */
const knownBy = (types: readonly string[]): ((type: string) => boolean) => {
  const exact = new Set(types)
  const kinds = types.flatMap((type) => (type.endsWith('.*') ? [type.slice(0, -2)] : []))
  return (type) =>
    exact.has(type) || (!isOwn(type) && (exact.has('*') || kinds.some((kind) => type === kind || type.startsWith(`${kind}.`))))
}

/** `hears`: shapes for its events; without them every event that the machine knows is taken as it comes. Returns their `types`, too. */
export const logicBehaviour = (
  name: string,
  logic: Logic,
  hears: Shapes | undefined,
): { readonly behaviour: Behaviour; readonly types: readonly string[] } => {
  const types = hears ? Object.keys(hears) : logic.events.filter((type) => !isOwn(type))
  const shaped = (type: string, among: Shapes) => Object.hasOwn(among, type) || (Object.hasOwn(among, '*') && !isOwn(type))
  const known = hears ? (type: string) => shaped(type, hears) : knownBy(types)
  // The state is what `state` below has made.
  const handler: Hear = (message, scope) => hear(message, scope.state as Memory)
  const behaviour: Behaviour = {
    handler: (type) => (known(type) ? handler : undefined),
    state: (): Memory => ({ running: undefined, hearing: false, failure: undefined }),
    spent: (state) => ((state as Memory | undefined)?.failure ? 'its machine has failed' : undefined),
    discard: (state) => (state as Memory | undefined)?.running?.stop(),
    start(scope) {
      // The scope that a hook is given is the run itself, of which a scope shows less.
      const run = scope as unknown as Run
      const memory = scope.state as Memory
      const { host } = run
      memory.running = runLogic(logic, {
        id: run.id,
        input: run.options,
        clock: host.clock,
        inspect: host.inspect,
        changed: (detail) =>
          void host.emit({ type: 'agent.detail', id: run.id, detail: detail.slice(0, 256) }, { source: run.id }),
        failed(error) {
          memory.failure = { error }
          if (!memory.hearing) run.fault(toTroupeError(error, 'CRASHED'))
        },
        done: () => void host.agent(run.id)?.stop({ reason: 'its machine has reached its end' }),
      })
    },
    stop: undefined,
    ended: undefined,
    ballot: undefined,
    check: hears
      ? checker(name, hears)
      : (message) => {
          if (known(message.type)) return message
          throw new TroupeError(
            'NO_HANDLER',
            `${name} hears ${types.join(', ') || 'nothing'}; got a message of type ${JSON.stringify(message.type.slice(0, 80))}.`,
          )
        },
  }
  return { behaviour, types }
}
