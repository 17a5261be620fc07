/** What can be spawned: declarations of agents, tasks and swarms, as data and types. */
import type { z } from 'zod'
import type { Code } from '../errors.js'
import type { Priority } from '../protocol/priority.js'
import type { Topology } from '../protocol/states.js'
import type { FailurePolicy, Strategy } from './strategy.js'

/** Message types and the fields of each, as zod schemas: `{ review: { path: z.string() } }`. */
export type Shapes = Readonly<Record<string, z.core.$ZodLooseShape>>
/** What handlers return, by message type. */
export type Results = Readonly<Record<string, unknown>>

/** zod reads an empty shape as "no field at all", which would rule out the message's own type. */
type Fields<S> = keyof S extends never ? unknown : S extends z.core.$ZodLooseShape ? z.input<z.ZodObject<S>> : never

/** What is heard as `*`: a message of any type, with fields of its own. */
export type AnyMessage = { readonly type: string; readonly [field: string]: unknown }

/** The messages of those shapes, told apart by `type`. */
export type MessageOf<S extends Shapes> = string extends keyof S
  ? AnyMessage
  : { [T in keyof S & string]: (T extends '*' ? AnyMessage : { readonly type: T }) & Fields<S[T]> }[keyof S & string]

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
  readonly supervises?: Strategy
  readonly capabilities?: readonly string[]
  /** Tells what of the options of a spawn cannot be had here as it is asked for. */
  readonly warnings?: (options: unknown) => readonly string[]
  readonly [kindsKey]: object
  readonly [results]?: R
  readonly [options]?: O
}

/**
 * What becomes of a message when as many wait as may. `drop-oldest`: the oldest of the lowest priority becomes a dead letter instead.
 * `drop-newest` and `refuse`: it becomes one itself, its ask rejects, and a client that sends it is told `QUEUE_FULL`.
 * `fail-ask`: it does where it is an ask; where it is not, the oldest goes.
 */
export type Overflow = (typeof overflows)[number]
export const overflows = ['drop-oldest', 'drop-newest', 'refuse', 'fail-ask'] as const

/** Options of `spawn` for an agent. */
export interface SpawnOptions<O = unknown> {
  /** Default: a UUIDv7. One that is in use, or was, is refused with `ID_TAKEN`; an agent may use those of its children that have ended again. */
  readonly id?: string | undefined
  /** What people read. Default: the definition's name. */
  readonly name?: string | undefined
  /** What the definition asks for, such as the workspace of a shell agent. */
  readonly options?: O | undefined
  /** What happens after a crash. Default: the definition's, else `restart({ times: 3, within: 10_000 })`. */
  readonly onFailure?: FailurePolicy | undefined
  /** What becomes of its other children when one of them is restarted or stopped after a crash. Default: the definition's, else `oneForOne()`. */
  readonly supervises?: Strategy | undefined
  /** How many tasks and asynchronous handlers may be in flight at once. Default: the definition's, else 1. */
  readonly concurrency?: number | undefined
  /** What it can do beside what it hears, for tasks that ask for it: `['gpu', 'french']`. Default: the definition's, else nothing. */
  readonly capabilities?: readonly string[] | undefined
  /** How many tasks may wait. Default 100; a new one more is refused with `QUEUE_FULL`, one that was accepted earlier waits for room. */
  readonly queue?: number | undefined
  /** How many messages may wait, and what becomes of one more. Default 10,000 and `drop-oldest`. */
  readonly mailbox?: number | { readonly capacity?: number | undefined; readonly overflow?: Overflow | undefined } | undefined
  /** Anything to be shown beside it; Troupe does not read it. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined
  /**
   * The tenant that it belongs to: nobody else's agents and clients see or reach it, and it reaches nobody else. Default: that of
   * whoever spawns it. Rejects with `FORBIDDEN` where whoever spawns it belongs to another.
   */
  readonly tenant?: string | undefined
}

type TaskLink = string | { readonly id: string }

/** How often something is tried again: in all, or by the code it failed with; `default` for those that are not named. */
export type Retries = number | Readonly<Partial<Record<Code | 'default', number>>>

