/** What a Team Dashboard says, in the runtime's words. */
import type { z } from 'zod'
import { TroupeError } from '../../../src/errors.js'
import type { Command } from '../../../src/protocol/command.js'
import { fitted } from '../../../src/protocol/fitted.js'
import type { SessionCommand } from '../../../src/protocol/session.js'
import { traceparentIn } from '../../../src/protocol/traceparent.js'
import type { AgentView } from '../../../src/protocol/view.js'
import { type PlainFrame, type Request, type Saying, textMessage } from '../../dialect.js'
import type { TeamDashboardOptions } from './options.js'
import type { State, Subscription } from './state.js'
import { type Inbound, type InWord, inbound, outbound } from './words.js'

type Heard = readonly (Request | Saying)[]

const isWord = (type: string): type is InWord => Object.hasOwn(inbound, type)

const wrong = (type: string, error: z.ZodError): TroupeError => {
  const [issue] = error.issues
  const where = issue?.path.length ? ` at ${issue.path.join('.')}` : ''
  return new TroupeError(
    'INVALID_MESSAGE',
    `${type} does not fit${where}: ${issue?.message ?? 'its shape is another'}.`.slice(0, 500),
  )
}

/** Throws `INVALID_MESSAGE` or `UNSUPPORTED`. */
export const hear = (frame: PlainFrame, state: State, options: TeamDashboardOptions): Heard => {
  const { type } = frame
  if (typeof type !== 'string') throw new TroupeError('INVALID_MESSAGE', 'A message needs a type, such as agent:command.')
  if (!isWord(type)) {
    const known = Object.hasOwn(outbound, type) ? 'is said by the server alone' : 'is not known'
    throw new TroupeError(
      'UNSUPPORTED',
      `The type ${JSON.stringify(type.slice(0, 80))} ${known}; these are: ${Object.keys(inbound).join(', ')}.`,
    )
  }
  const read = fitted(inbound[type], frame)
  if (!read.success) throw wrong(type, read.error)
  return ways[type](read.data as never, state, options)
}

type Subscribe = Inbound<'subscribe:agent' | 'subscribe:metrics' | 'subscribe:logs'>

type Way<T extends InWord> = (message: Inbound<T>, state: State, options: TeamDashboardOptions) => Heard

interface Extra {
  readonly agent?: string | undefined
  readonly subscription?: Subscription | undefined
}

/** A request, and what its answer needs to know of the message. */
const ask = (
  { id = '', metadata }: { readonly id?: string | undefined; readonly metadata?: Inbound<'ping'>['metadata'] },
  command: Command | SessionCommand,
  state: State,
  extra: Extra = {},
): Heard => {
  const request = state.context.nextId()
  const correlationId = metadata?.correlationId
  state.asked.set(request, { messageId: id, correlationId, ...extra })
  const traceparent = traceparentIn(metadata?.traceparent)
  const cause = {
    ...(correlationId === undefined ? {} : { correlationId }),
    ...(traceparent === undefined ? {} : { traceparent }),
  }
  return [{ id: request, command, cause }]
}

/** The agent, as far as the dashboard may see it. Throws `NOT_FOUND`. */
const agentOf = (id: string, { context }: State): AgentView => {
  const agent = context.view.agent(id)
  if (agent) return agent
  throw new TroupeError('NOT_FOUND', `There is no agent ${id}.`, { details: { agentId: id } })
}

const needRead = ({ standing }: State): void => {
  if (!standing?.permissions.some((each) => each === 'read' || each === 'admin'))
    throw new TroupeError('FORBIDDEN', 'This needs the permission read.')
}

/** Throws `TOO_MANY` for one more than may be. */
const subscription = (
  to: Subscription['to'],
  { payload }: Subscribe,
  state: State,
  { subscriptions: limit = 100 }: TeamDashboardOptions,
): Subscription => {
  needRead(state)
  if (state.subscriptions.size >= limit)
    throw new TroupeError('TOO_MANY', `A connection may have ${limit} subscriptions; unsubscribe from some.`)
  if (payload.agentId !== undefined) agentOf(payload.agentId, state)
  return { id: state.context.nextUuid(), to, agent: payload.agentId, filters: payload.filters }
}

/** A subscription that is there at once. */
const subscribed = (message: Subscribe, made: Subscription, state: State): Heard => {
  state.subscriptions.set(made.id, made)
  const { id = '', metadata } = message
  return [{ say: [state.frame('ack', { messageId: id, success: true, subscriptionId: made.id }, metadata)] }]
}

