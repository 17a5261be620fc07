/** Votes of claude-flow: counted in swarms that are known here, relayed in all others. */
import { describe, expect, it } from 'vitest'
import { agent, swarm } from '../../../actors/index.js'
import { claudeFlow } from '../../../bridge/dialects/claude-flow/index.js'
import { setUp } from '../../kit/world.js'
import { connect, type Dashboard, worker } from './dashboard.js'

const topic = 'swarm.s.consensus'

const seated = async (options: Parameters<typeof claudeFlow>[0] = {}) => {
  const at = await setUp({ dialects: [claudeFlow(options)] })
  const members = ['a', 'b', 'c'].map((id) => at.system.spawn(worker, { id }))
  await at.system.spawn(swarm({ id: 's', goal: 'Decide', members })).ready
  const voter = async (agents: readonly string[], sub = agents.join('-')) => {
    const one = await connect(`${at.bridge.url}/?token=${await at.token({ sub, agents, permissions: ['read', 'write'] })}`)
    await one.ask('subscribe', { topics: [topic, 'swarm.consensus', 'swarm.decision'] })
    return one
  }
  return { ...at, voter }
}

const propose = (one: Dashboard, proposalId: string, more: object = {}) =>
  one.ask('publish', {
    topic,
    data: { swarmId: 's', proposalId, type: 'proposed', proposal: { action: 'scale-up' }, timestamp: 1 },
    ...more,
  })

const vote = (one: Dashboard, proposalId: string, agentId: string, word: string, more: object = {}) =>
  one.ask('publish', {
    topic,
    data: { swarmId: 's', proposalId, type: 'voting', votes: [{ agentId, vote: word }], timestamp: 1 },
    ...more,
  })

const typed =
  (type: string) =>
  (data: Readonly<Record<string, unknown>>): boolean =>
    data['type'] === type

