/** One event applied to a view. */
import type { Envelope } from './envelope.js'
import type { Event, EventAbout } from './event.js'
import { foldAgent } from './fold/agent.js'
import { foldBallot } from './fold/ballot.js'
import { foldClient } from './fold/client.js'
import { foldSwarm } from './fold/swarm.js'
import { foldSystem } from './fold/system.js'
import { foldTask } from './fold/task.js'
import { foldTenant } from './fold/tenant.js'
import type { View } from './view.js'

/** How many finished agents, tasks, swarms and ballots a view remembers of each kind before it forgets the oldest. */
export const defaultKeep = 1_000

/** Applies one event to the view, in place. Events must come in the order of the journal. */
export const fold = (view: View, { event, timestamp, source, offset, epoch, tenant }: Envelope, keep = defaultKeep): void => {
  view.epoch = epoch
  view.offset = offset
  if (isAbout('agent', event)) foldAgent(view, event, timestamp, keep, source)
  else if (isAbout('task', event)) foldTask(view, event, timestamp, keep, source)
  else if (isAbout('swarm', event)) foldSwarm(view, event, timestamp, keep, source)
  else if (isAbout('ballot', event)) foldBallot(view, event, timestamp, keep)
  else if (isAbout('client', event)) foldClient(view, event)
  else if (isAbout('system', event)) foldSystem(view, event, keep)
  // Of what users publish the view keeps nothing.
  else event.type satisfies 'message'
  if (tenant !== undefined) foldTenant(view, event, tenant)
}

/** The events whose names begin so. */
const isAbout = <D extends string>(domain: D, event: Event): event is EventAbout<D> =>
  event.type.charCodeAt(0) === domain.charCodeAt(0) && event.type.startsWith(`${domain}.`)
