/** What a client that may not read a swarm is told of it, and may say of it: nothing that was made up. */
import { describe, expect, it } from 'vitest'
import { swarm } from '../../../actors/index.js'
import { claudeFlow } from '../../../bridge/dialects/claude-flow/index.js'
import { native } from '../../../bridge/dialects/native/index.js'
import { setUp } from '../../kit/world.js'
import { connect, worker } from './dashboard.js'

const setting = async () => {
  const at = await setUp({ dialects: [claudeFlow(), native] })
  const members = ['a', 'b'].map((id) => at.system.spawn(worker, { id }))
  const crew = at.system.spawn(swarm({ id: 's', goal: 'Decide', topology: 'ring', members }))
  await crew.ready
  const enter = async (read: readonly string[]) =>
    connect(
      `${at.bridge.url}/?token=${await at.token({ sub: `of-${read.length}-${read[0]}`.replaceAll(/\W/g, ''), permissions: ['read', 'write'], agents: ['a', 'b'], channels: { read: [...read] } })}`,
    )
  return { ...at, crew, enter }
}

describe('a client that may not read the status of a swarm', () => {
  it('is told of its members, which it may read, and no state that was made up', async () => {
    const { crew, enter } = await setting()
    const one = await enter(['swarm.*.member'])
    const all = await enter(['#'])
    for (const each of [one, all])
      expect(await each.ask('subscribe', { topics: ['swarm.s.state', 'swarm.state', 'swarm.s.agent-left'] })).toMatchObject({
        type: 'ack',
        success: true,
      })
    await crew.leave('b')
    expect(await all.event('swarm.s.state')).toMatchObject({ swarmId: 's', state: { topology: 'mesh', agentCount: 1 } })
    expect(await one.event('swarm.s.agent-left')).toMatchObject({ agentId: 'b' })
    // What it says next is answered after all that it was told of that.
    await one.ask('unsubscribe', { topics: ['swarm.state'] })
    expect(one.events().map(({ topic }) => topic)).toEqual(['swarm.s.agent-left'])
  })

  it('may not have others hear a result or a vote that was never counted', async () => {
    const { system, enter } = await setting()
    const one = await enter(['agent.#', 'ballot.#'])
    const all = await enter(['#'])
    await all.ask('subscribe', { topics: ['swarm.s.consensus', 'swarm.s.decision'] })
    const result = { accepted: true, votesFor: 9, votesAgainst: 0, abstentions: 0 }
    for (const [topic, data] of [
      ['swarm.s.consensus', { swarmId: 's', proposalId: 'p1', type: 'accepted', result }],
      ['swarm.consensus', { swarmId: 's', proposalId: 'p1', type: 'accepted', result }],
      ['swarm.s.consensus', { swarmId: 's', proposalId: 'p1', type: 'voting', votes: [{ agentId: 'a', vote: 'yes' }] }],
      [
        'swarm.s.decision',
        {
          swarmId: 's',
          decisionId: 'd1',
          question: '?',
          options: ['x'],
          votes: [],
          result: { selectedOption: 'x', confidence: 1 },
        },
      ],
      // Whether there is such a swarm is not told either.
      ['swarm.nowhere.consensus', { swarmId: 'nowhere', proposalId: 'p1', type: 'accepted', result }],
    ] as const)
      expect(await one.ask('publish', { topic, data: { ...data, timestamp: 1 } })).toMatchObject({
        type: 'error',
        code: 'AUTHORIZATION_FAILED',
        message: expect.stringMatching(/needs the right to read swarm\.\w+\.status/),
      })
    expect(system.state.ballots.size).toBe(0)
    expect(await one.ask('publish', { topic: 'swarm.s.log', data: { free: true } })).toMatchObject({ type: 'ack' })
    await all.ask('unsubscribe', { topics: ['swarm.s.decision'] })
    expect(all.events()).toEqual([])
  })

  it('hears of no result and no vote that a client of another protocol made up, and of those that the application publishes', async () => {
    const { system, enter, welcome } = await setting()
    const all = await enter(['#'])
    await all.ask('subscribe', { topics: ['swarm.#'] })
    const eve = await welcome()
    const made = { proposalId: 'p1', type: 'accepted', timestamp: 1 }
    for (const [topic, body] of [
      ['swarm.s.consensus', made],
      ['swarm.consensus', { ...made, swarmId: 's' }],
      ['swarm.s.consensus', { ...made, type: 'voting', votes: [{ agentId: 'a', vote: 'yes' }] }],
      ['swarm.s.decision', { decisionId: 'd1', result: { selectedOption: 'x', confidence: 1 } }],
    ] as const)
      expect((await eve.ask('channel.publish', { topic, body })).type).toBe('reply')
    const own: string = 'swarm.s.consensus'
    await system.channel(own).publish({ ...made, proposalId: 'p2' })
    expect(await all.event('swarm.s.consensus')).toMatchObject({ proposalId: 'p2' })
    await eve.ask('channel.publish', { topic: 'swarm.elsewhere.consensus', body: made })
    expect(await all.event('swarm.elsewhere.consensus')).toEqual(made)
    expect(all.events().map(({ topic }) => topic)).toEqual(['swarm.s.consensus', 'swarm.elsewhere.consensus'])
  })
})
