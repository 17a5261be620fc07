/** What happens, in the words of a Team Dashboard, to who subscribed to it or made the agent. */
import type { Envelope } from '../../../src/protocol/envelope.js'
import type { EventOf } from '../../../src/protocol/event.js'
import type { PlainFrame } from '../../dialect.js'
import type { State, Subscription } from './state.js'
import { numberOf, statusOf } from './states.js'
import type { Metadata, Payload } from './words.js'

export const say = (envelope: Envelope, state: State): readonly PlainFrame[] => {
  state.heard = envelope.offset
  const correlationId = envelope.cause?.correlationId
  const said = words(envelope, state).map((frame) =>
    correlationId === undefined ? frame : { ...frame, metadata: { ...(frame['metadata'] as Metadata), correlationId } },
  )
  return said
}

const words = (envelope: Envelope, state: State): readonly PlainFrame[] => {
  const { event, timestamp } = envelope
  switch (event.type) {
    case 'agent.spawned':
      return status(event.id, 'spawning', state)
    case 'agent.status':
      return [...status(event.id, event.state, state), ...crash(event, state)]
    case 'agent.output':
      return output(event.id, event, timestamp, state)
    case 'task.output':
      return output(event.agent, event, timestamp, state)
    case 'task.status':
      return failure(event, state)
    case 'system.metrics':
      return metrics(event, state)
    case 'system.alert': {
      const { level, category, text, details } = event
      if (![...state.subscriptions.values()].some((each) => each.to === 'logs' && wants(each, 'system:alert'))) return []
      return [state.frame('system:alert', { level, category, message: text, ...(details ? { details } : {}) })]
    }
    default:
      return []
  }
}

/** Whether a subscription wants an event of that name; `also`: other names for it. */
const wants = ({ filters }: Subscription, name: string, ...also: string[]): boolean =>
  filters === undefined ||
  filters.length === 0 ||
  [name, name.replace(/^.*:/, ''), ...also].some((each) => filters.includes(each))

const subscribed = (state: State, agent: string, to: readonly Subscription['to'][], name: string, ...also: string[]): boolean =>
  [...state.subscriptions.values()].some(
    (each) => to.includes(each.to) && (each.agent === undefined || each.agent === agent) && wants(each, name, ...also),
  )

/** Whether the dashboard made the agent, now or in a former connection. */
const made = (state: State, agent: string): boolean => state.context.view.agent(agent)?.by === state.standing?.sub

const status = (id: string, now: EventOf<'agent.status'>['state'], state: State): readonly PlainFrame[] => {
  if (!made(state, id) && !subscribed(state, id, ['agent'], 'agent:status')) return []
  const word = statusOf[now]
  if (state.told.get(id) === word) return []
  state.told.set(id, word)
  if (word === 'stopped') state.told.delete(id)
  const agent = state.context.view.agent(id)
  const { context } = state
  const details = agent
    ? {
        ...(now === 'stopped' ? {} : { pid: agent.pids?.[0] ?? context.pid }),
        uptime: Math.max(0, context.now() - agent.spawnedAt),
        lastActivity: agent.activeAt,
      }
    : undefined
  return [state.frame('agent:status', { agentId: id, status: word, ...(details ? { details } : {}) }, { agentId: id })]
}

/** Whether errors of an agent are told: to who made it, subscribed to it, or gave the work. */
const hearsErrors = (state: State, agent: string): boolean =>
  made(state, agent) || subscribed(state, agent, ['agent'], 'agent:error')

const crash = ({ id, state: now, error }: EventOf<'agent.status'>, state: State): readonly PlainFrame[] => {
  if (now !== 'crashed' || !error || !hearsErrors(state, id)) return []
  return [
    state.frame(
      'agent:error',
      { agentId: id, error: { code: String(numberOf('INTERNAL')), message: error.message } },
      { agentId: id },
    ),
  ]
}

const failure = ({ id, agent, state: now, error }: EventOf<'task.status'>, state: State): readonly PlainFrame[] => {
  const task = state.context.view.task(id)
  const about = agent ?? task?.agent ?? task?.to
  if (now !== 'failed' || !error || !about) return []
  if (task?.by !== state.standing?.sub && !hearsErrors(state, about)) return []
  const code = String(numberOf(error.code))
  return [state.frame('agent:error', { agentId: about, error: { code, message: error.message } }, { agentId: about })]
}

const output = (
  agent: string,
  { stream, data, order }: { readonly stream: 'stdout' | 'stderr'; readonly data: string; readonly order: number },
  timestamp: number,
  state: State,
): readonly PlainFrame[] => {
  if (!subscribed(state, agent, ['agent', 'logs'], 'agent:output', stream)) return []
  return [state.frame('agent:output', { agentId: agent, stream, data, timestamp, sequence: order }, { agentId: agent })]
}

/** What could not be measured is nothing. */
const unmeasured: Payload<'metrics:update'>['system'] = {
  cpu: { usage: 0, cores: 0 },
  memory: { total: 0, used: 0, available: 0, percent: 0 },
  disk: { total: 0, used: 0, percent: 0 },
  network: { bytesIn: 0, bytesOut: 0, packetsIn: 0, packetsOut: 0 },
}

const metrics = (event: EventOf<'system.metrics'>, state: State): readonly PlainFrame[] => {
  const wanted = [...state.subscriptions.values()].filter((each) => each.to === 'metrics')
  if (wanted.length === 0) return []
  const all = wanted.some(({ agent }) => agent === undefined)
  const agents = state.context.view.agents().flatMap(({ id, metrics: taken }) => {
    if (!taken || !(all || wanted.some(({ agent }) => agent === id))) return []
    // Cores taken, as the share of one in percent, like the figures of the machine.
    return [{ agentId: id, cpu: taken.cpu * 100, memory: taken.memory, threads: taken.threads }]
  })
  const { cpu = unmeasured.cpu, memory = unmeasured.memory, disk = unmeasured.disk, network = unmeasured.network } = event
  const system = { cpu, memory, disk, network }
  return [state.frame('metrics:update', { system, agents })]
}
