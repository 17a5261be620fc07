/** What an outbox needs of the connection that it belongs to. */
import type { Journal } from '../src/journal/journal.js'
import type { Envelope } from '../src/protocol/envelope.js'
import type { SessionEventOf } from '../src/protocol/session.js'
import type { DropPolicy } from './delivery/rules.js'
import type { Traffic } from './traffic.js'
import type { Prepared } from './ws.js'

export interface OutboxOwner {
  readonly now: () => number
  /** Nothing is written that knows of more than it has kept. */
  readonly journal: Pick<Journal, 'head' | 'durable'>
  /** Asks for a `flush` with the next commit of the journal. */
  held(): void
  /** Asks for a `flush` at the end of this tick. */
  dirty(): void
  /** The frames that tell of a loss. */
  tellDropped(dropped: SessionEventOf<'session.dropped'>): readonly Prepared[]
  /** The frames that tell the client how far it has come. */
  tellMark(): readonly Prepared[]
  /** Where what was written and what was lost is counted. */
  readonly traffic: Pick<Traffic, 'delivered' | 'dropped' | 'waited'>
  /** Where the journal stood when it was opened: what happened before is sent late on purpose. Default 0. */
  readonly since?: number
  /** Whether the client may still be told of an event, now that its turn has come; what it may not is not told as lost. Default: yes. */
  may?(envelope: Envelope): boolean
  /** An event is not sent; told at once, while the client itself hears of it when it reads again. */
  lost(topic: string): void
  /** What goes when there is no room for an event of that topic. Default: the oldest. */
  policyOf?(topic: string): DropPolicy
  /** What may not be dropped is more than may wait: the client does not read. */
  stuck(): void
}
