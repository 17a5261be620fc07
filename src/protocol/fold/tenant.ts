/** Whose an entry of the view is: that of the event with which it began. */
import type { Event } from '../event.js'
import type { View } from '../view.js'

export const foldTenant = (view: View, event: Event, tenant: string): void => {
  const entry = begun(view, event)
  if (entry) entry.tenant = tenant
}

const begun = (view: View, event: Event): { tenant?: string | undefined } | undefined => {
  switch (event.type) {
    case 'agent.spawned':
      return view.agents.get(event.id)
    case 'task.created':
      return view.tasks.get(event.id)
    case 'swarm.created':
      return view.swarms.get(event.id)
    case 'ballot.opened':
      return view.ballots.get(event.id)
    case 'client.status':
      return view.clients.get(event.session)
    default:
      return undefined
  }
}
