/** What can be set of the OpenClaw protocol. */
import type { ClientType } from './words.js'

/** The document's own shape: messages a minute, how many at once, the window and the ban in seconds. */
export interface RateLimitConfig {
  readonly messagesPerMinute: number
  readonly burstSize: number
  readonly windowSize: number
  readonly penaltyDuration: number
}

export interface OpenClawOptions {
  /** Default `['/ws']`. */
  readonly paths?: readonly string[] | undefined
  /** The definition that `agent_spawn` without a `kind` means. Default `shell`. */
  readonly kind?: string | undefined
  /** By client type. Default: frontend 120, 10, 60, 300; agent 600, 50, 60, 60; external 60, 5, 60, 600. */
  readonly rateLimits?: Partial<Readonly<Record<ClientType, RateLimitConfig>>> | undefined
  /** Channels of one connection. Default: the bridge's, 10,000. */
  readonly subscriptions?: number | undefined
}

export const defaultRateLimits: Readonly<Record<ClientType, RateLimitConfig>> = {
  frontend: { messagesPerMinute: 120, burstSize: 10, windowSize: 60, penaltyDuration: 300 },
  agent: { messagesPerMinute: 600, burstSize: 50, windowSize: 60, penaltyDuration: 60 },
  external: { messagesPerMinute: 60, burstSize: 5, windowSize: 60, penaltyDuration: 600 },
}
