/** What happens, as OpenClaw's channels tell it. */
import type { Envelope } from '../../../src/protocol/envelope.js'
import type { EventAbout, EventOf } from '../../../src/protocol/event.js'
import type { PlainFrame } from '../../dialect.js'
import { channelOf, type Said, wanted } from './channels.js'
import { agentShown, progressShown } from './shown.js'
import type { State } from './state.js'
import { agentStatus, projectStatus, taskStatus } from './states.js'
import { type MessageType, priorities } from './words.js'

/** Something that is said on a channel, and how. */
interface Told extends Said {
  readonly type: MessageType
  /** A payload that goes on as it came. */
  readonly payload?: Readonly<Record<string, unknown>>
  readonly data: Readonly<Record<string, unknown>>
}

export const say = (envelope: Envelope, state: State): readonly PlainFrame[] => {
  const { event } = envelope
  if (event.type === 'client.message') return [direct(event, envelope, state)]
  if (state.channels.size === 0) return []
  const { source, cause, priority, ttl } = envelope
  return tellings(envelope, state)
    .filter((told) => wanted(told, envelope, state))
    .map(({ channel, type, event: name, data, payload }) =>
      // A broadcast names its event; a message whose type does that says the rest flat as well.
      state.message(type, payload ?? (type === 'broadcast' ? { event: name, data } : { event: name, data, ...data }), {
        channel,
        source,
        priority: priorities.indexOf(priority),
        ttl: ttl === undefined ? undefined : ttl / 1_000,
        correlationId: cause?.correlationId,
        metadata: metadataOf(envelope),
      }),
    )
}

/** Why it happened, and what its sender said beside it. */
const metadataOf = ({ event, cause }: Envelope): Record<string, unknown> | undefined => {
  const metadata = { ...cause, ...(event.type === 'message' ? event.metadata : {}) }
  return Object.keys(metadata).length > 0 ? metadata : undefined
}

