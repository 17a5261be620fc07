/** Each protocol as a random client speaks it: what it may say, and what has to be true of what it is told. */
import fc from 'fast-check'
import { agentcraft, inbound as agentcraftIn, outbound as agentcraftOut } from '../../bridge/dialects/agentcraft/index.js'
import { eventData, type Kind } from '../../bridge/dialects/claude-flow/data.js'
import { claudeFlow, inbound as claudeFlowIn, outbound as claudeFlowOut } from '../../bridge/dialects/claude-flow/index.js'
import { native } from '../../bridge/dialects/native/index.js'
import { onsembl, inbound as onsemblIn, outbound as onsemblOut } from '../../bridge/dialects/onsembl/index.js'
import { teamDashboard, inbound as teamIn, outbound as teamOut } from '../../bridge/dialects/team-dashboard/index.js'
import type { Dialect } from '../../bridge/index.js'
import { commands } from '../../src/protocol/command.js'
import { sessionCommands } from '../../src/protocol/session.js'
import { messagesOf } from './arbitrary.js'
import { said as nameOf, type Spoken, strangeIn } from './asyncapi.js'
import { all, among, counted, fits, inPayload, once, type Shape, type Tongue, typed } from './tongue.js'
import { openclawTongue } from './tongue-openclaw.js'
import { pools } from './turmoil.js'

const nativeWords = [
  ...Object.entries(commands),
  ...Object.entries(sessionCommands).flatMap(([type, schema]) =>
    /close|batch/.test(type) ? [] : [[type.replace('session.', ''), schema] as const],
  ),
]
const nativeFrame = fc
  .tuple(
    fc.oneof(
      ...nativeWords.map(([type, schema]) => messagesOf(schema, pools).map(({ type: _, ...payload }) => ({ type, payload }))),
    ),
    fc.record(
      { ttl: fc.constantFrom(1, 100, 1e300), key: fc.constantFrom('k1', 'k2'), correlationId: fc.constant('c') },
      { requiredKeys: [] },
    ),
  )
  .map(([frame, more]): Shape => ({ ...frame, ...more }))
const ends = new Set(['reply', 'error', 'pong', 'welcome'])

const nativeTongue: Tongue = {
  name: 'native',
  dialect: native as Dialect,
  hello: (token) => ({ type: 'hello', payload: { token } }),
  listen: [{ type: 'subscribe', payload: { patterns: ['#'] } }],
  frames: fc.oneof(
    { weight: 12, arbitrary: nativeFrame },
    {
      weight: 1,
      arbitrary: fc.array(nativeFrame, { minLength: 1, maxLength: 3 }).map((frames) => ({ type: 'batch', payload: { frames } })),
    },
  ),
  misfit(frame, asked) {
    const known = nameOf(frame as unknown as Spoken, asked as unknown as readonly Spoken[])
    // What had no word that could be read is refused as anything is.
    const name = known ?? (frame['type'] === 'error' ? 'answer.error' : undefined)
    const faults = name === undefined ? `There is no word ${String(frame['type'])} here.` : strangeIn(name, frame)
    return JSON.stringify(faults) === '[]' ? undefined : faults
  },
  unanswered(said, heard) {
    const answers = counted(
      heard.filter(({ type, channel }) => channel === undefined && ends.has(String(type))),
      (frame) => frame['correlationId'],
    )
    return once(said, ({ id }) => answers(id), new Set(['pong']))
  },
  isRefusal: typed('error'),
}

const teamTongue: Tongue = {
  name: 'team-dashboard',
  dialect: teamDashboard({ messagesPerSecond: 1_000 }) as Dialect,
  hello: (token) => ({ type: 'auth', payload: { token, clientId: 'x' } }),
  listen: [
    { type: 'subscribe:agent', payload: {} },
    { type: 'subscribe:metrics', payload: {} },
    { type: 'subscribe:logs', payload: {} },
  ],
  frames: all(teamIn),
  misfit: among(teamOut),
  unanswered(said, heard) {
    const answers = counted(heard.filter(typed('ack')), (frame) => inPayload(frame)['messageId'])
    const pings = said.filter(typed('ping')).length
    const pongs = heard.filter(typed('pong')).length
    return [
      ...once(said, ({ id }) => answers(id), new Set(['ping', 'pong'])),
      ...(pings === pongs ? [] : [`${pongs} answers to ${pings} pings`]),
    ]
  },
  isRefusal: typed('error'),
}

const onsemblTongue: Tongue = {
  name: 'onsembl',
  dialect: onsembl({ commandsPerMinute: 20, heartbeat: 100_000 }) as Dialect,
  listen: [],
  frames: all(onsemblIn),
  misfit: among(onsemblOut),
  unanswered(said, heard) {
    // Nothing says which message an error is about, so what was not answered otherwise is counted.
    const echoes = counted(heard.filter(typed('heartbeat')), (frame) => inPayload(frame)['sequence'])
    const beats = said.filter(typed('heartbeat')).filter((frame) => echoes(inPayload(frame)['sequence']) === 0)
    const errors = heard.filter(typed('error')).length
    return errors < beats.length ? [`${errors} errors, and ${beats.length} heartbeats that have no echo`] : []
  },
  isRefusal: typed('error'),
}

