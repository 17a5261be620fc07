/** Votes of claude-flow that try to be more than they are: in another swarm, without the id in the topic, or only partly good. */
import { describe, expect, it } from 'vitest'
import { swarm } from '../../../actors/index.js'
import { claudeFlow } from '../../../bridge/dialects/claude-flow/index.js'
import { setUp } from '../../kit/world.js'
import { connect, type Dashboard, worker } from './dashboard.js'

const seated = async (options: Parameters<typeof claudeFlow>[0] = {}) => {
  const at = await setUp({ dialects: [claudeFlow(options)] })
  const members = ['a', 'b', 'c'].map((id) => at.system.spawn(worker, { id }))
  await at.system.spawn(swarm({ id: 's', goal: 'Decide', members })).ready
  await at.system.spawn(swarm({ id: 't', goal: 'Rest', members: [] })).ready
  const token = await at.token({ sub: 'one', agents: ['a', 'b', 'c'], permissions: ['read', 'write'] })
  const one = await connect(`${at.bridge.url}/?token=${token}`)
  await one.ask('subscribe', { topics: ['swarm.consensus', 'swarm.decision'] })
  return { ...at, one, votes: (id: string) => at.system.state.ballots.get(id)?.votes }
}

const publish = (one: Dashboard, topic: string, data: object) => one.ask('publish', { topic, data })

const proposed = (proposalId: string) => ({ swarmId: 's', proposalId, type: 'proposed', proposal: 1, timestamp: 1 })
const voting = (proposalId: string, ...agents: readonly string[]) => ({
  ...{ swarmId: 's', proposalId, type: 'voting', timestamp: 1 },
  votes: agents.map((agentId) => ({ agentId, vote: 'yes' })),
})
const forged = (proposalId: string) => ({
  ...{ swarmId: 's', proposalId, type: 'accepted', timestamp: 1 },
  result: { accepted: true, votesFor: 99, votesAgainst: 0, abstentions: 0 },
})

describe('on the topic without the id', () => {
  it('a proposal and votes in a known swarm are counted', async () => {
    const { one, votes } = await seated()
    expect(await publish(one, 'swarm.consensus', proposed('p'))).toMatchObject({ type: 'ack', success: true })
    expect(await publish(one, 'swarm/consensus', voting('p', 'a'))).toMatchObject({ type: 'ack', success: true })
    expect(votes('p')).toEqual({ a: 'accept' })
    const about = { swarmId: 's', decisionId: 'd', question: '?', options: ['x', 'y'], votes: [{ agentId: 'b', option: 'y' }] }
    expect(await publish(one, 'swarm.decision', about)).toMatchObject({ type: 'ack', success: true })
    expect(votes('d')).toEqual({ b: 'y' })
  })

  it('a result that somebody makes up is refused, also of what is not voted on yet', async () => {
    const { one } = await seated()
    await publish(one, 'swarm.s.consensus', proposed('p'))
    const decided = {
      swarmId: 's',
      decisionId: 'd',
      question: '?',
      options: ['x'],
      votes: [],
      result: { selectedOption: 'x', confidence: 1 },
    }
    for (const [topic, data] of [
      ['swarm.consensus', forged('p')],
      ['swarm.consensus', forged('later')],
      ['swarm.s.consensus', forged('later')],
      ['swarm.decision', decided],
      ['swarm.s.decision', decided],
    ] as const)
      expect(await publish(one, topic, data)).toMatchObject({ type: 'error', code: 'AUTHORIZATION_FAILED' })
  })

  it('messages of a swarm that is not known are only relayed', async () => {
    const { one } = await seated()
    expect(await publish(one, 'swarm.consensus', { ...forged('p'), swarmId: 'far' })).toMatchObject({
      type: 'ack',
      success: true,
    })
    expect(await publish(one, 'swarm.consensus', { type: 'accepted', proposalId: 'p' })).toMatchObject({
      type: 'ack',
      success: true,
    })
  })
})

describe('a vote', () => {
  it('is not cast by way of another swarm', async () => {
    const { one, votes } = await seated()
    await publish(one, 'swarm.s.consensus', proposed('p'))
    await publish(one, 'swarm.s.decision', { swarmId: 's', decisionId: 'd', question: '?', options: ['x', 'y'], votes: [] })
    const elsewhere = [
      ['swarm.t.consensus', voting('p', 'a')],
      ['swarm.t.decision', { swarmId: 't', decisionId: 'd', votes: [{ agentId: 'a', option: 'x' }] }],
    ] as const
    for (const [topic, data] of elsewhere)
      expect(await publish(one, topic, data)).toMatchObject({ code: 'PUBLISH_FAILED', message: expect.stringMatching(/in t/) })
    expect([votes('p'), votes('d')]).toEqual([{}, {}])
  })

  it('that is refused beside one that was counted says which was', async () => {
    const { one, votes } = await seated()
    await publish(one, 'swarm.s.consensus', proposed('p'))
    expect(await publish(one, 'swarm.s.consensus', voting('p', 'a', 'zz'))).toMatchObject({
      ...{ type: 'error', code: 'AUTHORIZATION_FAILED' },
      details: { counted: ['a'] },
    })
    expect(votes('p')).toEqual({ a: 'accept' })
  })
})

describe('a collective decision', () => {
  it('about yes and no stays one, whatever its rule', async () => {
    const { one } = await seated({ decisions: { rule: { kind: 'majority' } } })
    const about = { swarmId: 's', decisionId: 'd', question: '?', options: ['yes', 'no'] }
    await publish(one, 'swarm.s.decision', { ...about, votes: [] })
    await publish(one, 'swarm.s.decision', { swarmId: 's', decisionId: 'd', votes: [{ agentId: 'a', option: 'yes' }] })
    await publish(one, 'swarm.s.decision', { swarmId: 's', decisionId: 'd', votes: [{ agentId: 'b', option: 'yes' }] })
    expect(await one.event('swarm.decision', ({ result }) => result !== undefined)).toMatchObject({
      ...{ decisionId: 'd', result: { selectedOption: 'yes', confidence: 1 } },
    })
    expect(one.events('swarm.consensus')).toEqual([])
  })
})
