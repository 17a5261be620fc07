/** The protocol of `@claude-flow/realtime`, version 1.0.0. */
import { configurable, type Dialect, type Rate } from '../../dialect.js'
import { answer } from './answer.js'
import { hear, idOf, wrong } from './hear.js'
import type { ClaudeFlowOptions } from './options.js'
import { say } from './say.js'
import { State } from './state.js'
import { ErrorCodes, supportedVersions } from './words.js'

export type { ClaudeFlowOptions } from './options.js'
export { inbound, outbound } from './words.js'

/** What only keeps the connection is free. */
const free = new Set<unknown>(['auth', 'ping', 'pong', 'ack', 'error', 'version-negotiation'])

const ratesOf = ({ rateLimit }: ClaudeFlowOptions): readonly Rate[] =>
  rateLimit
    ? [
        {
          ...{ what: 'messages', rate: rateLimit.maxMessages, burst: rateLimit.maxMessages, window: rateLimit.windowMs },
          per: 'connection',
          bucket: (frame) => (frame && free.has(frame['type']) ? undefined : ''),
        },
      ]
    : []

const make = (options: ClaudeFlowOptions): Dialect<State> => ({
  name: 'claude-flow',
  subprotocols: {},
  paths: options.paths ?? ['/'],
  entrance: 'either',
  pipelined: true,
  pulse: { interval: options.heartbeat, missed: 2, frames: false },
  open: (context) => new State(context, options),
  welcomed(standing, state) {
    state.standing = standing
    return { rates: ratesOf(options) }
  },
  greet: (state) => [state.frame('version-negotiation', { supportedVersions: [...supportedVersions] })],
  idOf,
  hear,
  answer,
  refuse: (failure, id, state) => [wrong(failure, id, state)],
  say,
  shared: () => false,
  tell(event, state, request) {
    switch (event.type) {
      case 'session.welcome':
        return request ? [state.frame('ack', { messageId: request.id, success: true })] : []
      case 'session.ping':
        return [state.frame('ping', {})]
      case 'session.error':
        return [wrong(event.error, undefined, state)]
      case 'session.notice': {
        const { level, text, from } = event
        return [state.frame('event', { topic: 'system.notice', data: { level, text, from, timestamp: state.context.now() } })]
      }
      case 'session.dropped': {
        const { topic, count, reason } = event
        const why = reason === 'expired' ? 'their time had run out' : 'they were not read fast enough'
        const message = `${count} events about ${topic} were not sent: ${why}.`
        return [state.frame('error', { code: ErrorCodes.INTERNAL_ERROR, message, details: { topic, count, reason } })]
      }
      default:
        return []
    }
  },
})

/** As it is, or with options: `claudeFlow({ subscriptions: 500 })`. */
export const claudeFlow = configurable(make, {})
