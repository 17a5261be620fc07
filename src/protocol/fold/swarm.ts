/** What becomes of a swarm's entry in the view. */
import type { EventAbout, EventOf } from '../event.js'
import { isFinal, type SwarmView, type View } from '../view.js'
import { begin, optional, retire } from './entries.js'

export const foldSwarm = (view: View, event: EventAbout<'swarm'>, at: number, keep: number): void => {
  if (event.type === 'swarm.created') return begin(view.swarms, newSwarm(event, at))
  const swarm = view.swarms.get(event.id)
  if (!swarm) return
  switch (event.type) {
    case 'swarm.status':
      swarm.state = event.state
      swarm.phase = event.phase
      if (isFinal(event.state)) retire(view.swarms, event.id, keep)
      return
    case 'swarm.member': {
      const known = swarm.members.findIndex(({ id }) => id === event.agent)
      if (known >= 0) swarm.members.splice(known, 1)
      if (event.change === 'joined') swarm.members.push({ id: event.agent, ...optional({ role: event.role }) })
      return
    }
    case 'swarm.coordinator':
      if (event.agent) swarm.coordinator = event.agent
      else delete swarm.coordinator
      return
    case 'swarm.progress':
      delete swarm.remaining
      Object.assign(
        swarm,
        { progress: event.progress, completed: event.completed, total: event.total },
        optional({ remaining: event.remaining }),
      )
      return
    case 'swarm.rewired':
      swarm.topology = event.topology
      swarm.wiring = event.wiring
      return
    case 'swarm.health':
      swarm.health = event.health
      return
    case 'swarm.handed-over':
    case 'swarm.hop':
    case 'swarm.log':
      return
    default:
      return event satisfies never
  }
}

const newSwarm = (event: EventOf<'swarm.created'>, at: number): SwarmView => ({
  id: event.id,
  name: event.name,
  goal: event.goal,
  topology: event.topology,
  state: 'forming',
  phase: 'forming',
  members: [],
  tasks: [],
  progress: 0,
  completed: 0,
  total: 0,
  createdAt: at,
  ...optional({ deadline: event.deadline, metadata: event.metadata }),
})
