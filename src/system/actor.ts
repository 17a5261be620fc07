/** The contract between the system and the kinds of actors it hosts: the system knows these shapes and no more. */
import type { Clock } from '../clock.js'
import type { TroupeError } from '../errors.js'
import type { Ids } from '../ids.js'
import type { Cast, QuestionOptions, StopOptions } from '../options.js'
import type { Cause, Envelope } from '../protocol/envelope.js'
import type { Event, EventOf } from '../protocol/event.js'
import type { Priority } from '../protocol/priority.js'
import type { Decision, SwarmSummary } from '../protocol/reply.js'
import type { AgentState, SwarmState, TaskState, Topology } from '../protocol/states.js'
import type { View } from '../protocol/view.js'
import type { Keeper } from '../recovery/keeper.js'
import type { LetterRecord } from '../recovery/records.js'
import type { Stage } from '../stage.js'
import type { Tracer } from '../tracer.js'
import type { Poll } from '../vote/question.js'
import type { EmitOptions } from './acting.js'
import type { AgentDefinition } from './definition.js'
import type { Use } from './keys.js'
import type { Inspect } from './machine.js'
import type { Reach } from './reach.js'
import type { Recounting } from './recounting.js'
import type { BallotPaper, Voice } from './voter.js'

/** A message on its way to an agent's handler. */
export interface Letter extends Pick<LetterRecord, 'dead' | 'schedule'> {
  readonly message: { readonly type: string; readonly [field: string]: unknown }
  readonly priority: Priority
  readonly from: string
  /** Milliseconds since the epoch after which it is dead. */
  readonly expires?: number | undefined
  readonly cause?: Cause | undefined
  /** Whether its message has to be read by its schema before a handler may see it: types cannot vouch for whoever sent it. */
  readonly unread?: boolean | undefined
  /** How far its sender reaches; absent: everywhere. */
  readonly reach?: Reach | undefined
  /** Told when it is taken from the mailbox, or can never be. */
  readonly taken?: (() => void) | undefined
  /** The idempotency key under which it was sent, forgotten when it was not handled and never will be. */
  readonly lost?: Use | undefined
  /** First in line: handled at the next boundary, at once when the agent is idle, else at the next checkpoint of what is in hand. */
  readonly steers?: boolean | undefined
  /** Since when it waits; see `stampsLetters`. */
  since?: number
  /** For a hook of the agent instead of a handler. */
  readonly hook?: 'ballot' | 'ended' | undefined
  /** Under which it is remembered until it was handled, so that it outlives the process. */
  readonly record?: string | undefined
  /** Where something is missing that was written down nowhere: it cannot be handled any more. */
  readonly without?: readonly string[] | undefined
  /** Set on a ballot paper: how the voter's hook casts its vote. */
  readonly vote?: Cast | undefined
  /** Told how an `ask` ended. */
  readonly reply?: ((error: TroupeError | undefined, value: unknown) => void) | undefined
}

/** Why a message was not taken in: it is a dead letter then. */
export type NotTaken = 'stopped' | 'mailbox-full'

/** What an agent needs to know of a task that it works on. */
export interface Work {
  readonly id: string
  readonly message: Letter['message']
  readonly priority: Priority
  readonly attempt: number
  readonly cause: Cause
  /** Whether the task itself is paused: it is passed over in the queue. */
  readonly held: boolean
  /** Whether it is begun once at the most, even where nobody knows how far that got. */
  readonly once: boolean
  /** Who created the task. */
  readonly from: string
  /** The results of the tasks that it needed, by the names that they were given, else by their ids. */
  readonly needs: Readonly<Record<string, unknown>>
  begin(): void
  /** What is in hand for it was paused or goes on, by its agent or by itself: its time stands still meanwhile. */
  suspended(held: boolean): void
  /** Whoever works on it was told to end, and so are its parts: what waits for them waits no longer. */
  ending(): void
  progress(percent: number, note?: string): void
  /** `order`: which of all pieces of its agent's output this one is, from 1. */
  output(data: string, stream: 'stdout' | 'stderr', order: number): void
  done(result: unknown): void
  fail(error: TroupeError): void
  /** It was put down and is begun anew by the same worker; the attempt does not count. */
  putBack(reason: string): void
}

