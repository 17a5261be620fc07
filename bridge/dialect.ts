/** What a dialect is: pure translation between frames of one protocol and the commands and events of Troupe. */
import type { Failure } from '../src/errors.js'
import type { Command } from '../src/protocol/command.js'
import type { Cause, Envelope } from '../src/protocol/envelope.js'
import type { Outcome } from '../src/protocol/reply.js'
import type { SessionCommand, SessionEvent } from '../src/protocol/session.js'
import type { View } from '../src/protocol/view.js'

/** A frame before a codec writes it or after one read it: plain data. */
export type PlainFrame = Readonly<Record<string, unknown>>

/** What a client asked, in our words. */
export interface Request {
  /** What the answer refers to. */
  readonly id: string
  readonly command: Command | SessionCommand
  readonly cause?: Cause | undefined
  /** Milliseconds after which the answer is of no use. */
  readonly ttl?: number | undefined
  /** Under which it is carried out only once. */
  readonly key?: string | undefined
}

/** How a request ended; session commands answer with the session's own facts. */
export type Answer = Outcome | { readonly receipt: 'applied'; readonly value: Readonly<Record<string, unknown>> }

/** What a dialect is told when a connection opens: facts, and the makers of ids and time that it may not reach for itself. */
export interface OpenContext {
  readonly connection: string
  readonly path: string
  readonly params: Readonly<Record<string, string>>
  now(): number
  nextId(): string
}

/**
 * One protocol. `State` is what one connection remembers; a dialect knows no socket, no timer, no rxjs, no xstate.
 * It may throw a `TroupeError` from `hear` for a frame that it does not understand; everything else it answers with frames.
 */
export interface Dialect<State = unknown> {
  readonly name: string
  /** The subprotocols that choose it, each with the codec it is written in. */
  readonly subprotocols: Readonly<Record<string, 'json' | 'msgpack'>>
  /** The paths that choose it when no subprotocol does: `/ws/agent-tracking/:id`. */
  readonly paths: readonly string[]
  open(context: OpenContext): State
  /** What a client reads first, before it asks anything. */
  greet(view: View, state: State): readonly PlainFrame[]
  /** What a frame asks. Throws `TroupeError` with the frame's own id in `details.id` where it has one. */
  hear(frame: PlainFrame, state: State): readonly Request[]
  /** The frames that answer a request. */
  answer(request: Request, answer: Answer, state: State): readonly PlainFrame[]
  /** The frames for an error that answers no request that could be read; `id`: the id that the frame had, if any. */
  refuse(failure: Failure, id: string | undefined, state: State): readonly PlainFrame[]
  /** The frames for an event of the system. When `shared`, they are the same for every connection of this dialect. */
  say(envelope: Envelope, view: View, state: State): readonly PlainFrame[]
  readonly shared: (envelope: Envelope) => boolean
  /** The frames for news about the connection itself; a welcome answers the request that said hello. */
  tell(event: SessionEvent, state: State, request?: Request): readonly PlainFrame[]
}
