/** The verbs of a running system. The system in this process and the client of a distant one both are a `Stage`. */
import type { Channel } from './channel.js'
import type { AskOptions, DeadLetterQuery, NotifyOptions, ScheduleOptions, SendOptions, StopOptions, When } from './options.js'
import type { EventFilter } from './protocol/filter.js'
import type { Applied, DeadLetter } from './protocol/reply.js'
import type { EventFor, PatternOf } from './protocol/topic-of.js'
import type { View } from './protocol/view.js'
import type { Rule } from './protocol/words.js'
import type { AgentRef, AttentionList, BallotRef, ClientRef, ScheduleRef, SwarmRef, TaskRef } from './ref.js'
import type {
  AgentDefinition,
  ApprovalDeclaration,
  Approved,
  GraphDeclaration,
  Member,
  Results,
  Shapes,
  SpawnOptions,
  SwarmDeclaration,
  TaskDeclaration,
} from './system/definition.js'

export interface ProposeOptions<C extends string> {
  readonly id?: string | undefined
  /** Agents or ids of other voters; or a swarm, whose members vote. */
  readonly voters: SwarmRef | readonly (string | Member)[]
  readonly choices: readonly C[]
  /** Default `majority()`. */
  readonly rule?: Rule | undefined
  /** Milliseconds until it closes. Default: it waits for all voters. */
  readonly within?: number | undefined
  /** Whether agents without an opinion of their own are waited for, since somebody may vote as them. Default false: they abstain. */
  readonly waits?: boolean | undefined
  readonly metadata?: Readonly<Record<string, unknown>> | undefined
}

/** The verbs of a running system. */
export interface Stage extends AsyncDisposable {
  /** Starts an agent, a task or a swarm and returns at once; spawned means started. */
  spawn<H extends Shapes, S extends Shapes, R extends Results, O>(
    definition: AgentDefinition<H, S, R, O>,
    options?: SpawnOptions<NoInfer<O>>,
  ): AgentRef<H, R>
  spawn<R>(task: TaskDeclaration<R>): TaskRef<R>
  spawn(approval: ApprovalDeclaration): TaskRef<Approved>
  spawn<N extends string>(graph: GraphDeclaration<N>): TaskRef<Readonly<Record<N, unknown>>>
  spawn(swarm: SwarmDeclaration): SwarmRef
  /** Fire and forget to whoever has that id. */
  send(to: string | Member, message: { readonly type: string; readonly [field: string]: unknown }, options?: SendOptions): void
  ask(
    to: string | Member,
    message: { readonly type: string; readonly [field: string]: unknown },
    options?: AskOptions,
  ): Promise<unknown>
  /**
   * Sends a message at a time, again and again, or by a cron expression. It survives pauses and restarts of the agent and ends with it. Its
   * `ready` rejects with `INVALID_MESSAGE` for a time that is none and `NO_HANDLER` for what the agent does not hear.
   */
  schedule(
    to: string | Member,
    message: { readonly type: string; readonly [field: string]: unknown },
    when: When,
    options?: ScheduleOptions,
  ): ScheduleRef
  /** What needs a person: approvals, questions, stalls, crash loops, messages that go in circles or nowhere. */
  readonly attention: AttentionList
  /** The last messages that could not be delivered, the newest first. */
  deadLetters(query?: DeadLetterQuery): Promise<readonly DeadLetter[]>
  /** Sends a dead letter again. Rejects with `NOT_FOUND`, and `TOO_MANY` for one that was sent again too often. */
  replay(deadLetter: string): Promise<Applied>
  /** The events on all topics that the pattern covers, those that the filter wants. A pattern that can deliver nothing does not compile. */
  channel<const P extends string>(pattern: P & PatternOf<P>, filter?: EventFilter): Channel<EventFor<P>>
  /** A word to everybody who is connected. From afar it needs `admin`. */
  notify(text: string, options?: NotifyOptions): Promise<Applied>
  /** Opens a ballot. */
  propose<const C extends string>(question: string, options: ProposeOptions<C>): BallotRef<C>
  /** The ref of something that may already exist. */
  agent(id: string): AgentRef
  task(id: string): TaskRef
  swarm(id: string): SwarmRef
  ballot(id: string): BallotRef
  scheduled(id: string): ScheduleRef
  /** A client of the bridge: the `sub` of its token. What is sent to an id that no agent has goes to the client of that id, too. */
  client(id: string): ClientRef
  /** What is there now: a copy that later events do not change. */
  view(): Promise<View>
  /** Ends this stage: a system drains its actors, a client leaves. Twice is fine. */
  stop(options?: StopOptions): Promise<void>
}
