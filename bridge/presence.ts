/** Says which clients are there. */
import type { System } from '../src/system/system.js'
import { addressOf } from './address.js'
import type { Session } from './sessions.js'

/** Tells of each change of a session's state. */
export const presence =
  (system: System) =>
  ({ id: session, sub, caller, since, state }: Session, from?: Session['state']): void => {
    const { name, dialect } = caller
    const id = addressOf(sub)
    system.announce(
      { type: 'client.status', id, session, state, dialect, since, ...(from ? { from } : {}), ...(name ? { name } : {}) },
      id,
    )
  }
