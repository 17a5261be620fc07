/** What a dialect is: pure translation between frames of one protocol and the commands and events of Troupe. */
import { type Failure, TroupeError } from '../src/errors.js'
import type { AttentionItem } from '../src/protocol/attention.js'
import type { Command } from '../src/protocol/command.js'
import type { Cause, Envelope } from '../src/protocol/envelope.js'
import type { Outcome } from '../src/protocol/reply.js'
import type { SessionCommand, SessionEvent } from '../src/protocol/session.js'
import type { AgentView, BallotView, ClientView, SwarmView, TaskView } from '../src/protocol/view.js'

/** A frame before a codec writes it or after one read it: plain data. */
export type PlainFrame = Readonly<Record<string, unknown>>

/** What a client asked, in our words. */
export interface Request {
  /** What the answer refers to. */
  readonly id: string
  readonly command: Command | SessionCommand
  readonly cause?: Cause | undefined
  /** Milliseconds after which it is answered with `TIMEOUT`, and its own answer dropped. */
  readonly ttl?: number | undefined
  /** Under which it is carried out only once. */
  readonly key?: string | undefined
}

/** Frames that answer at once, from what is in view, after the events that wait to be sent. */
export interface Saying {
  readonly say: readonly PlainFrame[]
  /** Whether they are said to who is not welcome yet, too. Default false: then they are not said. */
  readonly early?: boolean | undefined
}

/** How a request ended; session commands answer with the session's own facts. */
export type Answer = Outcome | { readonly receipt: 'applied'; readonly value: Readonly<Record<string, unknown>> }

/** What is there now, as far as the client may read it; nothing before it is welcome. */
export interface Sight {
  agents(): readonly AgentView[]
  tasks(): readonly TaskView[]
  swarms(): readonly SwarmView[]
  clients(): readonly ClientView[]
  attention(): readonly AttentionItem[]
  agent(id: string): AgentView | undefined
  task(id: string): TaskView | undefined
  swarm(id: string): SwarmView | undefined
  ballot(id: string): BallotView | undefined
  /** The agent of that id, or else the first living one of that name, or else the last that had it. */
  agentNamed(idOrName: string): AgentView | undefined
  /** Whether the client's token covers a topic; of what is another tenant's nothing is in view, and nothing is told. */
  mayRead(topic: string): boolean
  /** Whether some of what a pattern covers may be read. */
  mayHear(pattern: string): boolean
}

/** What the address of a connection says. */
export interface Address {
  readonly path: string
  /** What stands where the path of the dialect has a name: `id` of `/ws/agent-tracking/:id`. */
  readonly params: Readonly<Record<string, string>>
}

/** What a dialect is told when a connection opens: facts, and the makers of what it may not reach for itself. */
export interface OpenContext extends Address {
  readonly connection: string
  /** The same for all connections of a bridge: what a dialect keeps for all of them hangs on it, in a WeakMap. */
  readonly bridge: object
  readonly view: Sight
  /** The id of the process that the agents live in. */
  readonly pid: number
  /** Milliseconds since the Unix epoch. */
  now(): number
  /** A UUIDv7. */
  nextId(): string
  /** A UUIDv4, for protocols that promise one. */
  nextUuid(): string
  /** The offset of the oldest event that was put into words for this client and is not written yet; undefined: all are. */
  unsent(): number | undefined
  /** Text gzipped, in base64. */
  gzip(text: string): string
}

/** Who a client is, once it is welcome. */
export interface Standing {
  /** The token's `sub`. */
  readonly sub: string
  /** Under which others reach it. */
  readonly address: string
  /** What kind of client the token says it is. */
  readonly clientType?: string | undefined
  /** What its newest token permits. */
  readonly permissions: readonly string[]
}

/** How often something may be said: a bucket that holds `burst` and is refilled with `rate` in each `window`. */
export interface Rate {
  /** What is counted, for the sentence that refuses more: `commands to an agent`. */
  readonly what: string
  readonly rate: number
  /** Milliseconds. */
  readonly window: number
  readonly burst: number
  /** Whose bucket it is: one for each connection, or one for all connections of a client. */
  readonly per: 'connection' | 'client'
  /** Milliseconds that a client is not heard after ten frames too many within one window. Default: it always is. */
  readonly penalty?: number | undefined
  /** The bucket that a frame counts in, among those of this rate; undefined: it is free. `frame` undefined: it could not be read. */
  bucket(frame: PlainFrame | undefined): string | undefined
}

/** What follows from a welcome. */
export interface Welcomed {
  readonly rates?: readonly Rate[] | undefined
  readonly requests?: readonly Request[] | undefined
}

/** How a task's output is gathered before it is said. Sizes are bytes of UTF-8. */
export interface Batching {
  /** Milliseconds that a piece waits at the most for others. */
  readonly window: number
  /** What is gathered is cut into pieces of this size. */
  readonly chunk: number
  /** What may wait; beyond it the oldest piece is dropped. */
  readonly buffer: number
}

/** What is told as a whole rather than bit by bit: a list, when what is in it changes. */
export interface Digest<State = unknown> {
  /** Milliseconds from the first change to the whole, which tells of all changes meanwhile. */
  readonly window: number
  /** The name of the whole that an event changes; undefined: none. */
  of(envelope: Envelope): string | undefined
  /** The whole of that name, as it is now. */
  say(name: string, state: State): readonly PlainFrame[]
}

