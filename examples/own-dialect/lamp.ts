/** What one connection of Lantern remembers. */
import type { OpenContext } from 'troupe/bridge'

export interface Lamp {
  /** The time, new ids, and what the client may see. */
  readonly context: OpenContext
  /** The request that each of its tasks came from. */
  readonly refs: Map<string, string>
}
