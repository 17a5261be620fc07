/** Says which clients are there, and where they listen. */
import type { System } from '../src/system/system.js'
import { addressOf } from './address.js'
import { type Session, Sessions } from './sessions.js'

/** Tells where a client listens, which wanted that to be told. */
export const tellChannel = (
  system: System,
  { id: session, sub, tenant, caller }: Session,
  channel: string,
  change: 'joined' | 'left',
): void => {
  const { name } = caller
  const id = addressOf(sub)
  const event = { type: 'client.channel', id, session, channel, change, ...(name ? { name } : {}) } as const
  system.announce(event, id, undefined, undefined, undefined, tenant)
}

/** Tells of each change of a session's state. */
export const presence =
  (system: System) =>
  (session: Session, from?: Session['state']): void => {
    const { id, sub, tenant, caller, since, state, joined } = session
    const { name, dialect } = caller
    const address = addressOf(sub)
    const was = { ...(from ? { from } : {}), ...(name ? { name } : {}) }
    const event = { type: 'client.status', id: address, session: id, state, dialect, since, ...was } as const
    system.announce(event, address, undefined, undefined, undefined, tenant)
    if (from === 'connected' || state === 'connected')
      for (const channel of joined) tellChannel(system, session, channel, state === 'connected' ? 'joined' : 'left')
  }

/** The sessions of a bridge, those of a process before among them; whose session is not known any more is said to be gone. */
export const openSessions = (system: System, window: number): Sessions => {
  const { clock, lasting, journal } = system
  const sessions = new Sessions(clock, window, presence(system), lasting ? journal.records : undefined)
  for (const session of sessions.cut) {
    for (const channel of session.joined) tellChannel(system, session, channel, 'left')
    sessions.changed(session)
  }
  for (const { id: session, client: id, state: from, tenant, ...rest } of lasting ? [...system.state.clients.values()] : [])
    if (from === 'away' && !sessions.has(session))
      system.announce(
        { type: 'client.status', id, session, state: 'gone', from, ...rest },
        ...([id, undefined, undefined, undefined, tenant] as const),
      )
  return sessions
}