/**
 * One protocol. `State` is what one connection remembers; a dialect knows no socket, no timer, no rxjs, no xstate.
 * It may throw a `TroupeError` from `hear` for a frame that it does not understand; everything else it answers with frames.
 */
export interface Dialect<State = unknown> {
  readonly name: string
  /** The subprotocols that choose it, each with the codec it is written in. */
  readonly subprotocols: Readonly<Record<string, 'json' | 'msgpack'>>
  /** The paths that choose it when no subprotocol does: `/ws/agent-tracking/:id`; `*`: any that no other names. */
  readonly paths: readonly string[]
  /** How a first frame of this protocol is told from others on the same path. Default: every frame may be one. */
  readonly opening?: { readonly fits: (frame: PlainFrame) => boolean; readonly looksLike: string } | undefined
  /**
   * How a client is let in. `hello` (default): it says hello, with its token. `address`: the token of the address or of the header
   * is all. `either`: with that token, or where none is needed, at once, else when it says hello.
   */
  readonly entrance?: 'hello' | 'address' | 'either' | undefined
  /** Whether a client may go on to speak before its hello was answered. What it says waits, and is bounded. Default false. */
  readonly pipelined?: boolean | undefined
  /** The patterns that every client hears, as far as it may. Default: none but those that it subscribes to. */
  readonly hears?: readonly string[] | undefined
  /** Milliseconds of silence before a ping, and pings that may go unanswered. `frames`: only what is said counts as life. */
  readonly pulse?: { readonly interval?: number | undefined; readonly missed: number; readonly frames: boolean } | undefined
  readonly batching?: Batching | undefined
  readonly digest?: Digest<State> | undefined
  /**
   * Whether all events leave in the order in which they happened, however urgent they are: for frames that tell the whole of something,
   * of which an older one must not come last. Default false: those of one agent, task or swarm do.
   */
  readonly inOrder?: boolean | undefined
  /** Events that a session which is resumed is sent at the most of those that it missed. Default: the client says from where. */
  readonly missed?: number | undefined
  /** Why a connection cannot be taken; it is closed with 1008. */
  refusal?(address: Address): string | undefined
  /** A name that only one connection of the same principal may have at a time: the newest, the older is closed with 1008. */
  single?(address: Address): string | undefined
  open(context: OpenContext): State
  /** The client is welcome: how often it may say what from now on, and what is asked on its behalf at once. */
  welcomed?(standing: Standing, state: State): Welcomed
  /** A session goes on: takes over what its former connection remembered. May say after which offset it goes on; default: the last that was written. */
  adopt?(state: State, former: State): number | undefined
  /** What a client reads first, before it asks anything. */
  greet(state: State): readonly PlainFrame[]
  /** The id under which whoever said it waits for an answer. Default: `id`. */
  idOf?(frame: PlainFrame): string | undefined
  /** What a frame asks, or the frames that answer it at once. Throws `TroupeError` for what cannot be understood. */
  hear(frame: PlainFrame, state: State): readonly (Request | Saying)[]
  /** The frames that answer a request. */
  answer(request: Request, answer: Answer, state: State): readonly PlainFrame[]
  /** The frames for an error that answers no request that could be read; `id`: the id that the frame had, if any. */
  refuse(failure: Failure, id: string | undefined, state: State): readonly PlainFrame[]
  /**
   * The frames for an event of the system. `skipped`: pieces of output before it that were dropped. When `shared`, they are the same
   * for every connection of this dialect, and may look at nothing but what the event is about.
   */
  say(envelope: Envelope, state: State, skipped?: number): readonly PlainFrame[]
  readonly shared: (envelope: Envelope) => boolean
  /**
   * The frames for an event that the client is to acknowledge with `session.ack`, and that it was sent so many times before. Absent: the
   * protocol has no word for it, and every event is sent at most once.
   */
  demand?(envelope: Envelope, redelivered: number, state: State): readonly PlainFrame[]
  /** The frames for news about the connection itself; a welcome answers the request that said hello, if one did. */
  tell(event: SessionEvent, state: State, request?: Request): readonly PlainFrame[]
}

/** The messages that carry a command in plain text, in the order in which they are tried: `run { command }` is what shell agents hear. */
const spoken = { run: 'command', command: 'command', prompt: 'prompt', say: 'text' } as const

/** The message that hands a command in plain text to an agent. Throws `NO_HANDLER` with what it hears where it hears none. */
export const textMessage = (
  { id, hears }: AgentView,
  text: string,
): { readonly type: string; readonly [field: string]: unknown } => {
  for (const [type, field] of Object.entries(spoken))
    if (hears.includes(type) || hears.includes('*')) return { type, [field]: text }
  throw new TroupeError(
    'NO_HANDLER',
    `Agent ${id} takes no commands in plain text (${Object.keys(spoken).join(', ')}); it hears ${hears.join(', ') || 'nothing'}.`,
  )
}

/** A dialect as it is by default, and a maker of others: `onsembl`, or `onsembl({ paths: ['/dash'] })`. */
export type Configurable<Options, State> = Dialect<State> & ((options?: Options) => Dialect<State>)

/** A dialect that is used as it is, or called with options. */
export const configurable = <Options, State>(
  make: (options: Options) => Dialect<State>,
  none: NoInfer<Options>,
): Configurable<Options, State> => {
  const maker = (options: Options = none) => make(options)
  // A function has a name of its own, which only a definition replaces.
  return Object.defineProperties(maker, Object.getOwnPropertyDescriptors(make(none))) as Configurable<Options, State>
}