/** What the system does for its actors. */
export interface Host {
  readonly clock: Clock
  readonly ids: Ids
  /** Whose the actors are that it hosts; undefined: no tenant's. */
  readonly tenant: string | undefined
  /** Whose the agent, task, swarm or ballot of an id is; undefined for what is no tenant's, or is not there. */
  tenantOf(id: string): string | undefined
  /** What is there now, folded from all events. */
  readonly view: View
  /** Whether the system is stopping: nothing is tried again. */
  readonly draining: boolean
  /** Whether nothing new is begun, so that what is there is gone on with elsewhere. */
  readonly holding: boolean
  /** Keeps what actors are restored from; absent where nothing outlives the process. */
  readonly keeper: Keeper | undefined
  /** Resolves when all that was said so far outlives the process; undefined where it does already, or nothing does. */
  kept(): Promise<void> | undefined
  /** Journals an event and delivers it to whoever listens. */
  emit(event: Exclude<Event, EventOf<'message'>>, options?: EmitOptions): Envelope
  /** Hears the events of a pattern, synchronously, in order. Returns how to stop. */
  listen(pattern: string, hear: (envelope: Envelope) => void): () => void
  /** Whether anybody listens to a topic now. */
  isHeard(topic: string): boolean
  /** Whether it is written on each message since when it waits, as somebody wants to know. */
  readonly stampsLetters: boolean
  /** Runs `turn` soon; it returns whether there is more to do. Many calls before the turn count as one. */
  schedule(turn: Turn): void
  /** Brings a letter to its agent. Never throws: what cannot be delivered becomes a dead letter. */
  deliver(to: string, letter: Letter): void
  deadLetter(
    to: string,
    letter: Pick<Letter, 'message' | 'from' | 'cause'> & Partial<Letter>,
    reason: EventOf<'system.dead-letter'>['reason'],
  ): void
  /** Something went wrong that no actor answers for. */
  report(where: string, error: unknown, actor?: string): void
  /** Told of everything that machines do; absent where nobody asked for that. */
  readonly inspect: Inspect | undefined
  /** What opens spans; absent where nothing is traced. */
  readonly tracer: Tracer | undefined
  /** Runs an agent's code so that what it fails with later is known to be its; absent where nobody asked for that. */
  readonly within: (<R>(agent: string, run: () => R) => R) | undefined
  /** The stage as this agent's handlers see it: what they spawn are its children, what they send comes from it. */
  stageFor(agent: string, cause: Cause | undefined): Stage
  /** Asks a person; resolves with the answer. Rejects with `TIMEOUT` when none came in time. Returns how to take it back, too. */
  question(agent: string, text: string, options: QuestionOptions): { readonly answer: Promise<string>; cancel(): void }
  /** Opens a ballot. Throws `INVALID_MESSAGE` for a question that cannot be decided. */
  propose(question: string, poll: Omit<Poll, 'id' | 'question'>): { readonly id: string; readonly outcome: Promise<Decision> }
  agent(id: string): AgentActor | undefined
  task(id: string): TaskActor | undefined
  swarm(id: string): SwarmActor | undefined
  /** The state of a task, also of one of the last 100,000 that have ended. */
  taskState(id: string): TaskState | undefined
  /** Enters an actor that was made, and starts it. */
  enter<A extends AnyActor>(actor: A): A
  /** The actor has come to its end and leaves the registry. */
  retire(actor: AnyActor): void
}

/** A unit of the scheduler: returns true when there is more to do. */
export interface Turn {
  queued: boolean
  run(budget: number): boolean
}

/** An actor that may have lived in another process before. */
interface Restorable {
  /** It is there again as it was: whom it belongs to counts it in. Says nothing. */
  rejoin(): void
  /** Goes on from where it was, when all others are there again. */
  goOn(): void
}

