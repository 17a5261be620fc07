/** What can be set of the claude-flow protocol. */
import type { Rule } from '../../../src/protocol/words.js'

/** How votes are counted, and how long they are waited for. */
interface VoteOptions {
  readonly rule?: Rule | undefined
  /** Milliseconds until it closes with what was cast. Default: when the outcome is certain. */
  readonly within?: number | undefined
}

export interface ClaudeFlowOptions {
  /** Default `['/']`; `*` stands for any path that no other protocol names. */
  readonly paths?: readonly string[] | undefined
  /** Topics and patterns that one connection may listen to. Default 100. */
  readonly subscriptions?: number | undefined
  /** Whether topics with `*` and `#` may be listened to. Default true. */
  readonly patterns?: boolean | undefined
  /** Messages of one connection in a window of so many milliseconds; what only keeps the connection is free. Default: any number. */
  readonly rateLimit?: { readonly maxMessages: number; readonly windowMs: number } | undefined
  /** Milliseconds of silence before a ping; after two unanswered ones the connection is dead. Default: the bridge's, 30,000. */
  readonly heartbeat?: number | undefined
  /** How a proposal in a known swarm is decided. Default: by majority, when the outcome is certain. */
  readonly consensus?: VoteOptions | undefined
  /** How a collective decision in a known swarm is made. Default: by plurality, each vote counted by its confidence. */
  readonly decisions?: VoteOptions | undefined
}
