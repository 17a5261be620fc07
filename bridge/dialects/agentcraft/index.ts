/** The protocol of AgentCraft's dashboards as a dialect: they watch swarms, which they call sessions. */
import { TroupeError } from '../../../src/errors.js'
import { configurable, type Dialect } from '../../dialect.js'
import { hear } from './hear.js'
import { Memory } from './memory.js'
import { say } from './say.js'
import { error, tell } from './tell.js'
import { inbound, outbound } from './words.js'

export { inbound, outbound }

export interface AgentCraftOptions {
  /** Default `/ws/agent-tracking/:id` and `/api/ws/agent-tracking/:id`; each has to have a `:id`. */
  readonly paths?: readonly string[]
  /** What a client id has to look like, else the connection is closed with 1008. Default `[A-Za-z0-9_-]{1,128}`. */
  readonly clientId?: RegExp
  /** Messages of one client id that are heard in a minute, pong aside; one more is answered with an error. Default 60. */
  readonly messagesPerMinute?: number
  /** Milliseconds of silence before a ping. Default: what the bridge is opened with, 30,000. */
  readonly heartbeat?: number
  /** Pings that may go unanswered, also by the WebSocket itself, before the connection is dead. Default 2. */
  readonly missedPings?: number
  /** Lines of `session_logs`, the newest. Default 50, as many as the view keeps of the swarm’s own and of printed ones. */
  readonly logLines?: number
  /** Pieces of output in a state that is asked for, the newest. Default 10, as many as the view keeps. */
  readonly answeredOutput?: number
  /** Pieces of output in a state that is pushed, the newest. Default 5. */
  readonly pushedOutput?: number
  /** Agents in a state that is pushed; beyond it those that are busy come first. Default 200. */
  readonly pushedAgents?: number
  /** How output is gathered before it is pushed: for so many milliseconds, in bytes a piece, and bytes at the most. Default 50, 10,240 and 102,400. */
  readonly output?: { readonly window?: number; readonly chunk?: number; readonly buffer?: number }
}

/** What is listened to: no more than there are words for, since what nobody hears of costs nothing. */
const hears = [
  ...['spawned', 'status', 'activity'].map((what) => `agent.*.${what}`),
  ...['status', 'progress', 'output'].map((what) => `task.*.${what}`),
  ...['created', 'updated', 'status', 'member', 'progress', 'handed-over', 'log'].map((what) => `swarm.*.${what}`),
]

/** Throws `INVALID_OPTION`. */
const whole = (name: string, value: number, least: number): number => {
  if (Number.isInteger(value) && value >= least) return value
  throw new TroupeError(
    'INVALID_OPTION',
    `The option ${name} of agentcraft expects a whole number of ${least} or more; got ${value}.`,
  )
}

const make = (options: AgentCraftOptions): Dialect<Memory> => {
  const { paths = ['/ws/agent-tracking/:id', '/api/ws/agent-tracking/:id'], clientId = /^[A-Za-z0-9_-]{1,128}$/ } = options
  const { heartbeat, output = {} } = options
  const perMinute = whole('messagesPerMinute', options.messagesPerMinute ?? 60, 1)
  const answers = {
    logLines: whole('logLines', options.logLines ?? 50, 1),
    answeredOutput: whole('answeredOutput', options.answeredOutput ?? 10, 0),
  }
  const pushes = {
    agents: whole('pushedAgents', options.pushedAgents ?? 200, 0),
    output: whole('pushedOutput', options.pushedOutput ?? 5, 0),
  }
  return {
    name: 'agentcraft',
    subprotocols: {},
    paths,
    entrance: 'address',
    hears,
    inOrder: true,
    pulse: {
      ...(heartbeat === undefined ? {} : { interval: whole('heartbeat', heartbeat, 1) }),
      missed: whole('missedPings', options.missedPings ?? 2, 1),
      // The original's page does not always answer in words; its browser does.
      frames: false,
    },
    batching: {
      window: whole('output.window', output.window ?? 50, 0),
      chunk: whole('output.chunk', output.chunk ?? 10_240, 4),
      buffer: whole('output.buffer', output.buffer ?? 102_400, 4),
    },
    refusal: ({ params }) => (clientId.test(params['id'] ?? '') ? undefined : 'Invalid client ID'),
    single: ({ params }) => params['id'],
    open: (context) => new Memory(context),
    welcomed: (_, { context }) => ({
      rates: [
        {
          ...{ what: 'messages', rate: perMinute, window: 60_000, burst: perMinute, per: 'client' },
          bucket: (frame) => (frame?.['type'] === 'pong' ? undefined : context.params['id']),
        },
      ],
    }),
    greet: () => [],
    // Nothing that it hears is a request: all is answered at once.
    idOf: () => undefined,
    hear: (frame, memory) => hear(frame, memory, answers),
    answer: () => [],
    refuse: ({ message }, _, memory) => [error(message, memory)],
    say: (envelope, memory, skipped) => say(envelope, memory, pushes, skipped),
    // What a client may see of a session is its own.
    shared: () => false,
    tell: (event, memory) => tell(event, memory),
  }
}

/**
 * AgentCraft, as it is or with options.
 *
 * @example
 * await openBridge(system, { secret, dialects: [agentcraft({ messagesPerMinute: 120 })] })
 */
export const agentcraft = configurable(make, {})
