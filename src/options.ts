/** How a message is sent, asked and how something is stopped. */
import type { AttentionKind, AttentionState } from './protocol/attention.js'
import type { Priority } from './protocol/priority.js'

export interface SendOptions {
  /** Default `normal`. */
  readonly priority?: Priority | undefined
  /** Milliseconds after which it is no longer delivered but becomes a dead letter. Default: never. */
  readonly ttl?: number | undefined
  /**
   * An idempotency key: the same message of the same sender to the same receiver is not sent again under it, and an ask gets the first
   * one's answer. Another message under it is refused with `INVALID_MESSAGE`. Remembered for 10 minutes and 100,000 keys, unless
   * `createSystem` says otherwise; that of a message that nobody handled, since it was refused or became a dead letter, is forgotten.
   */
  readonly key?: string | undefined
  /**
   * From a client, to agents of clients and to clients: the `sub`s of those who alone can read it, its type aside; it is encrypted before it
   * leaves. In the system's own process it is refused with `UNSUPPORTED`.
   */
  readonly encryptFor?: readonly string[] | undefined
}
export interface AskOptions extends SendOptions {
  /** Milliseconds to wait for the answer before `TIMEOUT`. Default 30,000. */
  readonly timeout?: number | undefined
  /** Told when an answer comes after nobody waits for it any more; it is dropped. */
  readonly onLate?: (() => void) | undefined
}
export interface StopOptions {
  /** Milliseconds that what is in hand may take to finish before it is aborted. Default 5,000. */
  readonly grace?: number | undefined
  /** Ends what is in hand at once. Default false. */
  readonly force?: boolean | undefined
  readonly reason?: string | undefined
}
/** What may be said with a vote. */
export interface VoteOptions {
  /** Why, for people to read. */
  readonly reason?: string | undefined
  /** How sure the voter is, 0 to 1; default 1. Only the rule `plurality` counts it. */
  readonly confidence?: number | undefined
}
/** Casts or changes a vote; without a choice it is an abstention. */
export type Cast = (choice: string | undefined, options?: VoteOptions) => void

/** When a scheduled message comes; what falls due while the agent is paused waits in its mailbox. */
export type When =
  /** Once, so many milliseconds from now. */
  | { readonly after: number }
  /** Every so many milliseconds, counted from now, at most so many times; one that falls due while the last still waits is left out. */
  | { readonly every: number; readonly times?: number | undefined }
  /** By a cron expression of five fields, or six with seconds, in a time zone such as `Europe/Berlin`; default: the machine's. */
  | { readonly cron: string; readonly timezone?: string | undefined; readonly times?: number | undefined }

export interface ScheduleOptions {
  readonly id?: string | undefined
  /** Default `normal`. */
  readonly priority?: Priority | undefined
}

export interface NotifyOptions {
  /** Default `info`. */
  readonly level?: 'info' | 'warning' | 'critical' | undefined
}

/** Which dead letters to list, the newest first. */
export interface DeadLetterQuery {
  readonly to?: string | undefined
  readonly reason?: string | undefined
  /** Only older ones than this id. */
  readonly before?: string | undefined
  /** Default 100. */
  readonly limit?: number | undefined
}

/** What of the list of attention to look at. */
export interface AttentionQuery {
  readonly state?: AttentionState | undefined
  readonly kind?: AttentionKind | undefined
  readonly subject?: string | undefined
  /** Default 1,000. */
  readonly limit?: number | undefined
}

/** How a person is asked. */
export interface QuestionOptions {
  /** The answers that there are. Default: any text. */
  readonly choices?: readonly string[] | undefined
  /** Milliseconds to wait. Default: for ever. */
  readonly within?: number | undefined
  /** The answer when nobody answered in time. Default: it rejects with `TIMEOUT`. */
  readonly fallback?: string | undefined
  /** Default `high`. */
  readonly priority?: Priority | undefined
}
