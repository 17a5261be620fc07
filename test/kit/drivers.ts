/** One client of each protocol, as its document describes it: what all of them have to be able to do, each in its own frames. */
import { agentcraft } from '../../bridge/dialects/agentcraft/index.js'
import { claudeFlow } from '../../bridge/dialects/claude-flow/index.js'
import { native } from '../../bridge/dialects/native/index.js'
import { onsembl } from '../../bridge/dialects/onsembl/index.js'
import { openclaw } from '../../bridge/dialects/openclaw/index.js'
import { teamDashboard } from '../../bridge/dialects/team-dashboard/index.js'
import type { Dialect } from '../../bridge/index.js'
import { type Frame, type Plain, plain } from './plain.js'

export interface Driver {
  readonly name: string
  readonly dialect: Dialect
  /** Connects with a token, and is through when it was let in. `resume`: the session to go on with. */
  enter(url: string, token: string, resume?: string): Promise<Plain>
  /** Connects with that token, good or bad, and waits for nothing. */
  knock(url: string, token: string): Promise<Plain>
  /** What kind of frame it is. Default: its `type`. */
  word?(frame: Frame): unknown
  /** What comes first, in order. */
  readonly greeting: readonly string[]
  /** Asks to hear what concerns an agent, where that has to be asked for. */
  listen(one: Plain, agent: string): Promise<unknown>
  /** Has an agent run a command; absent where there is no word for it. */
  readonly command?: (one: Plain, agent: string, text: string) => unknown
  /** Whether a frame tells that the agent did, or printed, something. */
  tells(frame: Frame, agent: string): boolean
  /** A frame that is nonsense, and whether another answers it. */
  readonly nonsense: object
  refuses(frame: Frame): boolean
  /** Asks for something harmless, and waits for the answer. */
  ask(one: Plain): Promise<unknown>
  /** Says that it lives, and waits for the echo. */
  beat(one: Plain): Promise<unknown>
  /** The session that it may go on with; absent where there is no word for it. */
  readonly session?: (one: Plain) => string
  /** Whether a frame tells that the session goes on. */
  readonly resumed?: (frame: Frame) => boolean
  /** A frame that may not be said too often, and how often is too often. */
  readonly flood: { readonly times: number; frame(at: number): object; isTooMuch(frame: Frame): boolean }
  /** Whether a frame says that the server goes away; absent where there is no word for it. */
  readonly farewell?: (frame: Frame) => boolean
  /** Why it has no word for something. */
  readonly lacks: { readonly [what in 'command' | 'session' | 'farewell']?: string }
}

let count = 0
const next = () => `q${++count}`
const on = (url: string, path: string, token?: string) => `${url}${path}${token === undefined ? '' : `?token=${token}`}`
const codeOf = ({ payload }: Frame) => payload?.['code']

/** Says it, and waits for what answers it by that id. */
const asked = (one: Plain, frame: object, answers: (heard: Frame, id: string) => boolean): Promise<Frame> => {
  const id = next()
  one.say({ id, timestamp: 1, ...frame })
  return one.until((heard) => answers(heard, id), JSON.stringify(frame))
}

const byCorrelation = (heard: Frame, id: string) => heard['correlationId'] === id && heard.type !== 'accepted'
const byMessage = ({ type, payload }: Frame, id: string) => type === 'ack' && payload['messageId'] === id

const nativeDriver: Driver = {
  name: 'native',
  dialect: native as Dialect,
  knock: async (url, token) => {
    const one = await plain(on(url, '/native'), { protocol: 'troupe.v1+json' })
    one.say({ id: next(), type: 'hello', payload: { token } })
    return one
  },
  async enter(url, token, resume) {
    const one = await plain(on(url, '/native'), { protocol: 'troupe.v1+json' })
    one.say({ id: next(), type: 'hello', payload: { token, ...(resume ? { resume: { session: resume } } : {}) } })
    await one.type('welcome')
    return one
  },
  greeting: ['welcome'],
  listen: (one) => asked(one, { type: 'subscribe', payload: { patterns: ['task.#', 'agent.*.status'] } }, byCorrelation),
  command: (one, to, command) => one.say({ id: next(), type: 'task.create', payload: { to, message: { type: 'run', command } } }),
  tells: ({ type, payload }, agent) => type === 'task.output' && payload['agent'] === agent,
  nonsense: { id: 'x', type: 'dance' },
  refuses: ({ type }) => type === 'error',
  ask: (one) => asked(one, { type: 'view.get', payload: {} }, byCorrelation),
  beat: (one) => asked(one, { type: 'ping' }, byCorrelation),
  session: (one) => String(one.frames.find(({ type }) => type === 'welcome')?.payload['session']),
  resumed: ({ type, payload }) => type === 'welcome' && payload['resumed'] === true,
  flood: {
    times: 1_200,
    frame: (at) => ({ id: `f${at}`, type: 'agent.ask', payload: { to: 'mute', message: { type: 'wait' } } }),
    isTooMuch: (frame) => codeOf(frame) === 'TOO_MANY',
  },
  farewell: ({ type }) => type === 'draining',
  lacks: {},
}

