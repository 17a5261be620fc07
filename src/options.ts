/** How a message is sent, asked and how something is stopped. */
import type { Priority } from './protocol/priority.js'

export interface SendOptions {
  /** Default `normal`. */
  readonly priority?: Priority | undefined
  /** Milliseconds after which it is no longer delivered but becomes a dead letter. Default: never. */
  readonly ttl?: number | undefined
}
export interface AskOptions extends SendOptions {
  /** Milliseconds to wait for the answer before `TIMEOUT`. Default 30,000. */
  readonly timeout?: number | undefined
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