describe('a consensus in a known swarm', () => {
  it('is proposed, voted on and counted: accepted by most of its members', async () => {
    const { voter, system } = await seated()
    const [one, two] = [await voter(['a']), await voter(['b', 'c'])]
    expect(await propose(one, 'p1')).toMatchObject({ type: 'ack', success: true })
    expect(await two.event(topic, typed('proposed'))).toEqual({
      ...{ swarmId: 's', proposalId: 'p1', type: 'proposed', proposal: { action: 'scale-up' }, timestamp: expect.any(Number) },
    })
    expect(system.state.ballots.get('p1')).toMatchObject({ state: 'open', swarm: 's', voters: ['a', 'b', 'c'] })
    expect(await vote(one, 'p1', 'a', 'yes')).toMatchObject({ type: 'ack' })
    expect(await vote(two, 'p1', 'b', 'no')).toMatchObject({ type: 'ack' })
    expect(await vote(two, 'p1', 'c', 'yes')).toMatchObject({ type: 'ack' })
    const result = {
      ...{ swarmId: 's', proposalId: 'p1', type: 'accepted', timestamp: expect.any(Number) },
      votes: [
        { agentId: 'a', vote: 'yes' },
        { agentId: 'b', vote: 'no' },
        { agentId: 'c', vote: 'yes' },
      ],
      result: { accepted: true, votesFor: 2, votesAgainst: 1, abstentions: 0 },
    }
    for (const each of [one, two]) {
      expect(await each.event(topic, typed('accepted'))).toEqual(result)
      expect(await each.event('swarm.consensus', typed('accepted'))).toEqual(result)
    }
  })

  it('is rejected by most, and closes as soon as that is certain', async () => {
    const { voter, system } = await seated()
    const one = await voter(['a', 'b', 'c'])
    await propose(one, 'p1')
    await vote(one, 'p1', 'a', 'no')
    await vote(one, 'p1', 'b', 'no')
    expect(await one.event(topic, typed('rejected'))).toMatchObject({
      result: { accepted: false, votesFor: 0, votesAgainst: 2, abstentions: 0 },
    })
    // It comes too late to count, which is no error.
    expect(await vote(one, 'p1', 'c', 'yes')).toMatchObject({ type: 'ack', success: false })
    expect(system.state.ballots.get('p1')?.decision).toBe('reject')
  })

  it('counts abstentions, and lets a vote be changed until it is over', async () => {
    const { voter } = await seated()
    const one = await voter(['a', 'b', 'c'])
    await propose(one, 'p1')
    await vote(one, 'p1', 'a', 'no')
    await vote(one, 'p1', 'a', 'yes')
    await vote(one, 'p1', 'b', 'abstain')
    await vote(one, 'p1', 'c', 'abstain')
    expect(await one.event(topic, typed('accepted'))).toMatchObject({
      result: { accepted: true, votesFor: 1, votesAgainst: 0, abstentions: 2 },
    })
  })

  it('does not tell the publisher its own proposal and votes, unless it says broadcast, but always the result', async () => {
    const { voter } = await seated()
    const one = await voter(['a', 'b', 'c'])
    await propose(one, 'p1')
    await vote(one, 'p1', 'a', 'yes')
    await vote(one, 'p1', 'b', 'yes')
    await one.event(topic, typed('accepted'))
    await propose(one, 'p2', { broadcast: true })
    await vote(one, 'p2', 'a', 'yes', { broadcast: true })
    await one.event(topic, typed('voting'))
    expect(one.events(topic).map((frame) => frame['data'] as { proposalId: string; type: string })).toMatchObject([
      { proposalId: 'p1', type: 'accepted' },
      { proposalId: 'p2', type: 'proposed' },
      { proposalId: 'p2', type: 'voting' },
    ])
  })

  it('takes a vote only from who may speak as that agent, or is it', async () => {
    const { voter, system } = await seated()
    const eve = await voter(['b'], 'eve')
    await propose(eve, 'p1')
    expect(await vote(eve, 'p1', 'a', 'yes')).toMatchObject({ type: 'error', code: 'AUTHORIZATION_FAILED' })
    expect(await vote(eve, 'p1', 'eve', 'yes')).toMatchObject({ type: 'error', code: 'AUTHORIZATION_FAILED' })
    const itself = await voter([], 'a')
    expect(await vote(itself, 'p1', 'a', 'yes')).toMatchObject({ type: 'ack' })
    expect(system.state.ballots.get('p1')?.votes).toEqual({ a: 'accept' })
  })

  it('refuses a result that somebody makes up, what does not fit, and ids that are none', async () => {
    const { voter } = await seated()
    const one = await voter(['a'])
    await propose(one, 'p1')
    const forged = {
      swarmId: 's',
      proposalId: 'p1',
      type: 'accepted',
      result: { accepted: true, votesFor: 9, votesAgainst: 0, abstentions: 0 },
    }
    expect(await one.ask('publish', { topic, data: forged })).toMatchObject({ code: 'AUTHORIZATION_FAILED' })
    expect(await vote(one, 'nowhere', 'a', 'yes')).toMatchObject({ code: 'PUBLISH_FAILED' })
    expect(await vote(one, 'p1', 'a', 'perhaps')).toMatchObject({
      code: 'PUBLISH_FAILED',
      message: expect.stringMatching(/votes\.0\.vote/),
    })
    expect(await propose(one, 'p1')).toMatchObject({ code: 'PUBLISH_FAILED', message: expect.stringMatching(/in use/) })
    expect(await propose(one, 'not an id')).toMatchObject({ code: 'PUBLISH_FAILED', message: expect.stringMatching(/A-Z a-z/) })
  })

  it('tells of ballots that others open, and of the votes of agents that have an opinion', async () => {
    const { voter, system } = await seated()
    const one = await voter([], 'watcher')
    const fond = agent('fond', { hears: {}, on: { ballot: (_, { vote: cast }) => cast('yes') } })
    const members = ['x', 'y'].map((id) => system.spawn(fond, { id }))
    const t = system.spawn(swarm({ id: 't', goal: 'Like', members }))
    await t.ready
    await system.propose('Tea?', { id: 'tea', voters: t, choices: ['yes', 'no'] }).result()
    await one.event('swarm.consensus', typed('accepted'))
    expect(one.events('swarm.consensus').map((frame) => frame['data'])).toMatchObject([
      { swarmId: 't', proposalId: 'tea', type: 'proposed', proposal: 'Tea?' },
      { type: 'voting', votes: [{ agentId: 'x', vote: 'yes' }] },
      { type: 'voting', votes: [{ agentId: 'y', vote: 'yes' }] },
      { type: 'accepted', result: { accepted: true, votesFor: 2, votesAgainst: 0, abstentions: 0 } },
    ])
  })

  it('is decided by the rule of the options, and closes at the deadline', async () => {
    const { voter } = await seated({ consensus: { rule: { kind: 'unanimous' }, within: 50 } })
    const one = await voter(['a', 'b', 'c'])
    await propose(one, 'p1')
    await vote(one, 'p1', 'a', 'yes')
    await vote(one, 'p1', 'b', 'yes')
    expect(await one.event(topic, typed('accepted'))).toMatchObject({ result: { votesFor: 2 } })
    await propose(one, 'p2')
    await vote(one, 'p2', 'a', 'yes')
    await vote(one, 'p2', 'b', 'no')
    expect(await one.event(topic, typed('rejected'))).toMatchObject({ proposalId: 'p2' })
  })
})