/** The topics beside those that every dashboard hears that a subscription needs. */
const topicsOf = ({ to, agent }: Subscription): readonly string[] =>
  to === 'metrics' ? ['system.metrics', `agent.${agent ?? '*'}.metrics`] : to === 'logs' ? ['system.alert'] : []

const mayMonitor = ({ standing }: State): boolean =>
  standing?.permissions.some((each) => each === 'system_monitor' || each === 'admin') ?? false

const ways: { readonly [T in InWord]: Way<T> } = {
  auth(message, state) {
    const { token, sessionId, lastMessageId, clientId } = 'payload' in message ? message.payload : message
    state.lastMessage = lastMessageId
    const client = clientId
    if (state.standing) {
      if (token === undefined)
        throw new TroupeError('INVALID_MESSAGE', 'auth was said already; said again, it needs a new token.')
      return ask(message, { type: 'session.refresh', token }, state)
    }
    const resume = sessionId === undefined ? {} : { resume: { session: sessionId } }
    return ask(message, { type: 'session.hello', ...(token ? { token } : {}), client, ...resume }, state)
  },
  'agent:create'(message, state, { models = usualModels }) {
    const { name, model, workspace, environment, resourceLimits } = message.payload
    const definition = Object.hasOwn(models, model) ? models[model] : undefined
    if (definition === undefined)
      throw new TroupeError(
        'INVALID_MESSAGE',
        `The model ${model.slice(0, 80)} is not known; these are: ${Object.keys(models).join(', ')}.`,
      )
    const options = {
      workspace,
      ...(environment ? { env: environment } : {}),
      ...(resourceLimits ? { limits: resourceLimits } : {}),
    }
    return ask(message, { type: 'agent.spawn', definition, name, options, metadata: { model } }, state)
  },
  'agent:command'(message, state) {
    const { agentId, command, interactive = false, timeout } = message.payload
    const agent = agentOf(agentId, state)
    const text = textMessage(agent, command)
    const { priority } = message.metadata ?? {}
    return ask(
      message,
      {
        type: 'task.create',
        to: agent.id,
        message: interactive ? { ...text, terminal: true } : text,
        title: command.slice(0, 256),
        ...(timeout === undefined ? {} : { timeout }),
        ...(priority === undefined ? {} : { priority }),
      },
      state,
      { agent: agentId },
    )
  },
  'agent:terminate'(message, state) {
    const { agentId, force = false } = message.payload
    const { id } = agentOf(agentId, state)
    return ask(message, force ? { type: 'agent.kill', id } : { type: 'agent.terminate', id }, state, { agent: id })
  },
  'agent:pause'(message, state) {
    const agent = agentOf(message.payload.agentId, state)
    // Whoever runs a process stops it where it stands; others finish the step that they are at.
    return ask(message, { type: agent.pids?.length ? 'agent.freeze' : 'agent.pause', id: agent.id }, state, { agent: agent.id })
  },
  'agent:resume'(message, state) {
    const { id } = agentOf(message.payload.agentId, state)
    return ask(message, { type: 'agent.resume', id }, state, { agent: id })
  },
  'subscribe:agent': (message, state, options) => subscribed(message, subscription('agent', message, state, options), state),
  'subscribe:metrics'(message, state, options) {
    const made = subscription('metrics', message, state, options)
    return ask(message, { type: 'session.subscribe', patterns: [...topicsOf(made)] }, state, { subscription: made })
  },
  'subscribe:logs'(message, state, options) {
    const made = subscription('logs', message, state, options)
    // Who may not hear of the system at large still hears the output.
    if (!mayMonitor(state)) return subscribed(message, made, state)
    return ask(message, { type: 'session.subscribe', patterns: [...topicsOf(made)] }, state, { subscription: made })
  },
  unsubscribe(message, state) {
    const { subscriptionId } = message.payload
    const gone = state.subscriptions.get(subscriptionId)
    if (!gone) throw new TroupeError('INVALID_MESSAGE', `There is no subscription ${subscriptionId}.`)
    state.subscriptions.delete(subscriptionId)
    const needed = new Set([...state.subscriptions.values()].flatMap(topicsOf))
    const patterns = topicsOf(gone).filter((topic) => !needed.has(topic))
    if (patterns.length > 0) return ask(message, { type: 'session.unsubscribe', patterns }, state)
    return [{ say: [state.frame('ack', { messageId: message.id ?? '', success: true }, message.metadata)] }]
  },
  ping: (message, state) => ask(message, { type: 'session.ping' }, state),
  pong: (message, state) => ask(message, { type: 'session.pong' }, state),
}

/** The models of the document, each worked for by a shell agent. */
const usualModels: Readonly<Record<string, string>> = { 'claude-3-opus': 'shell', 'claude-3-sonnet': 'shell' }
