/** What one connection of a Team Dashboard remembers. */
import type { OpenContext, Standing } from '../../dialect.js'
import type { Metadata, OutWord, Payload } from './words.js'

/** What a dashboard subscribed to. */
export interface Subscription {
  readonly id: string
  readonly to: 'agent' | 'metrics' | 'logs'
  /** Undefined: all agents. */
  readonly agent: string | undefined
  /** Undefined: everything. */
  readonly filters: readonly string[] | undefined
}

/** A message that waits for its answer. */
interface Asked {
  /** The id that the dashboard gave it. */
  readonly messageId: string
  readonly correlationId: string | undefined
  readonly agent?: string | undefined
  readonly subscription?: Subscription | undefined
}

/** Messages whose place in the journal is remembered, for a client that comes back. */
const placesKept = 2_000

export class State {
  readonly context: OpenContext
  standing: Standing | undefined
  /** The id that the client gave itself, and the last message that it knows of. */
  lastMessage: string | undefined
  readonly asked = new Map<string, Asked>()
  subscriptions = new Map<string, Subscription>()
  /** The status that was told last, by agent. */
  told = new Map<string, string>()
  /** After which offset each message was said. */
  places = new Map<string, number>()
  /** The offset of the newest event that was heard. */
  heard = 0

  constructor(context: OpenContext) {
    this.context = context
  }

  /** A message, with an id of its own. */
  frame<T extends OutWord>(type: T, payload: Payload<T>, metadata?: Metadata): Readonly<Record<string, unknown>> {
    const { context } = this
    const id = context.nextUuid()
    this.#place(id)
    return {
      id,
      type,
      timestamp: context.now(),
      payload,
      ...(metadata && Object.values(metadata).some((value) => value !== undefined) ? { metadata } : {}),
    }
  }

  /** Remembers where in the journal a message was said. */
  #place(id: string): void {
    this.places.set(id, this.heard)
    if (this.places.size > placesKept) for (const oldest of this.places.keys()) return void this.places.delete(oldest)
  }

  /** Goes on with what a former connection of the same session remembered; answers after which offset, where the client said so. */
  adopt(former: State): number | undefined {
    this.subscriptions = former.subscriptions
    this.places = former.places
    return this.lastMessage === undefined ? undefined : this.places.get(this.lastMessage)
  }
}
