/** What the view keeps of clients: one entry for each session that is not gone. */
import type { EventAbout } from '../event.js'
import type { View } from '../view.js'
import { optional } from './entries.js'

export const foldClient = (view: View, event: EventAbout<'client'>): void => {
  if (event.type !== 'client.status') return
  const { session, id: client, state, dialect, since, name } = event
  if (state === 'gone') view.clients.delete(session)
  else view.clients.set(session, { id: session, client, state, dialect, since, ...optional({ name }) })
}