const tellings = ({ event, topic, timestamp }: Envelope, state: State): readonly Told[] => {
  const [domain] = event.type.split('.')
  if (event.type === 'message') return published(event, topic)
  if (domain === 'task') return aboutTask(event as EventAbout<'task'>, state)
  if (domain === 'agent') return aboutAgent(event as EventAbout<'agent'>, state)
  if (domain === 'swarm') return aboutProject(event as EventAbout<'swarm'>, timestamp, state)
  switch (event.type) {
    case 'client.channel': {
      const name = event.change === 'joined' ? 'member_joined' : 'member_left'
      // Who comes and goes does not have to be told of it.
      if (event.id === state.clientId) return []
      return [
        {
          channel: channelOf(event.channel),
          type: 'broadcast',
          event: name,
          data: { clientId: event.id, name: event.name ?? null },
        },
      ]
    }
    case 'system.alert': {
      const { level, category, text, details = {} } = event
      return [
        {
          channel: 'system.alerts',
          type: 'system_alert',
          event: 'system_alert',
          data: { level, category, message: text, details },
        },
      ]
    }
    case 'system.traffic': {
      const { type: _, ...data } = event
      return [{ channel: 'system.metrics', type: 'broadcast', event: 'metrics', data }]
    }
    default:
      return []
  }
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** What clients publish: where it names its event as OpenClaw does, in OpenClaw's words. */
const published = ({ body }: EventOf<'message'>, channel: string): readonly Told[] => {
  const { event, data } = isRecord(body) ? body : {}
  const name = typeof event === 'string' ? event : 'message'
  const content = isRecord(data) ? data : typeof event === 'string' ? { data } : isRecord(body) ? body : { data: body }
  const type = name === 'notification' || name === 'system_alert' ? name : 'broadcast'
  return [{ channel, type, event: name, data: content, ...(type === 'broadcast' && isRecord(body) ? { payload: body } : {}) }]
}

const aboutTask = (event: EventAbout<'task'>, state: State): readonly Told[] => {
  const task = state.context.view.task(event.id)
  const told = taskWords(event)
  if (!told) return []
  const projectId = task?.swarm ?? null
  const { type, event: name, data: words } = told
  const data = { taskId: event.id, title: task?.title ?? null, projectId, ...words }
  const user = task?.by === state.standing?.sub ? state.clientId : task?.by
  const names = new Set(['task.updates', `task.${event.id}`, ...(user ? [`task.${user}`] : [])])
  const plain = [...names].map((channel): Told => ({ channel, type, event: name, data }))
  return projectId === null ? plain : [...plain, { channel: `project.${projectId}.tasks`, type: 'broadcast', event: name, data }]
}

const taskWords = (event: EventAbout<'task'>): Omit<Told, 'channel'> | undefined => {
  switch (event.type) {
    case 'task.created':
      return { type: 'task_status_change', event: 'task_created', data: { status: 'pending', agentId: null } }
    case 'task.status': {
      const { state: now, from, agent, error, result } = event
      const previousStatus = from === undefined ? null : taskStatus(from)
      const end = { ...(error ? { error: error.message } : {}), ...(result === undefined ? {} : { result }) }
      return {
        type: 'task_status_change',
        event: 'task_status_change',
        data: { status: taskStatus(now), previousStatus, agentId: agent ?? null, ...end },
      }
    }
    case 'task.progress': {
      const { progress, note, remaining } = event
      return {
        type: 'progress_update',
        event: 'progress_update',
        data: { progress, ...(note ? { message: note } : {}), remaining: remaining ?? null },
      }
    }
    case 'task.output': {
      const { stream, data, sequence, agent } = event
      return { type: 'broadcast', event: 'task_output', data: { agentId: agent, stream, output: data, sequence } }
    }
    case 'task.updated':
      return {
        type: 'task_update',
        event: 'task_update',
        data: { ...(event.title ? { title: event.title } : {}), ...event.metadata },
      }
    case 'task.forgotten':
      return { type: 'task_delete', event: 'task_deleted', data: {} }
    case 'task.approval':
      return {
        type: 'broadcast',
        event: 'task_approval',
        data: { change: event.change, question: event.question ?? null, decision: event.decision ?? null },
      }
    default:
      return event satisfies never
  }
}

const aboutAgent = (event: EventAbout<'agent'>, state: State): readonly Told[] => {
  const agent = state.context.view.agent(event.id)
  const names = new Set([`agent.${event.id}`, ...(agent && /^[A-Za-z0-9_-]+$/.test(agent.name) ? [`agent.${agent.name}`] : [])])
  const one = (type: MessageType, name: string, data: Readonly<Record<string, unknown>>): Told[] =>
    [...names].map((channel) => ({ channel, type, event: name, data: { agentId: event.id, ...data } }))
  switch (event.type) {
    case 'agent.spawned':
      return one('agent_status', 'agent_spawned', { name: event.name, kind: event.definition, status: 'starting' })
    case 'agent.status': {
      const status = agentStatus(event.state, event.busy)
      const why = { ...(event.reason ? { reason: event.reason } : {}), ...(event.error ? { error: event.error.message } : {}) }
      return one('agent_status', 'agent_status', { ...(agent ? agentShown(agent) : {}), status, ...why })
    }
    case 'agent.activity':
      return one('agent_status', 'agent_activity', { activity: event.activity })
    case 'agent.heartbeat':
      return one('agent_heartbeat', 'agent_heartbeat', {})
    case 'agent.said': {
      const { type, ...data } = event.message
      return one('agent_message', String(type), { action: type, data })
    }
    case 'agent.output':
      return one('broadcast', 'agent_output', { stream: event.stream, output: event.data, sequence: event.order })
    default:
      return []
  }
}

const aboutProject = (event: EventAbout<'swarm'>, at: number, state: State): readonly Told[] => {
  const projectId = event.id
  const swarm = state.context.view.swarm(projectId)
  const one = (name: string, data: Readonly<Record<string, unknown>>, below = ''): Told[] => [
    { channel: `project.${projectId}${below}`, type: 'broadcast', event: name, data: { projectId, ...data } },
  ]
  switch (event.type) {
    case 'swarm.created':
      return one('project_created', { name: event.name, description: event.goal })
    case 'swarm.status': {
      const previous = event.from === undefined ? null : projectStatus(event.from, '')
      return one(
        'status_change',
        { status: projectStatus(event.state, event.phase), previousStatus: previous, phase: event.phase },
        '.status',
      )
    }
    case 'swarm.progress':
      return swarm ? one('progress_update', progressShown(swarm, at)) : []
    case 'swarm.updated':
      return one('project_update', {
        ...(event.name ? { name: event.name } : {}),
        ...(event.goal ? { description: event.goal } : {}),
        ...event.metadata,
      })
    case 'swarm.member':
      return one(`agent_${event.change}`, { agentId: event.agent, role: event.role ?? null }, '.agents')
    case 'swarm.coordinator':
      return one('coordinator_change', { agentId: event.agent ?? null, reason: event.reason }, '.agents')
    case 'swarm.handed-over':
      return one('task_handed_over', { taskId: event.task, from: event.from, to: event.to, reason: event.reason }, '.tasks')
    case 'swarm.log':
      return one('log', { level: event.level, message: event.text }, '.log')
    default:
      return []
  }
}

/** A message to this client alone. */
const direct = ({ from, message }: EventOf<'client.message'>, { priority }: Envelope, state: State): PlainFrame => {
  const { type, ...data } = message
  const more = { source: from, target: state.clientId, priority: priorities.indexOf(priority) }
  const { metadata, ...content_ } = data
  if (isRecord(metadata)) Object.assign(more, { metadata })
  if (type !== 'broadcast') return state.message('agent_message', { action: type, data }, more)
  const { event, data: content } = content_
  if ((event === 'notification' || event === 'system_alert') && isRecord(content)) return state.message(event, content, more)
  return state.message('broadcast', content_, more)
}
