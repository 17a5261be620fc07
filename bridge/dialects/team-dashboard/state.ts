/** What one connection of a Team Dashboard remembers. */
import type { OpenContext, PlainFrame, Standing } from '../../dialect.js'
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
  /** The offset of the newest event that was missed and follows the welcome. */
  #missed = 0

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

  /** The welcome comes after `offset`, and before all that was missed, which is in words already. */
  welcomed(offset: number): void {
    this.#missed = this.heard
    this.heard = offset
  }

  /** What was missed is on its way: whatever is said now comes after it. */
  caughtUp(): void {
    this.heard = Math.max(this.heard, this.#missed)
  }

  /** These leave before the events that wait: who knows them last does not know those. */
  ahead(frames: readonly PlainFrame[]): readonly PlainFrame[] {
    const oldest = this.context.unsent()
    if (oldest !== undefined) for (const { id } of frames) this.places.set(String(id), Math.min(this.heard, oldest - 1))
    return frames
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
