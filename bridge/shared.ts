/** What all connections of a bridge share. */
import type { System } from '../src/system/system.js'
import type { Audit } from './access/audit.js'
import type { Revocations } from './access/revocations.js'
import type { QuotaOptions } from './edge/quota.js'
import type { Guard } from './execute/doing.js'
import type { Externals } from './externals.js'
import type { Flusher } from './flusher.js'
import type { Heartbeat } from './heartbeat.js'
import type { Signatures } from './keys/signatures.js'
import type { Lookout } from './lookout.js'
import type { Monitor } from './monitor/monitor.js'
import type { Once } from './once.js'
import type { Pages } from './pages.js'
import type { Principal } from './principal.js'
import type { Rates } from './rates.js'
import type { Sessions } from './sessions.js'
import type { Singles } from './singles.js'
import type { Traffic } from './traffic.js'
import type { Limits } from './visit.js'

export interface Shared {
  readonly system: System
  readonly sessions: Sessions
  readonly flusher: Flusher
  readonly heartbeat: Heartbeat
  readonly once: Once
  readonly pages: Pages
  readonly externals: Externals
  readonly rates: Rates
  readonly revocations: Revocations
  readonly audit: Audit
  /** Undefined: nothing is limited but by the protocols. */
  readonly quota?: QuotaOptions | undefined
  readonly singles: Singles
  readonly guard?: Guard | undefined
  readonly signatures: Signatures
  readonly traffic: Traffic
  readonly lookout: Pick<Lookout, 'answered'>
  readonly monitor: Pick<Monitor, 'read'>
  readonly limits: Limits
  readonly authTimeout: number
  readonly expiryNotice: number
  /** Milliseconds between heartbeats, for the client to know. */
  readonly interval: number
  /**
   * Who a token stands for that comes from an address; rejects with `AUTH_REQUIRED`, `AUTH_FAILED`, `AUTH_EXPIRED`, `FORBIDDEN` or
   * `RATE_LIMITED`. `metadata`: what the client says of itself.
   */
  admit(token: string | undefined, address: string, metadata?: Readonly<Record<string, unknown>>): Promise<Principal>
  /** An event on that topic is not sent to the connection of that id. */
  lost(connection: string, topic: string): void
  /** The connection of that id is no more. */
  left(connection: string): void
}
