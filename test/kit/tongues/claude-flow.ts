/** The protocol of claude-flow, with ballots and votes. */
import fc from 'fast-check'
import { eventData, type Kind } from '../../../bridge/dialects/claude-flow/data.js'
import { claudeFlow, inbound, outbound } from '../../../bridge/dialects/claude-flow/index.js'
import type { Dialect } from '../../../bridge/index.js'
import { messagesOf } from '../arbitrary.js'
import { pools } from '../turmoil.js'
import { among, counted, fits, once, type Shape, type Tongue, typed } from './tongue.js'

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
  .filter((data) => !/__proto__|constructor|prototype/.test(JSON.stringify(data)))
  .chain((data) =>
    fc.constantFrom('swarm.crew.consensus', 'swarm/crew/decision', 'swarm.LAST_SWARM.consensus').map((topic) => ({
      ...{ type: 'publish', version: '1.0.0', timestamp: 0, topic },
      data,
    })),
  )
export const claudeFlowTongue: Tongue = {
  name: 'claude-flow',
  dialect: claudeFlow as Dialect,
  hello: (token) => ({ type: 'auth', version: '1.0.0', timestamp: 0, token }),
  listen: [{ type: 'subscribe', version: '1.0.0', timestamp: 0, topics: ['#', 'agent/#'] }],
  frames: fc.oneof(
    { weight: 4, arbitrary: fc.oneof(...Object.values(inbound).map((schema) => messagesOf(schema, claudeFlowPools))) },
    { weight: 1, arbitrary: voting },
  ),
  misfit(frame, _, pure) {
    const wrong = among(outbound)(frame)
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
