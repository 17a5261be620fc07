/** What an OpenClaw client says, in the runtime's words. */
import { TroupeError } from '../../../src/errors.js'
import type { PlainFrame } from '../../dialect.js'
import { actions, agentFor, livingAgent } from './actions.js'
import { ask, askEach, askSteps, correlationOf, type Heard, report, say } from './ask.js'
import { priorityOf, publish, subscribe, unsubscribe } from './channels.js'
import type { OpenClawOptions } from './options.js'
import { own, read } from './read.js'
import { agentShown } from './shown.js'
import type { State } from './state.js'
import { type Frame, frame as frameSchema, isMessageType, type MessageType, messageTypes, payloads } from './words.js'
import { agentStatusReport, heartbeat, progressUpdate, response, taskStatusChange } from './works.js'

/** A request to one of these is for the runtime itself. */
const runtime = new Set(['orchestrator_agent', 'orchestrator', 'system', 'websocket_gateway'])
/** Versions that are spoken. */
const versions = /^1(\.\d+){0,2}$/

/** Throws what the message is refused with. */
export const hear = (plain: PlainFrame, state: State, options: OpenClawOptions): Heard => {
  const frame = read(frameSchema, plain, 'The message')
  const type = frame.type.toLowerCase()
  if (!isMessageType(type))
    throw own(
      'INVALID_MESSAGE_FORMAT',
      `There is no message type ${frame.type.slice(0, 64)}; these are: ${messageTypes.join(', ')}.`,
    )
  return ways[type](frame, state, options)
}

/** The id under which whoever said it waits for an answer. */
export const idOf = (plain: PlainFrame): string | undefined => {
  const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value.slice(0, 128) : undefined)
  return text(plain['correlationId']) ?? text(plain['id'])
}

type Way = (frame: Frame, state: State, options: OpenClawOptions) => Heard

const auth: Way = (frame, state) => {
  const { payload = {}, ...flat } = frame
  const {
    token,
    clientType,
    version = '1.0.0',
    sessionId,
    agentId,
    name,
    capabilities,
  } = read(payloads.auth, { ...flat, ...payload }, 'AUTH')
  if (!versions.test(version))
    throw new TroupeError('UNSUPPORTED_VERSION', `The version spoken here is 1.0.0; got ${version.slice(0, 32)}.`)
  state.upper = frame.type === 'AUTH'
  if (state.standing) {
    if (token === undefined)
      throw own('MISSING_REQUIRED_FIELD', 'Missing required field: token', {
        field: 'token',
        expectedType: 'string',
        received: null,
      })
    return ask(frame, { type: 'session.refresh', token }, state, { data: () => ({ refreshed: true }) })
  }
  state.clientType = clientType ?? 'external'
  state.agent = { id: agentId, name, capabilities }
  state.authId = correlationOf(frame)
  const resume = sessionId === undefined ? {} : { resume: { session: sessionId } }
  const hello = { type: 'session.hello', client: name ?? state.clientType, ...(token ? { token } : {}), ...resume } as const
  return [{ id: 'auth', command: hello }]
}

const action =
  (name: string): Way =>
  (frame, state, options) =>
    act(name, frame.payload ?? {}, frame, state, options)

const act = (name: string, data: unknown, frame: Frame, state: State, options: OpenClawOptions): Heard => {
  const known = Object.hasOwn(actions, name) ? actions[name] : undefined
  if (!known)
    throw own('INVALID_MESSAGE_FORMAT', `There is no action ${name.slice(0, 64)}; these are: ${Object.keys(actions).join(', ')}.`)
  return known(read(payloads.anything, data ?? {}, 'data'), frame, state, options)
}

const messageOf = (name: string, data: unknown) => ({
  ...(typeof data === 'object' && data !== null && !Array.isArray(data) ? data : data === undefined ? {} : { data }),
  type: name,
})

/** A request to one agent. */
const askAgent = (target: string, message: ReturnType<typeof messageOf>, frame: Frame, state: State): Heard => {
  const { id } = livingAgent(target, state)
  const timeout = frame.ttl === undefined ? {} : { timeout: frame.ttl * 1_000 }
  return ask(frame, { type: 'agent.ask', to: id, message, priority: priorityOf(frame), ...timeout }, state, {
    data: (answered: { readonly value?: unknown }) => answered.value ?? null,
  })
}

