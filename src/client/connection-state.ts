/** What a client is told of its connection. */
import type { TroupeError } from '../errors.js'

/** How the connection is. */
export interface ConnectionState {
  /** `waiting`: for the next attempt. `closed`: for good. */
  readonly status: 'connecting' | 'open' | 'waiting' | 'closed'
  /** Attempts since it was last open, this one included. */
  readonly attempt: number
  readonly lastError?: TroupeError
  /** Milliseconds since the epoch. */
  readonly lastConnectedAt?: number
  /** When the next attempt is made, milliseconds since the epoch. */
  readonly retryAt?: number
}