const openclawDriver: Driver = {
  name: 'openclaw',
  dialect: openclaw as Dialect,
  async knock(url, token) {
    const one = await plain(on(url, '/ws'))
    one.say({ type: 'AUTH', token, clientType: 'frontend', version: '1.0.0' })
    return one
  },
  async enter(url, token, sessionId) {
    const one = await plain(on(url, '/ws'))
    one.say({ type: 'AUTH', token, clientType: 'frontend', version: '1.0.0', ...(sessionId ? { sessionId } : {}) })
    await one.type('CONNECTION_ACK')
    return one
  },
  greeting: ['CONNECTION_ACK'],
  listen: (one, agent) =>
    asked(one, { type: 'subscribe', payload: { channels: ['task.updates', `agent.${agent}`] } }, byCorrelation),
  command: (one, agentId, command) => one.say({ id: next(), type: 'task_create', payload: { title: command, command, agentId } }),
  tells: ({ payload }, agent) => payload['event'] === 'task_output' && (payload['data'] as Frame)['agentId'] === agent,
  nonsense: { id: 'x', type: 'dance' },
  refuses: ({ type }) => type === 'error',
  ask: (one) => asked(one, { type: 'request', payload: { action: 'list_agents' } }, byCorrelation),
  beat: (one) => asked(one, { type: 'ping' }, byCorrelation),
  session: (one) => String(one.frames.find(({ type }) => type === 'CONNECTION_ACK')?.['sessionId']),
  resumed: ({ type, payload }) => type === 'CONNECTION_ACK' && payload['resumed'] === true,
  flood: {
    times: 12,
    frame: (at) => ({ id: `f${at}`, type: 'request', payload: { action: 'list_agents' } }),
    isTooMuch: (frame) => codeOf(frame) === 'RATE_LIMIT_EXCEEDED',
  },
  farewell: ({ type }) => type === 'disconnect',
  lacks: {},
}

const teamDriver: Driver = {
  name: 'team-dashboard',
  dialect: teamDashboard as Dialect,
  async knock(url, token) {
    const one = await plain(on(url, '/ws'))
    one.say({ id: next(), type: 'auth', payload: { token, clientId: 'conform' } })
    return one
  },
  async enter(url, token, sessionId) {
    const one = await plain(on(url, '/ws'))
    one.say({ id: next(), type: 'auth', payload: { token, clientId: 'conform', ...(sessionId ? { sessionId } : {}) } })
    await one.type('ack')
    return one
  },
  greeting: ['ack'],
  listen: (one, agentId) => asked(one, { type: 'subscribe:agent', payload: { agentId } }, byMessage),
  command: (one, agentId, command) => one.say({ id: next(), type: 'agent:command', timestamp: 1, payload: { agentId, command } }),
  tells: ({ type, payload }, agent) => type === 'agent:output' && payload['agentId'] === agent,
  nonsense: { id: 'x', type: 'dance', payload: {} },
  refuses: ({ type }) => type === 'error',
  ask: (one) => asked(one, { type: 'subscribe:agent', payload: {} }, byMessage),
  beat(one) {
    one.say({ type: 'ping', payload: { timestamp: 1 } })
    return one.type('pong')
  },
  session: (one) => String(one.frames.find(({ type }) => type === 'ack')?.payload['sessionId']),
  resumed: ({ type, payload }) => type === 'ack' && payload['resumed'] === true,
  flood: {
    times: 110,
    frame: (at) => ({ id: `f${at}`, type: 'unsubscribe', payload: { subscriptionId: 'none' } }),
    isTooMuch: (frame) => codeOf(frame) === 4003,
  },
  farewell: ({ type, payload }) =>
    type === 'system:alert' && typeof (payload['details'] as Frame | undefined)?.['reconnectAfter'] === 'number',
  lacks: {},
}

