/** What an Onsembl dashboard is told of agents and of what waits for them. */
import type { EventOf } from '../../../src/protocol/event.js'
import type { AgentView, TaskView } from '../../../src/protocol/view.js'
import type { PlainFrame } from '../../dialect.js'
import type { State } from './state.js'
import { agentStatusOf } from './states.js'
import { type AgentStatus, type AgentType, outbound, type Payload } from './words.js'

const features = [
  'real-time',
  'command-execution',
  'terminal-streaming',
  'command-queue',
  'compression',
  'token-refresh',
] as const

/** What a client reads when it is welcome, and once more when it introduces itself. */
export const greeting = (state: State): readonly PlainFrame[] => [acknowledgement(state), agentList(state)]

export const acknowledgement = (state: State): PlainFrame =>
  state.frame('connection:ack', {
    connectionId: state.context.connection,
    serverVersion: state.settings.serverVersion,
    features: [...features],
  })

const types = outbound['agent:status'].shape.payload.shape.agentType

/** An agent says itself which type it is. */
const typeOf = (metadata: AgentView['metadata'], usual: AgentType): AgentType =>
  types.safeParse(metadata?.['agentType']).data ?? usual

/** All that are there; who has stopped is not. */
export const agentList = (state: State): PlainFrame => {
  const { listed, agentType } = state.settings
  const there = state.context.view.agents().filter(({ state: now }) => now !== 'stopped')
  const named = there.length > listed ? there.toSorted((a, b) => b.activeAt - a.activeAt).slice(0, listed) : there
  const agents = named.map((agent) => ({
    agentId: agent.id,
    agentType: typeOf(agent.metadata, agentType),
    status: agentStatusOf(agent),
    connectedAt: agent.spawnedAt,
    lastActivity: agent.activeAt,
  }))
  return state.frame('agent:list', { agents, ...(there.length > agents.length ? { total: there.length } : {}) })
}

/** What an agent says of itself, as far as the dashboard has words for it. */
interface Described {
  readonly capabilities?: AgentView['capabilities'] | undefined
  readonly metadata?: AgentView['metadata'] | undefined
}

/** All that is known of an agent. */
const agentStatus = (
  agentId: string,
  status: AgentStatus,
  { capabilities, metadata }: Described,
  state: State,
  at?: number,
): PlainFrame => {
  const facts: Payload<'agent:status'>['metadata'] = {}
  for (const fact of ['version', 'platform'] as const) {
    const value = metadata?.[fact]
    if (typeof value === 'string') facts[fact] = value.slice(0, 256)
  }
  const payload = {
    ...{ agentId, agentType: typeOf(metadata, state.settings.agentType), status },
    ...(capabilities ? { capabilities: [...capabilities] } : {}),
    ...(Object.keys(facts).length > 0 ? { metadata: facts } : {}),
  }
  return state.frame('agent:status', payload, at)
}

/** How an agent has become; one that has stopped may be forgotten already. */
export const agentChanged = (event: EventOf<'agent.status'>, state: State, at: number): PlainFrame =>
  agentStatus(event.id, agentStatusOf(event), state.context.view.agent(event.id) ?? {}, state, at)

/** How an agent is now; nothing of one that the client may not see. */
export const agentNow = (id: string, state: State): readonly PlainFrame[] => {
  const agent = state.context.view.agent(id)
  return agent ? [agentStatus(id, agentStatusOf(agent), agent, state)] : []
}

export const spawned = (event: EventOf<'agent.spawned'>, state: State, at: number): PlainFrame =>
  agentStatus(event.id, 'online', event, state, at)

/** Characters of a command that a queue shows: it is a list, sent anew with every change. */
const shownOfCommand = 1_000

/** The command as it was typed, where the message is one of those that carry text; else what the task is called. */
const textOf = ({ message, title }: TaskView): string => {
  const text = [message['command'], message['prompt'], message['text']].find((value) => typeof value === 'string') ?? title
  return text.length > shownOfCommand ? `${text.slice(0, shownOfCommand)}…` : text
}

/** What waits for an agent, next first. A command that the client may not see keeps its position and is left out. */
export const commandQueue = (agentId: string, state: State, at?: number): readonly PlainFrame[] => {
  const { view } = state.context
  const agent = view.agent(agentId)
  if (!agent) return []
  const queue = agent.queue.flatMap((id, place) => {
    const task = view.task(id)
    if (!task) return []
    const priority = task.priority === 'critical' ? ('high' as const) : task.priority
    const { by: requestedBy, createdAt: requestedAt } = task
    return [{ commandId: id, command: textOf(task), priority, position: place + 1, requestedBy, requestedAt }]
  })
  return [state.frame('command:queue', { agentId, queue }, at)]
}
