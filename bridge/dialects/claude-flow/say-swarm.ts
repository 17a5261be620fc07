/** What happens to swarms, in the words of claude-flow. */
import type { EventAbout, EventOf } from '../../../src/protocol/event.js'
import { isFinal, type SwarmView } from '../../../src/protocol/view.js'
import type { SwarmStateEvent } from './data.js'
import { type News, news, present, type Scene } from './news.js'
import { topologyOf } from './states.js'

export const swarmNews = (event: EventAbout<'swarm'>, scene: Scene): readonly News[] => {
  const { id } = event
  const swarm = scene.view.swarm(id)
  // Who may not read what the swarm is, is told nothing rather than something invented.
  const state = swarm ? [news('swarm.state', id, () => stateOf(swarm, scene))] : []
  switch (event.type) {
    case 'swarm.created':
    case 'swarm.status':
    case 'swarm.health':
    case 'swarm.progress':
      return state
    case 'swarm.member':
      return [member(event, scene), ...state]
    case 'swarm.rewired': {
      const { from, topology, reason } = event
      const change = { oldTopology: topologyOf[from], newTopology: topologyOf[topology], reason }
      return [news('swarm.topology', id, () => ({ swarmId: id, ...change, timestamp: scene.timestamp })), ...state]
    }
    case 'swarm.handed-over': {
      const { task: taskId, from, to, reason } = event
      const data = { taskId, from, to, reason }
      const { timestamp } = scene
      return [news('swarm.coordination', id, () => ({ swarmId: id, type: 'workload-balance', data, timestamp }))]
    }
    default:
      return []
  }
}

const member = ({ id, agent, change, role, reason }: EventOf<'swarm.member'>, { timestamp }: Scene): News =>
  change === 'joined'
    ? news('swarm.agent-joined', id, () => ({ swarmId: id, agentId: agent, ...present({ role }), timestamp }))
    : news('swarm.agent-left', id, () => ({ swarmId: id, agentId: agent, ...present({ reason }), timestamp }))

const stateOf = ({ id, topology, members, tasks, health = 100 }: SwarmView, { view, timestamp }: Scene): SwarmStateEvent => {
  const waits = (task: string) => {
    const state = view.task(task)?.state
    return state !== undefined && !isFinal(state) && state !== 'running' && state !== 'paused'
  }
  return {
    swarmId: id,
    state: {
      topology: topologyOf[topology],
      agentCount: members.length,
      activeAgents: members.filter((each) => view.agent(each.id)?.state === 'running').length,
      queueSize: tasks.filter(waits).length,
      healthScore: health,
    },
    timestamp,
  }
}