export interface AgentActor extends Restorable {
  readonly kind: 'agent'
  readonly id: string
  readonly definition: AgentDefinition
  readonly parent: string | undefined
  readonly state: AgentState
  /** Tasks waiting and work in hand. */
  readonly load: number
  /** How much may be in hand at once. */
  readonly concurrency: number
  /** What it can do beside what it hears: tasks may ask for it. */
  readonly capabilities: readonly string[]
  /** Whether work in hand has not reached a boundary at which a pause holds it. */
  readonly underWay: boolean
  /** Tasks and messages in hand. */
  readonly inHand: number
  readonly mailbox: {
    /** Messages that wait. */
    readonly size: number
    /** Whether one more message would be refused. */
    readonly crowded: boolean
    /** Since when the message that has waited longest waits, milliseconds since the epoch; known only where `stampsLetters`. */
    readonly oldest: number | undefined
  }
  readonly queue: {
    /** Tasks that wait. */
    readonly length: number
    /** Whether one more task would be refused. */
    readonly full: boolean
    /** Calls back once when there is room for one more, and returns how not to; undefined when there is room now. */
    whenRoom(priority: Priority, run: () => void): (() => void) | undefined
  }
  /** Says that it exists and begins its life; called once, when the registry knows it. */
  start(): void
  readonly ready: Promise<void>
  readonly ended: Promise<void>
  /** Whether it can be handed something now; one that works elsewhere cannot while that is away. */
  readonly reachable: boolean
  /** Whether there is a handler for messages of a type. */
  hears(type: string): boolean
  /** The message as its schema reads it. Throws `NO_HANDLER` or `INVALID_MESSAGE`. */
  check(message: Letter['message']): Letter['message']
  /** Puts it into the mailbox. Returns why not, where it was not taken in. */
  deliver(letter: Letter): NotTaken | undefined
  /** There may be something for it to do: it has its next turn. */
  settled(): void
  /** Takes a task into the queue; one that was `begun` before comes first. Throws `QUEUE_FULL` or `NOT_RUNNING`. */
  enqueue(work: Work, begun?: boolean): void
  /** Lets go of a task: taken from the queue, or aborted when it is in hand. Its `fail` is called when that is done. */
  withdraw(work: Work, why: TroupeError): void
  /** Pauses or resumes what is in hand for one task. */
  hold(work: Work, held: boolean): void
  /** Asks its definition how it votes. */
  ballot(ballot: BallotPaper, voice: Voice): void
  pause(): void
  /** Paused at once: what can be held is held where it stands, other work is put down and kept. */
  freeze(): void
  resume(): void
  restart(): void
  stop(options?: StopOptions): Promise<void>
  /** The agents that it has spawned. */
  readonly children: {
    add(child: AgentActor): void
    /** One of them was restarted or stopped after a crash: by its strategy, others share that. */
    share(child: string, directive: 'restart' | 'stop', reason: string, delay: number): void
  }
  /** It shares what becomes of a sibling. */
  follow(directive: 'restart' | 'stop', because: string, reason: string, delay: number): void
  /** A child escalated, or the system found it at fault. */
  crash(error: TroupeError): void
}

export interface TaskActor extends Restorable {
  readonly kind: 'task'
  readonly id: string
  readonly state: TaskState
  /** Says that it exists and begins its life; called once, when the registry knows it. */
  start(): void
  readonly ready: Promise<void>
  /** How it ended: a value or an error. Never rejects. */
  readonly ended: Promise<{ error: TroupeError | undefined; value: unknown }>
  readonly work: Work
  readonly priority: Priority
  /** When it has to be over, milliseconds since the epoch. */
  readonly deadline: number | undefined
  /** What whoever does it has to be capable of. */
  readonly requires: readonly string[]
  /** The swarm gives it to this member. */
  assign(agent: AgentActor): void
  /** Goes from its worker to another, when that has let go of it; begun anew, its attempt not counted. False where it is with nobody. */
  handOver(to: AgentActor, reason: string, went: () => void): boolean
  /** Returns how many of its parts were cancelled with it. */
  cancel(error?: TroupeError): number
  /** Returns how many of its parts were paused with it. */
  pause(): number
  resume(): number
  /** What it belongs to, its parent or its swarm, is paused or resumed. Returns how many parts of its own were told. */
  holdWith(by: string, held: boolean): number
  /** A part of it was created. Throws `INVALID_STATE` when it is final. */
  addPart(part: TaskActor): void
  /** A part of it got on, or came to its end. */
  partMoved(part: string, percent: number, final: boolean): void
  /** A person decides. Throws `INVALID_STATE` where nobody was asked, `FORBIDDEN` for who may not. */
  decide(decision: 'approve' | 'reject', by: string, reason?: string): void
}

export interface SwarmActor extends Restorable, Recounting<TaskActor> {
  readonly kind: 'swarm'
  readonly id: string
  readonly state: SwarmState
  /** Says that it exists and begins its life; called once, when the registry knows it. */
  start(): void
  readonly ready: Promise<void>
  readonly ended: Promise<void>
  readonly members: ReadonlyMap<string, { readonly role?: string | undefined }>
  /** Counts a new task among its own. */
  adopt(task: TaskActor): void
  /** Takes a task that is ready, to give it to a member. */
  take(task: TaskActor): void
  join(agent: string, role?: string): void
  leave(agent: string, reason?: string): void
  /** A letter from one member to another goes along the edges between them. */
  send(to: string, letter: Letter): void
  /** From now on messages between members go along other edges. */
  rewire(topology: Topology, reason?: string): void
  /** A task goes from its member to another, or to the best of the others. Returns to whom. Throws `NOT_FOUND`, `INVALID_STATE`. */
  handOver(task: string, to: string | undefined, reason: string): string
  /** Returns the members that have not reached a boundary yet. */
  pause(): readonly string[]
  resume(): void
  stop(options?: StopOptions): Promise<void>
  /** Resolves when every task is final. */
  complete(): Promise<SwarmSummary>
}

export type AnyActor = AgentActor | TaskActor | SwarmActor
