/** The contract of a journal: where every event gets its numbers and is kept. */
import type { Cause, Cursor, Envelope } from '../protocol/envelope.js'
import type { Event } from '../protocol/event.js'
import type { Priority } from '../protocol/priority.js'

/** What is written down beside the event. */
export interface EntryOptions {
  readonly source: string
  readonly priority: Priority
  readonly ttl?: number | undefined
  readonly cause?: Cause | undefined
  /** Whose it is; absent: no tenant's. */
  readonly tenant?: string | undefined
}

/** A hole in what can be read: events of this topic up to `toSeq` are no longer kept. */
export interface Gap {
  readonly topic: string
  /** Whose events they are; absent: no tenant's. */
  readonly tenant?: string
  /** null: not known which was the first. */
  readonly fromSeq: number | null
  readonly toSeq: number | null
  /** `history`: they are too old. `epoch`: the cursor is of another life of the journal. */
  readonly reason: 'history' | 'epoch'
}

/** What stands in the journal after a cursor. */
export interface Reading {
  /** In order of offset. */
  readonly entries: readonly Envelope[]
  readonly gaps: readonly Gap[]
  /** Where to read on. */
  readonly cursor: Cursor
  /** Whether `limit` cut it short. */
  readonly more: boolean
}

export interface Journal {
  /** Names this unbroken life of the journal. */
  readonly epoch: string
  /** The offset of the newest entry; 0 when empty. */
  readonly head: number
  /**
   * Numbers and keeps an event. The envelope is never changed afterwards. The events of each tenant on a topic are counted by
   * themselves, so that nobody's numbers tell of another tenant.
   */
  append<E extends Event>(topic: string, event: E, options: EntryOptions): Envelope<E>
  /**
   * What follows the cursor on topics that `wanted` covers. A cursor of another epoch or beyond the head, or holes in what is
   * kept, are told as gaps, one per topic and tenant, never passed over.
   */
  read(cursor: Cursor, wanted: (topic: string) => boolean, limit?: number): Reading
}
