/** Tenants: whose things are whose, and how far somebody reaches. */
import type { Event } from '../protocol/event.js'
import type { View } from '../protocol/view.js'

/**
 * How far somebody reaches: to what is of one tenant, or, where `tenant` is undefined, to what is of none. No reach at all stands for
 * whoever stands above tenants, such as the application.
 */
export interface Reach {
  readonly tenant: string | undefined
}

/** Whether what is of that tenant, or of none, is within reach. */
export const within = (reach: Reach | undefined, tenant: string | undefined): boolean =>
  reach === undefined || reach.tenant === tenant

interface Owned {
  tenantOf(id: string): string | undefined
}

/** Whether whoever reaches that far may know of what has that id. */
export const sees = (owned: Owned, reach: Reach | undefined, id: string): boolean =>
  reach === undefined || reach.tenant === owned.tenantOf(id)

/** How far an agent reaches: to its tenant's things, or, where it is no tenant's, everywhere, since its code is the application's. */
export const reachOf = (owned: Owned, agent: string): Reach | undefined => {
  const tenant = owned.tenantOf(agent)
  return tenant === undefined ? undefined : { tenant }
}

/** The tenant of the agent, task, swarm or ballot of that id; undefined for what is of none, or is not there. */
export const tenantIn = ({ agents, tasks, swarms, ballots }: View, id: string): string | undefined =>
  (agents.get(id) ?? tasks.get(id) ?? swarms.get(id) ?? ballots.get(id))?.tenant

/** The id of what an event is about, where that may be a tenant's; empty where it is about the system. */
export const subjectOf = (event: Event): string => {
  if (event.type === 'system.error') return event.actor ?? ''
  // A client may be called what an agent is called, and items of the system have ids of their own.
  return 'id' in event && !/^(client|system)\./.test(event.type) ? event.id : ''
}

/** A view, less what is out of reach. What happened in the system at large is nobody's to see but of who stands above tenants, or is of none. */
export const viewWithin = <V extends View>(view: V, reach: Reach | undefined): V => {
  if (reach === undefined) return view
  const only = <T extends { readonly tenant?: string | undefined }>(entries: ReadonlyMap<string, T>) =>
    new Map([...entries].filter(([, { tenant }]) => within(reach, tenant)))
  return {
    ...view,
    agents: only(view.agents),
    tasks: only(view.tasks),
    swarms: only(view.swarms),
    ballots: only(view.ballots),
    attention: only(view.attention),
    clients: only(view.clients),
    ...(reach.tenant === undefined ? {} : { deadLetters: 0, errors: 0 }),
  }
}
