/** The contract of a journal: where every event gets its numbers and is kept. */
import type { TroupeError } from '../errors.js'
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
  readonly signature?: string | undefined
}

/** What stands as the topic of a gap for all topics of which nothing is known any more, not even their names. */
export const anyTopic = '#'

/** A hole in what can be read: events of this topic up to `toSeq` are no longer kept. */
export interface Gap {
  /** `anyTopic`: some of topics that are no longer counted, whatever was wanted. */
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

/**
 * Small values that are remembered beside the events, such as what an actor would be restored from. All of them are in memory while the
 * journal is open; what is changed in one turn of the event loop is kept together with the events of that turn, or not at all.
 */
export interface Records {
  /** The value; undefined when there is none. It is not to be changed: put another one in its place. */
  get(key: string): unknown
  /** Remembers plain data (what JSON can say) under a key, 1 to 512 characters, by habit words joined by `/`. Throws `INVALID_MESSAGE` for a key that cannot be one. */
  put(key: string, value: unknown): void
  delete(key: string): void
  /** All whose key begins with the prefix, in the order of their keys. */
  list(prefix: string): Iterable<readonly [key: string, value: unknown]>
}

export interface Journal {
  /** Names this unbroken life of the journal. Entries of topics that are kept in memory only carry another, new at every start. */
  readonly epoch: string
  /** The offset of the newest entry; 0 when empty. It never falls, and no offset is ever given twice in an epoch. */
  readonly head: number
  /** Everything up to this offset is kept as its topic asks for. A journal in memory: the head. */
  readonly durable: number
  /**
   * Why new things should not be begun now: what keeps the journal does not answer, and much waits for it. Whoever takes in work from
   * outside refuses it with this. Undefined while all is well.
   */
  readonly refusal: TroupeError | undefined
  readonly records: Records
  /**
   * Numbers an event and keeps it. The envelope is never changed afterwards. The events of each tenant on a topic are counted by
   * themselves, so that nobody's numbers tell of another tenant. Throws `JOURNAL_UNAVAILABLE` when more waits to be kept than may, and
   * `CLOSED` after `close`.
   */
  append<E extends Event>(topic: string, event: E, options: EntryOptions): Envelope<E>
  /**
   * What follows the cursor on topics that `wanted` covers. A cursor of another epoch or beyond the head, or holes in what is
   * kept, are told as gaps, one per topic and tenant, never passed over. A promise where it has to be fetched: then `more` is true, since
   * the last page, that which reaches the head, is always there at once.
   */
  read(cursor: Cursor, wanted: (topic: string) => boolean, limit?: number): Reading | Promise<Reading>
  /**
   * Resolves when everything up to the offset (default: the head), and every record changed so far, is kept; undefined: it is already.
   * Rejects with `JOURNAL_UNAVAILABLE` when the journal is closed before that.
   */
  committed(offset?: number): Promise<void> | undefined
  /**
   * Asks `run` before what stands up to an offset is let go of, so that what rests on it is written down first; false: not yet. Absent where
   * what is let go of ends with the process anyway. Returns how to stop.
   */
  beforeRelease?(run: (upTo: number) => boolean): () => void
  /** Calls `run` whenever `durable` has risen. Returns how to stop; twice is fine. */
  onCommit(run: () => void): () => void
  /** Keeps what waits, then lets go of files and connections. Twice is fine. */
  close(): Promise<void>
}

/** A journal that has everything at hand. */
export interface SyncJournal extends Journal {
  read(cursor: Cursor, wanted: (topic: string) => boolean, limit?: number): Reading
}
