/** The protocol of OpenClaw, version 1.0.0. */
import { configurable, type Dialect, type PlainFrame, type Rate } from '../../dialect.js'
import { acknowledgement, answer, refuse } from './answer.js'
import { hear, idOf } from './hear.js'
import { defaultRateLimits, type OpenClawOptions } from './options.js'
import { say } from './say.js'
import { State } from './state.js'
import { type ClientType, clientTypes } from './words.js'
import { change, handed, registration } from './works.js'

export type { OpenClawOptions, RateLimitConfig } from './options.js'
export { frame as inbound, outbound } from './words.js'

/** What costs nothing. */
const controls = /^(auth|ping|pong|agent_heartbeat|disconnect)$/i

const rateOf = (type: ClientType, { rateLimits = {} }: OpenClawOptions): Rate => {
  const { messagesPerMinute, burstSize, windowSize, penaltyDuration } = rateLimits[type] ?? defaultRateLimits[type]
  return {
    what: 'messages',
    rate: (messagesPerMinute * windowSize) / 60,
    window: windowSize * 1_000,
    burst: burstSize,
    per: 'client',
    penalty: penaltyDuration * 1_000,
    bucket: (frame) => (typeof frame?.['type'] === 'string' && controls.test(frame['type']) ? undefined : type),
  }
}

/** With a client type, or a type in upper case. */
const fits = ({ type, clientType, payload }: PlainFrame): boolean =>
  clientType !== undefined ||
  (typeof payload === 'object' && payload !== null && 'clientType' in payload) ||
  (typeof type === 'string' && /^[A-Z][A-Z_]*$/.test(type))

const make = (options: OpenClawOptions): Dialect<State> => ({
  name: 'openclaw',
  subprotocols: {},
  paths: options.paths ?? ['/ws'],
  opening: { fits, looksLike: '{"type":"AUTH","token":…,"clientType":…}' },
  pipelined: true,
  hears: [
    ...['agent.*.spawned', 'agent.*.status', 'agent.*.activity', 'agent.*.heartbeat', 'agent.*.said', 'agent.*.output'],
    ...['task.#', 'swarm.#', 'client.*.channel'],
  ],
  missed: 1_000,
  open: (context) => new State(context),
  welcomed(standing, state) {
    state.standing = standing
    const claimed = clientTypes.find((type) => type === standing.clientType)
    if (claimed) state.clientType = claimed
    return { rates: [rateOf(state.clientType, options)], requests: state.clientType === 'agent' ? [registration(state)] : [] }
  },
  adopt(state, former) {
    state.channels = former.channels
    return undefined
  },
  greet: () => [],
  idOf,
  hear: (frame, state) => hear(frame, state, options),
  answer,
  refuse,
  say,
  shared: () => false,
  tell(event, state) {
    switch (event.type) {
      case 'session.welcome':
        return [acknowledgement(event, state)]
      case 'session.error':
        return refuse(event.error, undefined, state)
      case 'session.ping':
        return [state.message('ping', {})]
      case 'session.draining':
        return [state.message('disconnect', { reason: event.reason, reconnectAfter: event.reconnectAfter }, { priority: 3 })]
      case 'session.notice':
        return [
          state.message(
            'notification',
            { level: event.level, title: 'Notice', message: event.text },
            { source: event.from, priority: 2 },
          ),
        ]
      case 'session.deliver':
        return [handed(event, state)]
      case 'session.delivery':
        return change(event, state)
      case 'session.dismissed':
        return [state.message('agent_terminate', { agentId: event.agent }, { target: event.agent, priority: 2 })]
      case 'session.dropped':
        return [alert(`${event.count} messages about ${event.topic} were not sent: ${event.reason}.`, state)]
      case 'session.gap':
        return [alert(`What happened to ${event.topic} meanwhile is no longer known.`, state)]
      default:
        return []
    }
  },
})

const alert = (message: string, state: State): PlainFrame =>
  state.message('system_alert', { level: 'warning', category: 'performance', message }, { channel: 'system.alerts', priority: 2 })

/** As it is, or with options: `openclaw({ kind: 'coder' })`. */
export const openclaw = configurable(make, {})