const onsemblDriver: Driver = {
  name: 'onsembl',
  dialect: onsembl as Dialect,
  knock: (url, token) => plain(on(url, '/ws/dashboard', token)),
  async enter(url, token) {
    const one = await plain(on(url, '/ws/dashboard', token))
    await one.type('agent:list')
    return one
  },
  greeting: ['connection:ack', 'agent:list'],
  listen: async () => {},
  command: (one, agentId, command) =>
    one.say({ version: '1.0.0', type: 'command:request', timestamp: 1, payload: { agentId, command, priority: 'normal' } }),
  tells: ({ type, payload }, agent) => type === 'terminal:output' && payload['agentId'] === agent,
  nonsense: { version: '1.0.0', type: 'dance', timestamp: 1, payload: {} },
  refuses: ({ type }) => type === 'error',
  ask(one) {
    one.say({
      version: '1.0.0',
      type: 'dashboard:connect',
      timestamp: 1,
      payload: { clientInfo: { userAgent: 'x', timezone: 'UTC' } },
    })
    return one.until((frame) => frame.type === 'connection:ack' || frame.type === 'error')
  },
  beat(one) {
    one.say({ version: '1.0.0', type: 'heartbeat', timestamp: 1, payload: { sequence: 7 } })
    return one.until(({ type, payload }) => type === 'heartbeat' && payload['sequence'] === 7)
  },
  flood: {
    times: 12,
    frame: () => ({
      version: '1.0.0',
      type: 'command:request',
      timestamp: 1,
      payload: { agentId: 'nobody', command: 'true', priority: 'low' },
    }),
    isTooMuch: (frame) => codeOf(frame) === 'RATE_LIMIT',
  },
  lacks: {
    session: 'the document has no session that goes on: a dashboard that comes back is greeted anew with all that is there',
    farewell: 'the document has no word for it; the close code 1012 says it',
  },
}

const agentcraftDriver: Driver = {
  name: 'agentcraft',
  dialect: agentcraft as Dialect,
  knock: (url, token) => plain(on(url, `/ws/agent-tracking/${next()}`, token)),
  async enter(url, token) {
    const one = await plain(on(url, `/ws/agent-tracking/${next()}`, token))
    await one.type('active_sessions')
    return one
  },
  greeting: ['active_sessions'],
  listen: async () => {},
  tells: (frame, agent) => frame.type === 'agent_status' && frame['agent_id'] === agent && frame['status'] === 'PROCESSING',
  nonsense: { type: 'dance' },
  refuses: ({ type }) => type === 'error',
  ask(one) {
    one.say({ type: 'get_session_state', session_id: 'none' })
    return one.type('session_not_found')
  },
  beat(one) {
    // The server asks, and the client answers: whether the answer is understood shows in that nothing is said against it.
    one.say({ type: 'pong' })
    return agentcraftDriver.ask(one)
  },
  flood: {
    times: 62,
    frame: () => ({ type: 'get_session_state', session_id: 'none' }),
    isTooMuch: (frame) => frame.type === 'error' && /limit|too/i.test(String(frame['message'])),
  },
  lacks: {
    command: 'its page observes; the document has no command',
    session: 'a page that comes back is sent the sessions anew',
    farewell: 'the document has no word for it; the close code 1012 says it',
  },
}

const claudeFlowDriver: Driver = {
  name: 'claude-flow',
  dialect: claudeFlow as Dialect,
  async knock(url, token) {
    const one = await plain(on(url, '/'))
    one.say({ id: next(), type: 'auth', version: '1.0.0', timestamp: 1, token })
    return one
  },
  async enter(url, token) {
    const one = await plain(on(url, '/'))
    await asked(one, { type: 'auth', version: '1.0.0', token }, (heard, id) => heard['messageId'] === id)
    return one
  },
  greeting: ['version-negotiation', 'ack'],
  listen: (one, agent) =>
    asked(
      one,
      { type: 'subscribe', version: '1.0.0', topics: [`agent.${agent}.status`, 'task.*.completed'] },
      (heard, id) => heard['messageId'] === id,
    ),
  tells: (frame, agent) =>
    frame.type === 'event' && frame['topic'] === `agent.${agent}.status` && (frame['data'] as Frame)['status'] === 'busy',
  nonsense: { id: 'x', type: 'dance', version: '1.0.0', timestamp: 1 },
  refuses: ({ type }) => type === 'error',
  ask: (one) => asked(one, { type: 'unsubscribe', version: '1.0.0', topics: ['none'] }, (heard, id) => heard['messageId'] === id),
  beat(one) {
    one.say({ id: next(), type: 'ping', version: '1.0.0', timestamp: 1 })
    return one.type('pong')
  },
  flood: {
    times: 101,
    frame: (at) => ({ id: `f${at}`, type: 'subscribe', version: '1.0.0', timestamp: 1, topics: [`team.t${at}`] }),
    isTooMuch: (frame) => frame.type === 'error' && frame['code'] === 'SUBSCRIPTION_FAILED',
  },
  lacks: {
    command: 'the document has no command; it publishes and votes',
    session: 'its client subscribes anew when it comes back',
    farewell: 'the document has no word for it; the close code 1012 says it',
  },
}

export const drivers: readonly Driver[] = [
  nativeDriver,
  openclawDriver,
  teamDriver,
  onsemblDriver,
  agentcraftDriver,
  claudeFlowDriver,
]
