/** What stands for an actor or a ballot, here or elsewhere: its id and its verbs. */

import type { AskOptions, AttentionQuery, SendOptions, StopOptions, VoteOptions } from './options.js'
import type { AttentionItem } from './protocol/attention.js'
import type { Applied, Decision, SwarmSummary } from './protocol/reply.js'
import type { Topology } from './protocol/states.js'
import type { Member, MessageOf, Results, Shapes } from './system/definition.js'

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
  /** Paused at once: a process is stopped where it stands; other work is put down, and begun anew after `resume` with its attempt not counted. */
  freeze(): Promise<Applied>
  resume(): Promise<Applied>
  /** Handled at the next boundary, before everything that waits: at once when idle, else at the next `checkpoint` of what is in hand. */
  steer(message: MessageOf<H>, options?: Pick<SendOptions, 'ttl'>): Promise<Applied>
  /** Finishes what is in hand within the grace period, then aborts it, and ends for good. */
  terminate(options?: Pick<StopOptions, 'grace' | 'reason'>): Promise<Applied>
  /** Ends for good now, with every process that it started. */
  kill(reason?: string): Promise<Applied>
  /** Aborts what is in hand and begins anew with fresh state; mailbox and queue are kept. */
  restart(): Promise<Applied>
  /** Finishes what is in hand within the grace period, then ends for good. */
  stop(options?: StopOptions): Promise<Applied>
  /** Resolves when the agent has stopped. */
  result(): Promise<void>
}

/** A client of the system's bridge. */
export interface ClientRef {
  readonly kind: 'client'
  readonly id: string
  /**
   * A message to it alone; one that is away for a while is sent it when it comes back. Resolves when it is on its way. Rejects with
   * `NOT_FOUND` when no such client is there.
   */
  send(
    message: { readonly type: string; readonly [field: string]: unknown },
    options?: Pick<SendOptions, 'priority' | 'ttl' | 'encryptFor'>,
  ): Promise<Applied>
}

/** A task, here or elsewhere. */
export interface TaskRef<R = unknown> extends Ref {
  readonly kind: 'task'
  /** The handler's return value once completed. Rejects when the task failed or was cancelled. */
  result(): Promise<R>
  /** Other words about it, also when it is over. */
  update(changes: TaskChanges): Promise<Applied>
  /** Cancels it where it is not over, and takes it out of every view. */
  forget(reason?: string): Promise<Applied>
  /** Its parts are cancelled with it; `reached` tells how many. */
  cancel(reason?: string): Promise<Applied>
  /** Its parts are paused with it; `reached` tells how many. */
  pause(): Promise<Applied>
  resume(): Promise<Applied>
  /** Decides an approval. Rejects with `INVALID_STATE` when it was decided already, naming by whom, and `FORBIDDEN` for who may not. */
  approve(reason?: string): Promise<Applied>
  reject(reason?: string): Promise<Applied>
}

/** What may be said anew of a task; `metadata` is added to what there is. */
export interface TaskChanges {
  readonly title?: string | undefined
  readonly metadata?: Readonly<Record<string, unknown>> | undefined
}

/** What may be said anew of a swarm; `metadata` is added to what there is. */
export interface SwarmChanges {
  readonly name?: string | undefined
  readonly goal?: string | undefined
  readonly metadata?: Readonly<Record<string, unknown>> | undefined
}

export interface HandOverOptions {
  readonly task: string | { readonly id: string }
  /** Default: the member with the least to do of those that can. */
  readonly to?: string | Member | undefined
  readonly reason: string
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
  /** Other words about it, also when it is over. */
  update(changes: SwarmChanges): Promise<Applied>
  /** From now on messages between members go along other edges; none is lost. */
  rewire(topology: Topology, reason?: string): Promise<Applied>
  /**
   * Moves a task from its member to another, by default to the best; what was begun is begun anew, its attempt not counted, as soon as
   * its member has let go of it: one that does not within 10,000 ms is left behind, which is reported. `QUEUE_FULL` where there is no room.
   */
  handOver(options: HandOverOptions): Promise<Applied>
  /** Pauses its tasks; `pending` names the members that have not reached a boundary yet. */
  pause(): Promise<Applied>
  resume(): Promise<Applied>
  /** Cancels its tasks, those that are running after `grace` ms (default 0), and lets its members go; the members live on. */
  stop(options?: StopOptions): Promise<Applied>
  /** Resolves when every task given to the swarm is final. */
  result(): Promise<SwarmSummary>
}

/** The one list of what needs a person, here or elsewhere. */
export interface AttentionList {
  /** The most urgent first, then the oldest. */
  list(query?: AttentionQuery): Promise<readonly AttentionItem[]>
  /** Somebody looks at it. Rejects with `INVALID_STATE`, naming who was first, when it was dealt with already. */
  ack(id: string): Promise<Applied>
  /** Out of sight for so many milliseconds. */
  snooze(id: string, milliseconds: number): Promise<Applied>
  /** Deals with it; the first answer counts. */
  resolve(id: string, answer?: string): Promise<Applied>
}

/** A schedule, here or elsewhere. */
export interface ScheduleRef extends Ref {
  readonly kind: 'schedule'
  /** The state of the answer is `ended` where nothing more would have come. */
  cancel(): Promise<Applied>
}

/** A ballot, here or elsewhere. */
export interface BallotRef<C extends string = string> extends Ref {
  readonly kind: 'ballot'
  /** Casts or changes the vote of a voter; without a choice the voter abstains. */
  vote(voter: string | Member, choice?: C, options?: VoteOptions): Promise<Applied>
  cancel(): Promise<Applied>
  result(): Promise<Decision<C>>
}
