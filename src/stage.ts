/** The verbs of a running system. The system in this process and the client of a distant one both are a `Stage`. */
import type { Channel } from './channel.js'
import type { Priority } from './protocol/priority.js'
import type { Applied, Decision, SwarmSummary } from './protocol/reply.js'
import type { EventFor, PatternOf } from './protocol/topic-of.js'
import type { View } from './protocol/view.js'
import type { Rule } from './protocol/words.js'
import type {
  AgentDefinition,
  Member,
  MessageOf,
  Results,
  Shapes,
  SpawnOptions,
  SwarmDeclaration,
  TaskDeclaration,
} from './system/definition.js'

export interface SendOptions {
  /** Default `normal`. */
  readonly priority?: Priority | undefined
  /** Milliseconds after which it is no longer delivered but becomes a dead letter. Default: never. */
  readonly ttl?: number | undefined
}
export interface AskOptions extends SendOptions {
  /** Milliseconds to wait for the answer before `TIMEOUT`. Default 30,000. */
  readonly timeout?: number | undefined
}
export interface StopOptions {
  /** Milliseconds that what is in hand may take to finish before it is aborted. Default 5,000. */
  readonly grace?: number | undefined
  /** Ends what is in hand at once. Default false. */
  readonly force?: boolean | undefined
  readonly reason?: string | undefined
}

interface Ref {
  readonly id: string
  /** Resolves when it exists; rejects when it was refused. A refusal nobody looks at is no unhandled rejection. */
  readonly ready: Promise<void>
}

/** An agent, here or elsewhere. */
export interface AgentRef<H extends Shapes = Shapes, R extends Results = Results> extends Ref {
  readonly kind: 'agent'
  /** Fire and forget: never throws, never waits. What cannot be delivered becomes a dead letter. */
  send(message: MessageOf<H>, options?: SendOptions): void
  /** The handler's return value. Rejects with `TIMEOUT`, `CRASHED`, `NO_HANDLER`, `NOT_RUNNING` or what the handler failed with. */
  ask<T extends keyof H & string>(
    message: MessageOf<H> & { type: T },
    options?: AskOptions,
  ): Promise<T extends keyof R ? R[T] : unknown>
  /** Nothing new is started until `resume`; what is in hand stops at its next checkpoint. */
  pause(): Promise<Applied>
  resume(): Promise<Applied>
  /** Aborts what is in hand and begins anew with fresh state; mailbox and queue are kept. */
  restart(): Promise<Applied>
  /** Finishes what is in hand within the grace period, then ends for good. */
  stop(options?: StopOptions): Promise<Applied>
  /** Resolves when the agent has stopped. */
  result(): Promise<void>
}

/** A task, here or elsewhere. */
export interface TaskRef<R = unknown> extends Ref {
  readonly kind: 'task'
  /** The handler's return value once completed. Rejects when the task failed or was cancelled. */
  result(): Promise<R>
  cancel(reason?: string): Promise<Applied>
  pause(): Promise<Applied>
  resume(): Promise<Applied>
}

/** A swarm, here or elsewhere. */
export interface SwarmRef extends Ref {
  readonly kind: 'swarm'
  join(agent: string | Member, role?: string): Promise<Applied>
  leave(agent: string | Member, reason?: string): Promise<Applied>
  /** A message from one member to another, along the edges of the topology. */
  send(
    from: string | Member,
    to: string | Member,
    message: { readonly type: string; readonly [field: string]: unknown },
    options?: SendOptions,
  ): void
  pause(): Promise<Applied>
  resume(): Promise<Applied>
  /** Cancels its tasks and lets its members go; the members live on. */
  stop(options?: StopOptions): Promise<Applied>
  /** Resolves when every task given to the swarm is final. */
  result(): Promise<SwarmSummary>
}

/** A ballot, here or elsewhere. */
export interface BallotRef<C extends string = string> extends Ref {
  readonly kind: 'ballot'
  /** Casts or changes the vote of a voter; without a choice the voter abstains. */
  vote(voter: string | Member, choice?: C, reason?: string): Promise<Applied>
  cancel(): Promise<Applied>
  result(): Promise<Decision<C>>
}

export interface ProposeOptions<C extends string> {
  readonly id?: string | undefined
  /** Agents or ids of other voters; or a swarm, whose members vote. */
  readonly voters: SwarmRef | readonly (string | Member)[]
  readonly choices: readonly C[]
  /** Default `majority()`. */
  readonly rule?: Rule | undefined
  /** Milliseconds until it closes. Default: it waits for all voters. */
  readonly within?: number | undefined
}

/** The verbs of a running system. */
export interface Stage extends AsyncDisposable {
  /** Starts an agent, a task or a swarm and returns at once; spawned means started. */
  spawn<H extends Shapes, S extends Shapes, R extends Results, O>(
    definition: AgentDefinition<H, S, R, O>,
    options?: SpawnOptions<NoInfer<O>>,
  ): AgentRef<H, R>
  spawn<R>(task: TaskDeclaration<R>): TaskRef<R>
  spawn(swarm: SwarmDeclaration): SwarmRef
  /** Fire and forget to whoever has that id. */
  send(to: string | Member, message: { readonly type: string; readonly [field: string]: unknown }, options?: SendOptions): void
  ask(
    to: string | Member,
    message: { readonly type: string; readonly [field: string]: unknown },
    options?: AskOptions,
  ): Promise<unknown>
  /** The events on all topics that the pattern covers. A pattern that can deliver nothing does not compile. */
  channel<const P extends string>(pattern: P & PatternOf<P>): Channel<EventFor<P>>
  /** Opens a ballot. */
  propose<const C extends string>(question: string, options: ProposeOptions<C>): BallotRef<C>
  /** The ref of something that may already exist. */
  agent(id: string): AgentRef
  task(id: string): TaskRef
  swarm(id: string): SwarmRef
  ballot(id: string): BallotRef
  /** What is there now: a copy that later events do not change. */
  view(): Promise<View>
  /** Ends this stage: a system drains its actors, a client leaves. Twice is fine. */
  stop(options?: StopOptions): Promise<void>
}
