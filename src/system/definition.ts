/** What can be spawned: declarations of agents, tasks and swarms, as data and types. */
import type { z } from 'zod'
import type { Priority } from '../protocol/priority.js'
import type { Topology } from '../protocol/states.js'
import type { FailurePolicy } from './strategy.js'

/** Message types and the fields of each, as zod schemas: `{ review: { path: z.string() } }`. */
export type Shapes = Readonly<Record<string, z.core.$ZodLooseShape>>
/** What handlers return, by message type. */
export type Results = Readonly<Record<string, unknown>>

/** zod reads an empty shape as "no field at all", which would rule out the message's own type. */
type Fields<S> = keyof S extends never ? unknown : S extends z.core.$ZodLooseShape ? z.input<z.ZodObject<S>> : never

/** The messages of those shapes, told apart by `type`. */
export type MessageOf<S extends Shapes> = string extends keyof S
  ? { readonly type: string; readonly [field: string]: unknown }
  : { [T in keyof S & string]: { readonly type: T } & Fields<S[T]> }[keyof S & string]

/** Under this key a declaration carries how its kind of actor is started, so that the system itself knows none (see `actor.ts`). */
export const kindsKey: unique symbol = Symbol('troupe.kinds')

declare const results: unique symbol
declare const options: unique symbol

/** An agent that can be spawned: made by `agent(…)` of `troupe/actors`. */
export interface AgentDefinition<H extends Shapes = Shapes, S extends Shapes = Shapes, R extends Results = Results, O = unknown> {
  readonly kind: 'agent'
  /** The name by which a client asks for it. */
  readonly name: string
  readonly hears: H
  readonly says: S
  /** What the definition's options have to look like; checked before the agent is spawned. */
  readonly options?: z.ZodType
  readonly concurrency: number
  readonly onFailure?: FailurePolicy
  readonly [kindsKey]: object
  readonly [results]?: R
  readonly [options]?: O
}

/** Options of `spawn` for an agent. */
export interface SpawnOptions<O = unknown> {
  /** Default: a UUIDv7. */
  readonly id?: string | undefined
  /** What people read. Default: the definition's name. */
  readonly name?: string | undefined
  /** What the definition asks for, such as the workspace of a shell agent. */
  readonly options?: O | undefined
  /** What happens after a crash. Default: the definition's, else `restart({ times: 3, within: 10_000 })`. */
  readonly onFailure?: FailurePolicy | undefined
  /** How many tasks and asynchronous handlers may be in flight at once. Default: the definition's, else 1. */
  readonly concurrency?: number | undefined
  /** How many tasks may wait. Default 100; one more is refused with `QUEUE_FULL`. */
  readonly queue?: number | undefined
  /** How many messages may wait. Default 10,000; then the oldest of the lowest lane becomes a dead letter. */
  readonly mailbox?: number | undefined
  /** Anything to be shown beside it; Troupe does not read it. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined
}

/** A task that can be spawned: a message with a life. */
export interface TaskDeclaration<R = unknown> {
  readonly kind: 'task'
  readonly [kindsKey]?: object
  readonly id?: string | undefined
  /** Default: the message's type. */
  readonly title?: string | undefined
  /** The agent, or the swarm whose members may take it. */
  readonly to: string | { readonly id: string }
  readonly message: { readonly type: string; readonly [field: string]: unknown }
  /** Tasks that must be completed first. */
  readonly needs?: readonly (string | { readonly id: string })[] | undefined
  /** Default `normal`. */
  readonly priority?: Priority | undefined
  /** How many times it is tried again after a failure that may pass. Default 0. */
  readonly retries?: number | undefined
  /** The wait before the next try doubles from the first to the second, in milliseconds. Default [100, 30_000]. */
  readonly backoff?: readonly [number, number] | undefined
  /** Milliseconds that one attempt may run, pauses aside. Default: no limit. */
  readonly timeout?: number | undefined
  readonly metadata?: Readonly<Record<string, unknown>> | undefined
  readonly [results]?: R
}

/** Whatever has the id of an agent: most often its ref. */
export interface Member {
  readonly id: string
}

/** A swarm that can be spawned. */
export interface SwarmDeclaration {
  readonly kind: 'swarm'
  readonly [kindsKey]?: object
  readonly id?: string | undefined
  readonly name?: string | undefined
  readonly goal: string
  /** Default `star`. */
  readonly topology?: Topology | undefined
  readonly members?:
    | readonly (string | Member | { readonly agent: string | Member; readonly role?: string | undefined })[]
    | undefined
  readonly metadata?: Readonly<Record<string, unknown>> | undefined
}
