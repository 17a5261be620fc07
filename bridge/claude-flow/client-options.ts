/** What can be set of a client, and how much it asks for at once. */
import type { Clock } from '../../src/clock.js'

export interface WSClientOptions {
  readonly url: string
  readonly token?: string | undefined
  /** What the client says of itself with its token. */
  readonly metadata?: Record<string, unknown> | undefined
  /** Whether it comes back when a connection is lost. Default true. */
  readonly reconnect?: boolean | undefined
  /** The longest time between attempts, in milliseconds: they begin after 100 ms and wait twice as long each time. Default 5,000. */
  readonly reconnectInterval?: number | undefined
  /** Attempts in a row. Default 10. */
  readonly reconnectMaxAttempts?: number | undefined
  /** Milliseconds between pings. Default 30,000. */
  readonly pingInterval?: number | undefined
  /** Messages that may wait for a connection. Default 1,000. */
  readonly queueSize?: number | undefined
  /** Milliseconds that an answer may take. Default 30,000. */
  readonly messageTimeout?: number | undefined
  /** Where time comes from. Default: the machine's clock. */
  readonly clock?: Clock | undefined
}

/** Topics in one message. */
const portion = 1_000

export const portionsOf = (topics: readonly string[]): string[][] =>
  Array.from({ length: Math.ceil(topics.length / portion) }, (_, at) => topics.slice(at * portion, (at + 1) * portion))
