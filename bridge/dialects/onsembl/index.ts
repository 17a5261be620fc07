/** The protocol of the Onsembl dashboard. */
import { configurable, type Dialect, type PlainFrame, type Rate } from '../../dialect.js'
import { answer } from './answer.js'
import { errorFrame } from './errors.js'
import { hear } from './hear.js'
import { type OnsemblOptions, type Settings, settingsOf } from './options.js'
import { agentChanged, agentList, commandQueue, spawned } from './say-agents.js'
import { commandStatus, created, isOwn, output } from './say-commands.js'
import { State } from './state.js'
import { isNews } from './states.js'
import { tell } from './tell.js'

export type { OnsemblOptions } from './options.js'
export { inbound, outbound } from './words.js'

const make = (options: OnsemblOptions): Dialect<State> => {
  const settings = settingsOf(options)
  const { paths, heartbeat, outputWindow, outputChunk, outputBuffer, listWindow } = settings
  return {
    name: 'onsembl',
    subprotocols: {},
    paths,
    entrance: 'either',
    pipelined: true,
    hears: ['agent.*.spawned', 'agent.*.status', 'agent.*.queue', 'task.*.created', 'task.*.status', 'task.*.output'],
    pulse: { interval: heartbeat, missed: 1, frames: true },
    batching: { window: outputWindow, chunk: outputChunk, buffer: outputBuffer },
    digest: {
      window: listWindow,
      of: ({ event }) =>
        event.type === 'agent.spawned' || (event.type === 'agent.status' && event.state === 'stopped') ? 'agents' : undefined,
      say: (_, state) => [agentList(state)],
    },
    open: (context) => new State(context, settings),
    welcomed: () => ({ rates: ratesOf(settings) }),
    greet: () => [],
    hear,
    answer,
    refuse: (failure, _, state) => [errorFrame(failure, state)],
    // What is the same for all is written once for all of them.
    shared: ({ event }) => (event.type === 'task.status' ? !isOwn(event) : alike.has(event.type)),
    say: ({ event, timestamp }, state, skipped = 0): readonly PlainFrame[] => {
      switch (event.type) {
        case 'agent.spawned':
          return [spawned(event, state, timestamp)]
        case 'agent.status':
          return isNews(event) ? [agentChanged(event, state, timestamp)] : []
        case 'agent.queue':
          return commandQueue(event.id, state, timestamp)
        case 'task.created':
          return created(event, state, timestamp)
        case 'task.status':
          return commandStatus(event, state, timestamp)
        case 'task.output':
          return [output(event, state, timestamp, skipped)]
        default:
          return []
      }
    },
    tell,
  }
}

/** What is said of these is said of nothing else. */
const alike: ReadonlySet<string> = new Set(['agent.spawned', 'agent.status', 'task.created'])

const ratesOf = ({ messagesPerSecond, commandsPerMinute, heartbeat }: Settings): readonly Rate[] => {
  const only = (type: string) => (frame: PlainFrame | undefined) => (frame?.['type'] === type ? type : undefined)
  const per = 'connection'
  return [
    { what: 'messages', rate: messagesPerSecond, window: 1_000, burst: messagesPerSecond, per, bucket: () => 'all' },
    { what: 'commands', rate: commandsPerMinute, window: 60_000, burst: commandsPerMinute, per, bucket: only('command:request') },
    // Clients' clocks go a little faster than ours and networks deliver late, then early: neither is too often.
    { what: 'heartbeats', rate: 1, window: heartbeat * 0.9, burst: 2, per, bucket: only('heartbeat') },
  ]
}

/** As it is, or with options: `onsembl({ paths: ['/dash'], commandsPerMinute: 60 })`. */
export const onsembl = configurable(make, {})
