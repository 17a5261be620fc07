/** `agent(…)`: how a kind of agent is declared. */
import type { z } from 'zod'
import { TroupeError } from '../../src/errors.js'
import { type AgentDefinition, type AnyMessage, kindsKey, type Shapes } from '../../src/system/definition.js'
import type { FailurePolicy, Strategy } from '../../src/system/strategy.js'
import type { BallotPaper } from '../../src/system/voter.js'
import { kinds } from '../kinds.js'
import { logicBehaviour } from '../logic/behaviour.js'
import type { Logic } from '../logic/machine.js'
import { type BallotScope, type Behaviour, checker, type Hear, keepBehaviour } from './behaviour.js'
import type { Death } from './death-watch.js'
import type { Scope } from './scope.js'
import { checkSnapshot, type Snapshot } from './snapshot.js'

type Payload<Shape> = keyof Shape extends never
  ? unknown
  : Shape extends z.core.$ZodLooseShape
    ? z.output<z.ZodObject<Shape>>
    : never

/**
 * A handler for each message type; what it returns, awaited, is the answer to `ask` and the result of a task. Beside them `ballot`:
 * how an agent of this kind votes; without it, it abstains.
 */
export type Handlers<H extends Shapes, S extends Shapes, State, O, R> = {
  [T in keyof R]: (
    message: T extends 'ballot'
      ? BallotPaper
      : T extends keyof H
        ? Payload<H[T]> & (T extends '*' ? AnyMessage : unknown)
        : never,
    scope: T extends 'ballot' ? Scope<S, State, O> & Pick<BallotScope, 'vote'> : Scope<S, State, O>,
  ) => R[T]
}

/** What an agent's handlers return, awaited. */
export type ResultsOf<R> = { [T in keyof R as T extends 'ballot' ? never : T]: Awaited<R[T]> }

/** The declaration of a kind of agent. */
export interface AgentOptions<H extends Shapes, S extends Shapes, State, O, R> {
  /** The messages that it hears, by type, each with its fields as zod schemas; `*` for those of any other type. */
  readonly hears: H
  /** The messages that it says. Default: none. */
  readonly says?: S
  /** What the options of `spawn` have to look like. Default: anything. */
  readonly options?: z.ZodType<O>
  /** What it keeps between messages; called at every start and restart. */
  readonly state?: (options: O) => State
  /** How that is written down, so that it outlives the process where the system has a journal that does. Default: it begins anew. */
  readonly snapshot?: Snapshot<NoInfer<State>>
  /** How many tasks and asynchronous handlers may be in flight at once. Default 1. */
  readonly concurrency?: number
  /** Messages that are handled although as much is in flight as may be: those that speak to what is. Default: none. */
  readonly whileBusy?: readonly (keyof H & string)[]
  /** Tells what of the options of a spawn cannot be had here as it is asked for; told in the answer and in `agent.spawned`. */
  readonly warnings?: (options: O) => readonly string[]
  /** What it can do beside what it hears, for tasks that ask for it. Default: nothing. */
  readonly capabilities?: readonly string[]
  /** What happens after a crash. Default: `restart()`. */
  readonly onFailure?: FailurePolicy
  /** What becomes of the other agents that it spawned when one of them is restarted or stopped after a crash. Default: `oneForOne()`. */
  readonly supervises?: Strategy
  /** Runs before the first message, at every start and restart. */
  readonly start?: (scope: Scope<S, NoInfer<State>, NoInfer<O>>) => unknown
  /** Hears the end of whoever it watches, by `scope.watch`. */
  readonly ended?: (death: Death, scope: Scope<S, NoInfer<State>, NoInfer<O>>) => unknown
  /** Lets go of what `start` took: runs after the last message, and before every restart. */
  readonly stop?: (scope: Scope<S, NoInfer<State>, NoInfer<O>>) => unknown
  readonly on: Handlers<H, S, NoInfer<State>, NoInfer<O>, R> & { readonly [T in keyof H]: unknown }
}

/**
 * Declares a kind of agent. A `TroupeError` thrown by a handler is an expected failure of the work; anything else that is thrown
 * crashes the agent, and its failure policy decides. Throws `INVALID_OPTION` for a declaration that cannot be.
 *
 * @example
 * const greeter = agent('greeter', {
 *   hears: { greet: { name: z.string() } },
 *   on: { greet: ({ name }) => `hello ${name}` },
 * })
 */
export function agent<
  const H extends Shapes,
  const S extends Shapes = Record<never, never>,
  State = undefined,
  O = unknown,
  R = Record<never, never>,
