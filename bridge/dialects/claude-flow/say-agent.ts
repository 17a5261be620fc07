/** What happens to agents, in the words of claude-flow. */
import type { EventAbout, EventOf } from '../../../src/protocol/event.js'
import type { AgentHealthEvent, AgentMetricsEvent, AgentStatusEvent } from './data.js'
import { type News, news, present, type Scene } from './news.js'
import { agentStatusOf } from './states.js'

const megabyte = 1_048_576

export const agentNews = (event: EventAbout<'agent'>, scene: Scene): readonly News[] => {
  const { id } = event
  const { timestamp } = scene
  const log = (level: 'info' | 'warn' | 'error', message: string, context?: Record<string, unknown>) =>
    news('agent.logs', id, () => ({ agentId: id, level, message, ...present({ context }), timestamp }))
  switch (event.type) {
    case 'agent.status':
      return [news('agent.status', id, () => status(event, scene)), news('agent.health', id, () => health(id, scene))]
    case 'agent.metrics':
      return [news('agent.health', id, () => health(id, scene)), news('agent.metrics', id, () => metrics(id, scene))]
    case 'agent.output': {
      const { stream, sequence, order, data } = event
      return [log(stream === 'stderr' ? 'warn' : 'info', data, { stream, sequence, order })]
    }
    case 'agent.activity':
      return [log('info', event.activity)]
    case 'agent.supervised': {
      const { directive, restarts, reason } = event
      return [log('warn', reason, { directive, restarts })]
    }
    default:
      return []
  }
}

/** Output that belongs to a task stands in the log of who prints it. */
export const outputNews = (
  { id: task, agent, stream, data, sequence, order }: EventOf<'task.output'>,
  { timestamp }: Scene,
): News =>
  news('agent.logs', agent, () => ({
    ...{ agentId: agent, level: stream === 'stderr' ? 'warn' : 'info', message: data, timestamp },
    context: { task, stream, sequence, order },
  }))

const happened = (event: EventOf<'agent.status'>): 'started' | 'stopped' | 'error' | undefined => {
  if (event.state === 'stopped') return 'stopped'
  if (event.state === 'crashed') return 'error'
  return event.state === 'running' && event.from === 'spawning' ? 'started' : undefined
}

const status = (event: EventOf<'agent.status'>, { view, timestamp }: Scene): AgentStatusEvent => {
  const { id, state, busy, reason, error } = event
  const { name, definition } = view.agent(id) ?? {}
  return {
    ...{ agentId: id, status: agentStatusOf(state, busy), timestamp },
    metadata: present({ state, event: happened(event), name, kind: definition, reason, error: error?.message }),
  }
}

const health = (id: string, { view, timestamp }: Scene): AgentHealthEvent => {
  const agent = view.agent(id)
  const taken = agent?.metrics
  return {
    agentId: id,
    healthy: agent !== undefined && agent.state !== 'crashed' && agent.state !== 'stopped',
    metrics: {
      ...(taken ? { cpu: taken.cpu * 100, memory: taken.memory / megabyte } : {}),
      ...(agent
        ? {
            uptime: Math.max(0, timestamp - agent.spawnedAt),
            tasksCompleted: agent.completed,
            errorCount: agent.failed + agent.restarts,
          }
        : {}),
    },
    timestamp,
  }
}

const metrics = (id: string, { view, timestamp }: Scene): AgentMetricsEvent => {
  const agent = view.agent(id)
  if (!agent) return { agentId: id, metrics: {}, timestamp }
  const { completed, failed, worked, queue, tasks, spawnedAt } = agent
  const ended = completed + failed
  const minutes = (timestamp - spawnedAt) / 60_000
  return {
    agentId: id,
    metrics: {
      ...(completed > 0 ? { responseTime: worked / completed } : {}),
      throughput: minutes > 0 ? completed / minutes : 0,
      errorRate: ended > 0 ? failed / ended : 0,
      queueSize: queue.length,
      activeConnections: tasks.length,
    },
    timestamp,
  }
}