const agentcraftTongue: Tongue = {
  name: 'agentcraft',
  dialect: agentcraft({ messagesPerMinute: 1_000 }) as Dialect,
  params: { id: 'page' },
  listen: [{ type: 'start_log_streaming', session_id: 'crew' }],
  frames: all(agentcraftIn),
  misfit: among(agentcraftOut),
  unanswered(said, heard) {
    const count = (frames: readonly Shape[], ...types: string[]) =>
      frames.filter(({ type }) => types.includes(String(type))).length
    const pairs = [
      [count(said, 'get_session_state', 'get_session_logs'), count(heard, 'session_state', 'session_logs', 'session_not_found')],
      [count(said, 'start_log_streaming'), count(heard, 'log_streaming_started')],
      [count(said, 'stop_log_streaming'), count(heard, 'log_streaming_stopped')],
    ]
    return pairs.flatMap(([asked, answered]) => (asked === answered ? [] : [`${answered} answers to ${asked} of one kind`]))
  },
  isRefusal: typed('error'),
}

const claudeFlowPools = { ...pools, id: fc.constant('x'), timestamp: fc.constantFrom(0, 1e300, -1, 1_704_067_200_000) }
const swarmWord = fc.record(
  {
    ...{
      type: fc.constantFrom('proposed', 'voting', 'accepted'),
      proposalId: fc.constantFrom('p1', 'b1', 'x y'),
      proposal: fc.jsonValue({ maxDepth: 1 }),
    },
    ...{
      decisionId: fc.constantFrom('p2', 'p1'),
      question: fc.string(),
      options: fc.array(fc.constantFrom('x', 'y', 'z')),
      result: fc.constantFrom(null, 1),
    },
    votes: fc.array(
      fc.record({
        agentId: fc.constantFrom('ada', 'bob', 'zoe'),
        vote: fc.constantFrom('yes', 'no', 'abstain'),
        option: fc.constantFrom('x', 'w'),
        confidence: fc.constantFrom(0, 0.5, 2),
      }),
      { maxLength: 3 },
    ),
  },
  { requiredKeys: [] },
)
const voting = swarmWord
  .filter((data) => !JSON.stringify(data).includes('__proto__'))
  .chain((data) =>
    fc.constantFrom('swarm.crew.consensus', 'swarm/crew/decision', 'swarm.LAST_SWARM.consensus').map((topic) => ({
      ...{ type: 'publish', version: '1.0.0', timestamp: 0, topic },
      data,
    })),
  )
const claudeFlowTongue: Tongue = {
  name: 'claude-flow',
  dialect: claudeFlow as Dialect,
  hello: (token) => ({ type: 'auth', version: '1.0.0', timestamp: 0, token }),
  listen: [{ type: 'subscribe', version: '1.0.0', timestamp: 0, topics: ['#', 'agent/#'] }],
  frames: fc.oneof(
    { weight: 4, arbitrary: fc.oneof(...Object.values(claudeFlowIn).map((schema) => messagesOf(schema, claudeFlowPools))) },
    { weight: 1, arbitrary: voting },
  ),
  misfit(frame, _, pure) {
    const wrong = among(claudeFlowOut)(frame)
    if (wrong !== undefined || !pure || frame['type'] !== 'event') return wrong
    const [domain, ...rest] = String(frame['topic']).split(/[./]/)
    const kind = `${domain}.${rest.at(-1)}`
    return Object.hasOwn(eventData, kind) ? fits(eventData[kind as Kind], frame['data'] as Shape) : undefined
  },
  unanswered(said, heard) {
    const acks = counted(heard.filter(typed('ack')), ({ messageId }) => messageId)
    const errors = counted(heard.filter(typed('error')), ({ id }) => id)
    const pairs = [
      [said.filter(typed('ping')).length, heard.filter(typed('pong')).length],
      [
        said.filter(typed('version-negotiation')).length,
        heard.filter(({ selectedVersion }) => selectedVersion !== undefined).length,
      ],
    ]
    return [
      ...once(said, ({ id }) => acks(id) + errors(id), new Set(['ping', 'pong', 'ack', 'error', 'version-negotiation'])),
      ...pairs.flatMap(([asked, answered]) => (asked === answered ? [] : [`${answered} answers to ${asked} of one kind`])),
    ]
  },
  isRefusal: typed('error'),
}

export const tongues: readonly Tongue[] = [
  nativeTongue,
  openclawTongue('frontend'),
  openclawTongue('agent'),
  teamTongue,
  onsemblTongue,
  agentcraftTongue,
  claudeFlowTongue,
]
