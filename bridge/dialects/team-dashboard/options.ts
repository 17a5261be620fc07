/** What can be set of the Team Dashboard protocol. */

export interface TeamDashboardOptions {
  /** Default `['/ws']`. */
  readonly paths?: readonly string[] | undefined
  /** Which definition works for a model. Default: `shell` for `claude-3-opus` and `claude-3-sonnet`. */
  readonly models?: Readonly<Record<string, string>> | undefined
  /** Subscriptions of one connection. Default 100. */
  readonly subscriptions?: number | undefined
  /** Commands to one agent in a second. Default 10. */
  readonly commandsPerSecond?: number | undefined
  /** Messages of one connection in a second. Default 100. */
  readonly messagesPerSecond?: number | undefined
  /** Messages that a client which comes back is sent of those that it missed. Default 1,000. */
  readonly missed?: number | undefined
  /** Milliseconds of silence before a ping; after two unanswered ones the connection is dead. Default: the bridge's, 30,000. */
  readonly heartbeat?: number | undefined
}
