/** What becomes of an agent's entry in the view. */
import type { EventAbout, EventOf } from '../event.js'
import type { AgentView, View } from '../view.js'
import { begin, optional, remove, retire } from './entries.js'

export const foldAgent = (view: View, event: EventAbout<'agent'>, at: number, keep: number, by: string): void => {
  switch (event.type) {
    case 'agent.spawned':
      return begin(view.agents, newAgent(event, at, by))
    case 'agent.status':
      return agentStatus(view, event, at, keep)
    case 'agent.supervised': {
      const agent = view.agents.get(event.id)
      if (!agent) return
      agent.restarts = event.restarts
      // Who resumes goes on with what it has in hand; everybody else lets go of it.
      if (event.directive !== 'resume') delete agent.pids
      return
    }
    case 'agent.queue': {
      const queue = view.agents.get(event.id)?.queue
      if (event.change === 'joined') queue?.splice(event.position - 1, 0, event.task)
      else if (queue) remove(queue, event.task)
      return
    }
    case 'agent.activity': {
      const agent = view.agents.get(event.id)
      if (agent) agent.activity = event.activity
      return touch(view, event.id, at)
    }
    case 'agent.schedule':
      return schedule(view, event)
    case 'agent.detail': {
      const agent = view.agents.get(event.id)
      if (agent) agent.detail = event.detail
      return
    }
    case 'agent.metrics': {
      const agent = view.agents.get(event.id)
      if (agent) agent.metrics = { ...taken(event), at }
      return
    }
    case 'agent.process':
      processes(view, event)
      return touch(view, event.id, at)
    case 'agent.output':
      printed(view, event.id, event.order, event.sequence)
      return touch(view, event.id, at)
    case 'agent.heartbeat':
    case 'agent.said':
      return touch(view, event.id, at)
    default:
      return event satisfies never
  }
}

const taken = ({ cpu, memory, processes, threads }: EventOf<'agent.metrics'>) => ({ cpu, memory, processes, threads })

const processes = (view: View, { id, pid, change }: EventOf<'agent.process'>) => {
  const agent = view.agents.get(id)
  if (!agent) return
  const others = (agent.pids ?? []).filter((each) => each !== pid)
  if (change === 'started') others.push(pid)
  if (others.length > 0) agent.pids = others
  else delete agent.pids
}

const schedule = (view: View, { id, schedule, change, message, next }: EventOf<'agent.schedule'>) => {
  const agent = view.agents.get(id)
  if (!agent) return
  const others = (agent.schedules ?? []).filter((each) => each.id !== schedule)
  if (change !== 'ended') others.push({ id: schedule, message, ...optional({ next }) })
  if (others.length > 0) agent.schedules = others
  else delete agent.schedules
}

/** It printed so many pieces: in all, and where known of its own. */
export const printed = (view: View, id: string, all: number, own?: number) => {
  const agent = view.agents.get(id)
  if (agent) agent.printed = { all, own: own ?? agent.printed?.own ?? 0 }
}

/** It did something just now. */
export const touch = (view: View, id: string, at: number) => {
  const agent = view.agents.get(id)
  if (agent) agent.activeAt = at
}

const newAgent = (event: EventOf<'agent.spawned'>, at: number, by: string): AgentView => ({
  id: event.id,
  definition: event.definition,
  name: event.name,
  by,
  state: 'spawning',
  busy: false,
  hears: event.hears,
  says: event.says,
  concurrency: event.concurrency,
  queue: [],
  tasks: [],
  completed: 0,
  failed: 0,
  worked: 0,
  restarts: 0,
  spawnedAt: at,
  activeAt: at,
  ...optional({ parent: event.parent, capabilities: event.capabilities, warnings: event.warnings, metadata: event.metadata }),
})

const agentStatus = (view: View, event: EventOf<'agent.status'>, at: number, keep: number) => {
  const agent = view.agents.get(event.id)
  if (!agent) return
  agent.state = event.state
  agent.busy = event.busy
  if (event.frozen) agent.frozen = true
  else delete agent.frozen
  agent.activeAt = at
  if (event.error) agent.error = event.error
  if (!event.busy) delete agent.activity
  if (event.state === 'stopped') delete agent.pids
  if (event.state === 'stopped') retire(view.agents, event.id, keep)
}
