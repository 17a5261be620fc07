/** What every command needs before it is carried out, and how it is. */
import { TroupeError } from '../../src/errors.js'
import type { Command, CommandOf, CommandType } from '../../src/protocol/command.js'
import type { Cause } from '../../src/protocol/envelope.js'
import type { Applied, ReplyTo } from '../../src/protocol/reply.js'
import type { Stage } from '../../src/stage.js'
import type { System } from '../../src/system/system.js'
import type { Revocations } from '../access/revocations.js'
import type { Externals, Home } from '../externals.js'
import type { Signatures } from '../keys/signatures.js'
import type { Monitor } from '../monitor/monitor.js'
import type { Pages } from '../pages.js'
import type { Permission, Principal, Rights } from '../principal.js'

/** Told of every command of a client before it is carried out; throws, or rejects, to refuse it. */
export type Guard = (command: Command, principal: Principal) => void | Promise<void>

export interface ExecuteContext {
  readonly system: System
  readonly rights: Rights
  /** What the client may by now, should that have changed; undefined: it is gone. */
  standing?(): Rights | undefined
  readonly cause: Cause
  readonly pages: Pages
  readonly externals: Externals
  readonly revocations: Pick<Revocations, 'needRoom' | 'has'>
  readonly guard?: Guard | undefined
  readonly signatures: Pick<Signatures, 'check'>
  /** An answer came after nobody waited for it any more. */
  readonly late?: (() => void) | undefined
  readonly monitor: Pick<Monitor, 'read'>
  /** The connection that the command came by. */
  readonly home: Home
}

export interface Doing<T extends CommandType> {
  readonly needs: Permission
  /** Another permission that does as well, for this one. */
  readonly orNeeds?: (command: CommandOf<T>, context: Pick<ExecuteContext, 'system' | 'rights'>) => Permission | undefined
  /** What it acts on; absent: only the permission counts. */
  readonly on?: (command: CommandOf<T>) => string
  run(command: CommandOf<T>, stage: Stage, context: ExecuteContext): Promise<ReplyTo<T>>
}

/** Fresh things are announced with their id, and refused where they are refused. */
export const ready = async (ref: { readonly id: string; readonly ready: Promise<void> }): Promise<{ id: string }> => {
  await ref.ready
  return { id: ref.id }
}

/** How the commands of one domain are carried out. */
export type Doings<D extends string> = { readonly [T in Extract<CommandType, `${D}.${string}`>]: Doing<T> }

/** A verb that needs nothing but the id of an agent, a task or a swarm. `need`: throws where whom else it touches is not the client's to. */
export const verb = <
  T extends
    | 'agent.pause'
    | 'agent.freeze'
    | 'agent.resume'
    | 'agent.restart'
    | 'task.pause'
    | 'task.resume'
    | 'swarm.pause'
    | 'swarm.resume',
>(
  domain: 'agent' | 'task' | 'swarm',
  run: (stage: Stage, id: string) => Promise<Applied>,
  need: (context: ExecuteContext, id: string) => void = () => {},
): Doing<T> => ({
  needs: domain === 'agent' ? 'agent_control' : 'write',
  on: ({ id }: { readonly id: string }) => `${domain}.${id}`,
  // Each of these verbs answers with what `Applied` says; the conditional type of the reply cannot be resolved for all at once.
  async run({ id }: { readonly id: string }, stage, context) {
    need(context, id)
    return (await run(stage, id)) as ReplyTo<T>
  },
})

/** What concerns the whole system is not one tenant's to ask or to decide. Throws `FORBIDDEN`. */
export const needWhole = ({ rights }: Pick<ExecuteContext, 'rights'>): void => {
  if (rights.principal.tenant !== undefined)
    throw new TroupeError('FORBIDDEN', 'This concerns the system as a whole, and the token is that of one tenant.')
}

interface Ending<V> {
  result(): Promise<V>
}

/** What comes of it, for who may read its states: when it is asked for, and still when it has come. Rejects with `FORBIDDEN`. */
export const resultFor = async <V>({ rights, standing }: ExecuteContext, topic: string, ref: Ending<V>): Promise<V> => {
  rights.needRead(topic)
  try {
    return await ref.result()
  } finally {
    // Also how it failed is told only to who may know.
    standing?.()?.needRead(topic)
  }
}
