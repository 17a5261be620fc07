/** Whatever a client of claude-flow says, it is answered, in its own words, and harms nobody. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { swarm } from '../../../actors/index.js'
import { claudeFlow, outbound } from '../../../bridge/dialects/claude-flow/index.js'
import { anybody } from '../../../bridge/token.js'
import { type Bench, bench } from '../../kit/socket.js'
import { worker } from './dashboard.js'

/** Without the keys with which a message is none. */
const json = fc.jsonValue().filter((value) => !/__proto__|constructor|prototype/.test(JSON.stringify(value)))
const word = fc.constantFrom(
  'a',
  'b',
  'agent',
  'status',
  'swarm',
  's',
  'consensus',
  'decision',
  '*',
  '#',
  '',
  ' ',
  'x'.repeat(200),
)
const topic = fc.array(word, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('.'))
const voting = fc.record(
  {
    swarmId: fc.constantFrom('s', 'far'),
    proposalId: fc.constantFrom('p1', 'p2', 'not an id'),
    decisionId: fc.constantFrom('d1', 'p1'),
    type: fc.constantFrom('proposed', 'voting', 'accepted', 'rejected', 'odd'),
    proposal: json,
    question: fc.string(),
    options: fc.array(fc.string(), { maxLength: 3 }),
    votes: fc.array(
      fc.record(
        {
          agentId: fc.constantFrom('a', 'b', '__x'),
          vote: fc.constantFrom('yes', 'no', 'abstain', '?'),
          option: fc.string(),
          confidence: fc.double(),
        },
        { requiredKeys: ['agentId'] },
      ),
      { maxLength: 3 },
    ),
    result: json,
  },
  { requiredKeys: [] },
)
const fields = fc.oneof(
  fc.record({
    type: fc.constant('subscribe'),
    topics: fc.array(topic, { maxLength: 4 }),
    patterns: fc.array(topic, { maxLength: 2 }),
  }),
  fc.record({ type: fc.constant('unsubscribe'), topics: fc.array(topic, { maxLength: 4 }) }),
  fc.record({ type: fc.constant('publish'), topic, data: json, broadcast: fc.boolean() }),
  fc.record({
    type: fc.constant('publish'),
    topic: fc.constantFrom('swarm.s.consensus', 'swarm/s/decision', 'swarm.consensus'),
    data: voting,
    broadcast: fc.boolean(),
  }),
  fc.record({ type: fc.constant('ping') }),
  fc.record({ type: fc.constant('auth'), token: fc.string() }),
  fc.record({ type: fc.constant('version-negotiation'), supportedVersions: fc.constant(['1.0.0']) }),
  fc.record({ type: fc.string(), topics: json, topic: json, data: json }),
)

const stage = async () => {
  const at = bench()
  const members = ['a', 'b'].map((id) => at.system.spawn(worker, { id }))
  await at.system.spawn(swarm({ id: 's', goal: 'Last', members })).ready
  const { connection, wire } = at.open({ dialect: claudeFlow, admitted: anybody })
  return { ...at, connection, wire }
}

const settled = async ({ clock }: Bench) => {
  for (let turn = 0; turn < 5; turn++) await clock.advance(0)
}

describe('whatever is said', () => {
  it('is answered with the id that it had, by frames that fit', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fields, { minLength: 1, maxLength: 15 }), async (said) => {
        const at = await stage()
        const { connection, wire, errors, system } = at
        const messages = said.map((each, index) => ({ id: `m${index}`, version: '1.0.0', timestamp: 1, ...each }))
        for (const message of messages) connection.message(JSON.stringify(message))
        await settled(at)
        expect(errors).toEqual([])
        expect(wire.ended).toBeUndefined()
        for (const frame of wire.frames) outbound[frame.type as keyof typeof outbound].parse(frame)
        const answers = wire.frames.filter(({ type }) => type !== 'event')
        for (const { id, type } of messages) {
          const mine = answers.filter((frame) => frame.id === id || ('messageId' in frame && frame['messageId'] === id))
          if (type !== 'ping' && type !== 'version-negotiation') expect([id, type, mine.length]).toEqual([id, type, 1])
        }
        await system.stop({ force: true })
      }),
      { numRuns: 60 },
    )
  }, 60_000)

  it('as bytes that are no message costs nobody anything', async () => {
    const at = await stage()
    const { connection, wire, errors, system } = at
    await settled(at)
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), fc.json(), fc.uint8Array()), async (data) => {
        const before = wire.frames.length
        connection.message(data)
        await settled(at)
        expect(wire.frames.length).toBe(before + 1)
      }),
      { numRuns: 100 },
    )
    expect([errors, wire.ended]).toEqual([[], undefined])
    await system.stop({ force: true })
  })
})
