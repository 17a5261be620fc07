/** The protocol of the Team Dashboard, version 1.0.0. */
import type { SessionEvent } from '../../../src/protocol/session.js'
import { configurable, type Dialect, type PlainFrame, type Request } from '../../dialect.js'
import { answer, failed, pong, welcome } from './answer.js'
import { hear } from './hear.js'
import type { TeamDashboardOptions } from './options.js'
import { say } from './say.js'
import { State } from './state.js'

export type { TeamDashboardOptions } from './options.js'
export { inbound, outbound } from './words.js'

const controls = new Set<unknown>(['auth', 'ping', 'pong'])

const hasClientId = ({ clientId, payload }: PlainFrame): boolean =>
  clientId !== undefined || (typeof payload === 'object' && payload !== null && 'clientId' in payload)

const agentIn = ({ payload }: PlainFrame): string =>
  typeof payload === 'object' && payload !== null && 'agentId' in payload ? String(payload.agentId).slice(0, 128) : ''

const make = (options: TeamDashboardOptions): Dialect<State> => {
  const { paths = ['/ws'], commandsPerSecond = 10, messagesPerSecond = 100, missed = 1_000, heartbeat } = options
  return {
    name: 'team-dashboard',
    subprotocols: {},
    paths,
    opening: { fits: hasClientId, looksLike: '{"type":"auth","token":…,"clientId":…}' },
    pipelined: true,
    hears: ['agent.*.spawned', 'agent.*.status', 'agent.*.output', 'task.*.output', 'task.*.status'],
    pulse: { interval: heartbeat, missed: 2, frames: false },
    missed,
    // A client that names the last message that it knows says that it knows all before it.
    inOrder: true,
    open: (context) => new State(context),
    welcomed(standing, state) {
      state.standing = standing
      return {
        rates: [
          {
            ...{ what: 'messages', rate: messagesPerSecond, burst: messagesPerSecond, window: 1_000, per: 'connection' },
            bucket: (frame) => (frame && controls.has(frame['type']) ? undefined : ''),
          },
          {
            ...{ what: 'commands to an agent', rate: commandsPerSecond, burst: commandsPerSecond, window: 1_000, per: 'client' },
            bucket: (frame) => (frame?.['type'] === 'agent:command' ? agentIn(frame) : undefined),
          },
        ],
      }
    },
    adopt: (state, former) => state.adopt(former),
    greet: () => [],
    hear(frame, state) {
      state.caughtUp()
      return hear(frame, state, options)
    },
    answer,
    refuse: (failure, id, state) => state.ahead(failed(failure, id ?? '', state, { agent: agentOf(failure.details) })),
    say,
    shared: () => false,
    tell: (event, state, request) => state.ahead(tell(event, state, request)),
  }
}

const tell = (event: SessionEvent, state: State, request?: Request): readonly PlainFrame[] => {
  switch (event.type) {
    case 'session.welcome':
      return welcome(event, state, request)
    case 'session.error':
      return failed(event.error, '', state).slice(1)
    case 'session.ping':
      state.caughtUp()
      return [{ ...pong(state), type: 'ping' }]
    case 'session.draining':
      state.caughtUp()
      return [alert(state, 'warning', event.reason, { grace: event.grace, reconnectAfter: event.reconnectAfter })]
    case 'session.notice':
      state.caughtUp()
      return [alert(state, event.level, event.text)]
    case 'session.dropped': {
      const { topic, count, reason } = event
      return [alert(state, 'warning', `${count} messages about ${topic} were not sent: ${reason}.`, { topic, count, reason })]
    }
    case 'session.gap':
      return [alert(state, 'warning', `What happened to ${event.topic} meanwhile is no longer known.`, { topic: event.topic })]
    default:
      return []
  }
}

const agentOf = (details: Readonly<Record<string, unknown>> | undefined): string | undefined =>
  typeof details?.['agentId'] === 'string' ? details['agentId'] : undefined

const alert = (
  state: State,
  level: 'info' | 'warning' | 'critical',
  message: string,
  details?: Record<string, unknown>,
): PlainFrame => state.frame('system:alert', { level, category: 'performance', message, ...(details ? { details } : {}) })

/** As it is, or with options: `teamDashboard({ models: { 'claude-3-opus': 'coder' } })`. */
export const teamDashboard = configurable(make, {})