describe('a collective decision in a known swarm', () => {
  const decision = 'swarm.s.decision'
  const about = { swarmId: 's', decisionId: 'd1', question: 'Where?', options: ['sea', 'hills', 'home'] }

  it('is made by plurality, each vote counted by its confidence', async () => {
    const { voter, system } = await seated()
    const one = await voter(['a', 'b', 'c'])
    expect(await one.ask('publish', { topic: decision, data: { ...about, votes: [], timestamp: 1 } })).toMatchObject({
      type: 'ack',
    })
    expect(system.state.ballots.get('d1')).toMatchObject({ rule: { kind: 'plurality' }, choices: about.options })
    const cast = (agentId: string, option: string, confidence?: number) =>
      one.ask('publish', {
        topic: decision,
        data: { swarmId: 's', decisionId: 'd1', votes: [{ agentId, option, confidence }], timestamp: 1 },
      })
    expect(await cast('a', 'sea', 0.5)).toMatchObject({ type: 'ack' })
    expect(await cast('b', 'moon')).toMatchObject({ code: 'PUBLISH_FAILED' })
    await cast('b', 'sea', 0.25)
    await cast('c', 'hills')
    const done = await one.event('swarm.decision', ({ result }) => result !== undefined)
    expect(done).toEqual({
      ...about,
      votes: [
        { agentId: 'a', option: 'sea', confidence: 0.5 },
        { agentId: 'b', option: 'sea', confidence: 0.25 },
        { agentId: 'c', option: 'hills' },
      ],
      result: { selectedOption: 'hills', confidence: expect.closeTo(1 / 1.75) },
      timestamp: expect.any(Number),
    })
  })

  it('may be opened and voted on in one message, which is answered once', async () => {
    const { voter, system } = await seated()
    const one = await voter(['a', 'b', 'c'])
    const votes = ['a', 'b', 'c'].map((agentId) => ({ agentId, option: 'home', confidence: 1 }))
    expect(await one.ask('publish', { topic: decision, data: { ...about, votes } })).toMatchObject({ type: 'ack' })
    expect(await one.event('swarm.decision', ({ result }) => result !== undefined)).toMatchObject({
      result: { selectedOption: 'home', confidence: 1 },
    })
    expect(one.frames.filter(({ type }) => type === 'ack')).toHaveLength(2)
    expect(system.state.ballots.get('d1')?.decision).toBe('home')
    expect(
      await one.ask('publish', { topic: decision, data: { ...about, result: { selectedOption: 'sea', confidence: 1 } } }),
    ).toMatchObject({
      code: 'AUTHORIZATION_FAILED',
    })
  })
})

describe('in a swarm that is not known', () => {
  it('messages are only relayed', async () => {
    const { voter, system } = await seated()
    const [one, two] = [await voter(['a']), await voter(['b'])]
    await two.ask('subscribe', { topics: ['swarm.far.#'] })
    const words = [
      { swarmId: 'far', proposalId: 'p', type: 'proposed', proposal: 1, timestamp: 1 },
      { swarmId: 'far', proposalId: 'p', type: 'voting', votes: [{ agentId: 'z', vote: 'yes' }], timestamp: 2 },
      { swarmId: 'far', proposalId: 'p', type: 'accepted', timestamp: 3 },
    ]
    for (const data of words)
      expect(await one.ask('publish', { topic: 'swarm.far.consensus', data })).toMatchObject({ type: 'ack' })
    await two.event('swarm.far.consensus', typed('accepted'))
    expect(two.events().map((frame) => frame['data'])).toEqual(words)
    expect(system.state.ballots.size).toBe(0)
  })
})