/** To the runtime, to an agent, or to several: the runtime is one of them, under the first of its names. */
const request: Way = (frame, state, options) => {
  const { action: name, data } = read(payloads.message, frame.payload ?? {}, 'The request')
  const targets = [...new Set(frame.target === undefined ? [] : [frame.target].flat())]
  const itself = targets.find((target) => runtime.has(target))
  const agents = targets.filter((target) => !runtime.has(target))
  const [only] = agents
  if (only === undefined) return act(name, data, frame, state, options)
  const message = messageOf(name, data)
  if (itself === undefined && agents.length === 1) return askAgent(only, message, frame, state)
  const parts = agents.map((to) => ({ to, ask: () => askAgent(to, message, frame, state) }))
  const own = itself === undefined ? [] : [{ to: itself, ask: () => act(name, data, frame, state, options) }]
  return askEach(frame, [...own, ...parts], state)
}

const agentMessage: Way = (frame, state) => {
  const { action: name, data } = read(payloads.message, frame.payload ?? {}, 'The message')
  const targets = frame.target === undefined ? [] : [frame.target].flat()
  if (targets.length === 0)
    throw own('MISSING_REQUIRED_FIELD', 'Missing required field: target', {
      field: 'target',
      expectedType: 'string',
      received: null,
    })
  const message = messageOf(name, data)
  const { view } = state.context
  const priority = priorityOf(frame)
  const commands = [...new Set(targets)].map((target) => {
    // All are looked for before anybody is told anything.
    if (runtime.has(target))
      throw new TroupeError(
        'NOT_FOUND',
        `${target} is the runtime, which takes requests; an agent_message goes to agents and clients.`,
      )
    const client = view.agentNamed(target) ? undefined : view.clients().find((each) => each.client === target)
    if (client) return { type: 'client.send', to: client.client, message, priority } as const
    return { type: 'agent.send', to: livingAgent(target, state).id, message, priority } as const
  })
  return askSteps(frame, commands, state, { data: () => ({ delivered: targets }) })
}

const broadcast: Way = (frame, state) => publish(frame, frame.payload ?? {}, state)

/** A broadcast whose words are of one kind. */
const announcement =
  (event: string, schema: typeof payloads.notification | typeof payloads.alert, channel?: string): Way =>
  (frame, state) => {
    const data = read(schema, frame.payload ?? {}, `The ${event}`)
    // Who alerts speaks for the system.
    if (event === 'system_alert') state.need('admin')
    const to = frame.channel ?? (frame.target === undefined ? channel : undefined)
    return publish(to === undefined ? frame : { ...frame, channel: to }, { event, data }, state)
  }

const agentStatus: Way = (frame, state) => {
  const { agentId, status, message } = read(payloads.agentStatus, frame.payload ?? {}, 'The status')
  if (status !== undefined) return agentStatusReport(frame, status, message, state)
  if (agentId === undefined)
    throw own('MISSING_REQUIRED_FIELD', 'Missing required field: agentId', {
      field: 'agentId',
      expectedType: 'string',
      received: null,
    })
  return say(frame, agentShown(agentFor(agentId, state)), state)
}

/** What only a server says. */
const servers =
  (type: MessageType): Way =>
  () => {
    throw own('INVALID_MESSAGE_FORMAT', `${type} is said by the server alone.`)
  }

const ways: Readonly<Record<MessageType, Way>> = {
  auth,
  connection_ack: servers('connection_ack'),
  ping: (frame, state) => ask(frame, { type: 'session.ping' }, state),
  pong: (_, state) => report({ type: 'session.pong' }, state),
  disconnect: (frame, state) => {
    const { reason } = read(payloads.disconnect, frame.payload ?? {}, 'The farewell')
    return report({ type: 'session.close', ...(reason ? { reason } : {}) }, state)
  },
  agent_spawn: action('spawn_agent'),
  agent_terminate: action('terminate_agent'),
  agent_status: agentStatus,
  agent_heartbeat: (_, state) => heartbeat(state),
  task_create: action('create_task'),
  task_update: action('update_task'),
  task_delete: action('delete_task'),
  task_assign: action('assign_task'),
  task_status_change: (frame, state, options) =>
    state.clientType === 'agent' ? taskStatusChange(frame, state) : act('update_task', frame.payload, frame, state, options),
  project_create: action('create_project'),
  project_update: action('update_project'),
  project_status_change: action('update_project'),
  progress_update: progressUpdate,
  notification: announcement('notification', payloads.notification),
  system_alert: announcement('system_alert', payloads.alert, 'system.alerts'),
  agent_message: agentMessage,
  broadcast,
  request,
  response: (frame, state) => response(frame, state, false),
  subscribe: (frame, state) => subscribe(frame, state, false),
  unsubscribe,
  channel_join: (frame, state) => subscribe(frame, state, true),
  channel_leave: unsubscribe,
  error: (frame, state) => response(frame, state, true),
  retry: action('retry_task'),
}