>(name: string, declared: AgentOptions<H, S, State, O, R>): AgentDefinition<H, S, ResultsOf<R>, O>
/**
 * Declares a kind of agent whose inside is a state machine of XState: what it hears are the machine's events, its state is shown as
 * `detail`, its final state stops the agent, and what it throws crashes it. A pause holds back what it is sent; its own timers run on.
 *
 * @example
 * const light = agent('light', { logic: setup({…}).createMachine({…}) })
 */
export function agent<const H extends Shapes = Shapes>(
  name: string,
  declared: LogicAgentOptions<H>,
): AgentDefinition<H, Record<never, never>, Readonly<Record<keyof H & string, string>>>
export function agent(
  name: string,
  declared: AgentOptions<Shapes, Shapes, unknown, unknown, object> | LogicAgentOptions<Shapes>,
): AgentDefinition {
  // The overloads state what comes of which declaration.
  return 'logic' in declared ? logicAgent(name, declared) : (handlerAgent(name, declared) as AgentDefinition)
}

/** The declaration of a kind of agent whose inside is a machine. */
export interface LogicAgentOptions<H extends Shapes> {
  /** A state machine of XState 5; its input are the options of `spawn`. */
  readonly logic: Logic
  /** The fields of its events as zod schemas. Default: every event that it knows, as it comes. */
  readonly hears?: H
  /**
   * What happens after a crash; a restart begins with a fresh machine, and `resume()` stops the agent where its machine has failed, which
   * cannot go on. Default: `restart()`.
   */
  readonly onFailure?: FailurePolicy
}

const checkName = (name: string): void => {
  if (!/^[A-Za-z0-9_-]{1,128}$/.test(name))
    throw new TroupeError(
      'INVALID_OPTION',
      `An agent definition needs a name of 1 to 128 of A-Z a-z 0-9 _ -; got ${JSON.stringify(name)}.`,
    )
}

const logicAgent = (name: string, { logic, hears, onFailure }: LogicAgentOptions<Shapes>): AgentDefinition => {
  checkName(name)
  const { behaviour, types } = logicBehaviour(name, logic, hears)
  const definition: AgentDefinition = {
    kind: 'agent',
    name,
    hears: hears ?? Object.fromEntries(types.map((type) => [type, {}])),
    says: {},
    concurrency: 1,
    ...(onFailure ? { onFailure } : {}),
    [kindsKey]: kinds,
  }
  keepBehaviour(definition, behaviour)
  return definition
}

const handlerAgent = <const H extends Shapes, const S extends Shapes, State, O, R>(
  name: string,
  declared: AgentOptions<H, S, State, O, R>,
): AgentDefinition<H, S, ResultsOf<R>, O> => {
  const { hears, says, concurrency = 1 } = declared
  const on = declared.on as Readonly<Record<string, unknown>>
  const handlers = new Map<string, Hear>()
  checkName(name)
  checkSnapshot(declared.snapshot)
  if (!Number.isInteger(concurrency) || concurrency < 1)
    throw new TroupeError(
      'INVALID_OPTION',
      `The concurrency of agent ${name} must be a whole number of 1 or more; got ${concurrency}.`,
    )
  for (const type of Object.keys(hears)) {
    const handler = on[type]
    if (type === 'ballot')
      throw new TroupeError('INVALID_OPTION', `Agent ${name} cannot hear a message called ballot: that hook is how it votes.`)
    if (typeof handler !== 'function')
      throw new TroupeError('INVALID_OPTION', `Agent ${name} hears ${type} but has no on.${type}; add the handler.`)
    handlers.set(type, handler as Hear)
  }
  const definition: AgentDefinition<H, S, ResultsOf<R>, O> = {
    kind: 'agent',
    name,
    hears,
    says: says ?? ({} as S),
    concurrency,
    ...(declared.options ? { options: declared.options } : {}),
    ...(declared.onFailure ? { onFailure: declared.onFailure } : {}),
    ...(declared.capabilities ? { capabilities: declared.capabilities } : {}),
    ...(declared.supervises ? { supervises: declared.supervises } : {}),
    // Called only with options that its own schema has read.
    ...(declared.warnings ? { warnings: declared.warnings as NonNullable<AgentDefinition['warnings']> } : {}),
    [kindsKey]: kinds,
  }
  // From here on the handlers are called only with messages that their own schemas have read, so their types may be laid aside.
  keepBehaviour(definition, {
    handler: (type) => handlers.get(type) ?? handlers.get('*'),
    ...(declared.whileBusy ? { whileBusy: new Set<string>(declared.whileBusy) } : {}),
    state: declared.state as Behaviour['state'],
    snapshot: declared.snapshot as Behaviour['snapshot'],
    start: declared.start as Behaviour['start'],
    stop: declared.stop as Behaviour['stop'],
    ended: declared.ended as Behaviour['ended'],
    ballot: on['ballot'] as Behaviour['ballot'],
    check: checker(name, hears),
  })
  return definition
}