/** What all tasks have in common, whoever does them. */
interface TaskOptions {
  readonly [kindsKey]?: object
  readonly id?: string | undefined
  readonly title?: string | undefined
  /**
   * Tasks that must be completed first. As an object, the names under which the handler finds their results in `scope.task.needs`. Of one
   * that the view had forgotten when this one was spawned, see `keep` of `createSystem`, there is no result any more.
   */
  readonly needs?: readonly TaskLink[] | Readonly<Record<string, TaskLink>> | undefined
  /** Whether it is begun even when a task that it needs failed or was cancelled. Default false: then it fails too. */
  readonly evenIfNeedsFail?: boolean | undefined
  /** Milliseconds from its creation to its end, waiting and tries included; a subtask has no more than its parent. Default: no limit. */
  readonly deadline?: number | undefined
  /** The task that it is a part of: cancelled and paused with it, and counted in its progress. */
  readonly parent?: TaskLink | undefined
  readonly metadata?: Readonly<Record<string, unknown>> | undefined
}

/** How a task's message is done. */
interface TaskWork {
  /** The agent, or the swarm whose members may take it. */
  readonly to: TaskLink
  readonly message: { readonly type: string; readonly [field: string]: unknown }
  /** What whoever does it has to be capable of; of use where a swarm chooses. Each agent is capable of `agent:<its id>`. Default: nothing. */
  readonly requires?: readonly string[] | undefined
  /** Default `normal`. */
  readonly priority?: Priority | undefined
  /**
   * How many times it is tried again after a failure that may pass. By code, also after one that does not pass by itself, where that
   * is named: `{ default: 2, TIMEOUT: 0, POLICY: 1 }`. Default 0.
   */
  readonly retries?: Retries | undefined
  /** The wait before the next try doubles from the first to the second, in milliseconds, give or take 20 %. Default [100, 30_000]. */
  readonly backoff?: readonly [number, number] | undefined
  /** Milliseconds that one attempt may run, pauses aside. Default: no limit. */
  readonly timeout?: number | undefined
  /**
   * Exactly once: it is begun when that is known to outlive the process, and when nobody knows how far it got, since the process or its
   * agent has crashed, it fails with `CRASHED` instead of being begun again. Cannot be tried again. Default false.
   */
  readonly once?: boolean | undefined
}

/** A task that can be spawned: a message with a life. */
export interface TaskDeclaration<R = unknown> extends TaskOptions, TaskWork {
  readonly kind: 'task'
  readonly [results]?: R
}

/** What came of an approval. */
export interface Approved {
  readonly decision: 'approve'
  /** Who decided: a client's or an agent's id, or `deadline`. */
  readonly by: string
  readonly reason?: string
  /** Milliseconds since the epoch. */
  readonly at: number
}

/** A task for a person: it is running while it waits for a decision, completed once approved, and failed with `REJECTED` otherwise. */
export interface ApprovalDeclaration extends TaskOptions {
  readonly kind: 'approval'
  /** What is to be decided. */
  readonly question: string
  /** What a person should know for it. */
  readonly details?: Readonly<Record<string, unknown>> | undefined
  /** Ids of clients and agents that may decide. Default: whoever may act on the task. */
  readonly by?: readonly string[] | undefined
  /** What its deadline means. Default `fail`, with `TIMEOUT`. */
  readonly onDeadline?: 'fail' | 'approve' | 'reject' | undefined
  /** A swarm that it counts for. */
  readonly to?: TaskLink | undefined
}

/** One task of a graph; its needs may name others of it. */
export type GraphTask = Omit<TaskOptions, 'id' | 'parent' | typeof kindsKey> & TaskWork

/** A whole graph of tasks, spawned or refused as one: a task of which they are the parts. Its result is theirs by name. */
export interface GraphDeclaration<N extends string = string> extends Omit<TaskOptions, 'needs' | 'evenIfNeedsFail'> {
  readonly kind: 'graph'
  readonly tasks: Readonly<Record<N, GraphTask>>
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
  /** Milliseconds after which its tasks that are not final fail with `TIMEOUT`. Default: no limit. */
  readonly deadline?: number | undefined
  readonly members?:
    | readonly (string | Member | { readonly agent: string | Member; readonly role?: string | undefined })[]
    | undefined
  readonly metadata?: Readonly<Record<string, unknown>> | undefined
  /** The tenant that it belongs to, and its members with it. Default: that of whoever forms it, else of its first member. */
  readonly tenant?: string | undefined
}
