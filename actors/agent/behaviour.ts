/** What an agent does, without its types: what `agent(…)` keeps behind a definition. */
import { z } from 'zod'
import { TroupeError } from '../../src/errors.js'
import type { Cast } from '../../src/options.js'
import type { AgentRecord } from '../../src/recovery/records.js'
import type { Host, Letter } from '../../src/system/actor.js'
import type { AgentDefinition, Shapes } from '../../src/system/definition.js'
import type { BallotPaper } from '../../src/system/voter.js'
import type { Death } from './death-watch.js'
import type { Scope } from './scope.js'
import type { Snapshot } from './snapshot.js'

/** How an agent's `on.ballot` casts its vote; without a choice it abstains. It may be called again until the ballot closes. */
export interface BallotScope extends Scope {
  readonly vote: Cast
}

export type Hear = (message: Letter['message'], scope: Scope) => unknown

export interface Behaviour {
  /** What hears messages of a type; undefined: they are not heard. */
  handler(type: string): Hear | undefined
  /** Types of messages that are handled although as much is in flight as may be. */
  readonly whileBusy?: ReadonlySet<string> | undefined
  /** Whether it can be handed something now; while it cannot, messages and tasks wait. Absent: always. */
  readonly reachable?: (() => boolean) | undefined
  /** What it is where it works elsewhere. */
  readonly external?: AgentRecord['external']
  readonly state: ((options: unknown) => unknown) | undefined
  /** How its state is written down. */
  readonly snapshot?: Snapshot<unknown> | undefined
  readonly start: ((scope: Scope) => unknown) | undefined
  readonly stop: ((scope: Scope) => unknown) | undefined
  /** Lets go of what a state holds, when another takes its place or the agent has ended. */
  readonly discard?: ((state: unknown) => void) | undefined
  /** Why a failure has left nothing of a state that the agent could go on with. Default: it can go on. */
  readonly spent?: ((state: unknown) => string | undefined) | undefined
  readonly ended: ((death: Death, scope: Scope) => unknown) | undefined
  readonly ballot: ((ballot: BallotPaper, scope: BallotScope) => unknown) | undefined
  /** The message as its schema reads it. Throws `NO_HANDLER` or `INVALID_MESSAGE`. */
  check(message: Letter['message']): Letter['message']
}

const behaviours = new WeakMap<object, Behaviour>()

export const keepBehaviour = (definition: AgentDefinition, behaviour: Behaviour): void =>
  void behaviours.set(definition, behaviour)

/** The behaviour of a definition. Throws `INVALID_OPTION` for one that `agent(…)` did not make. */
export const behaviourOf = (definition: AgentDefinition): Behaviour => {
  const behaviour = behaviours.get(definition)
  if (!behaviour)
    throw new TroupeError(
      'INVALID_OPTION',
      `The definition ${JSON.stringify(definition.name)} was not made by agent(…) of troupe/actors; make it there.`,
    )
  return behaviour
}

/** The behaviour of a definition for one agent, which is known to be that agent's where the system follows what agents leave behind. */
export const behaviourIn = ({ within }: Pick<Host, 'within'>, id: string, definition: AgentDefinition): Behaviour => {
  const behaviour = behaviourOf(definition)
  return within ? followed(behaviour, (run) => within(id, run)) : behaviour
}

/** The behaviour with every hook run by `within`, which knows on whose behalf it runs. */
const followed = (behaviour: Behaviour, within: <R>(run: () => R) => R): Behaviour => {
  const follow = <A extends unknown[]>(hook: ((...args: A) => unknown) | undefined) =>
    hook && ((...args: A) => within(() => hook(...args)))
  const { handler, state, start, stop, ended, ballot } = behaviour
  return {
    ...behaviour,
    handler: (type) => follow(handler(type)),
    state: follow(state),
    start: follow(start),
    stop: follow(stop),
    ended: follow(ended),
    ballot: follow(ballot),
  }
}

/** Checks messages against their shapes; the shape of `*` is that of any type without one of its own, and leaves other fields as they are. The schemas are built when the first message of a type comes. */
export const checker = (name: string, hears: Shapes): Behaviour['check'] => {
  const schemas = new Map<string, z.ZodType>()
  return (message) => {
    const { type } = message
    const named = Object.hasOwn(hears, type) ? type : '*'
    const shape = Object.hasOwn(hears, named) ? hears[named] : undefined
    if (!shape) {
      const known = Object.keys(hears).join(', ') || 'nothing'
      throw new TroupeError('NO_HANDLER', `${name} hears ${known}; got a message of type ${JSON.stringify(type.slice(0, 80))}.`)
    }
    const schema = schemas.get(named) ?? (named === '*' ? z.looseObject(shape) : z.object({ type: z.literal(type), ...shape }))
    schemas.set(named, schema)
    const read = schema.safeParse(message)
    if (read.success) return read.data as Letter['message']
    const [issue] = read.error.issues
    const where = issue && issue.path.length > 0 ? ` at ${issue.path.join('.')}` : ''
    const more = read.error.issues.length > 1 ? ` (and ${read.error.issues.length - 1} more)` : ''
    throw new TroupeError(
      'INVALID_MESSAGE',
      `A message ${type} to ${name} does not fit${where}: ${issue?.message.slice(0, 300) ?? 'unknown'}${more}.`,
    )
  }
}
