/** Outcomes that are waited for after they have come. */
import { describe, expect, it } from 'vitest'
import { swarm } from '../../actors/index.js'
import { SwarmChannelClient, SwarmChannelServer, TaskChannelClient, TaskChannelServer } from '../../bridge/claude-flow/index.js'
import { createSystem } from '../../src/system/system.js'
import { worker } from '../dialects/claude-flow/dashboard.js'
import { open } from '../kit/world.js'
import { stand, wait } from './stand.js'

describe('an outcome', () => {
  it('of a vote that decides is known to who waits for it after voting, as the document has it', async () => {
    const system = createSystem()
    open.push(() => system.stop({ grace: 0 }))
    const { router, client } = await stand({ system })
    const members = [system.spawn(worker, { id: 'agent-1' })]
    await system.spawn(swarm({ id: 'swarm-1', goal: 'Decide', members })).ready
    const swarms = new SwarmChannelClient(await client())
    await swarms.subscribeToSwarm('swarm-1')
    await new SwarmChannelServer(router).publishConsensusProposal('swarm-1', 'proposal-1', { action: 'scale-up' })
    await swarms.submitVote('swarm-1', 'proposal-1', 'yes', 'agent-1')
    expect(await swarms.waitForConsensus('swarm-1', 'proposal-1', 5_000)).toMatchObject({ type: 'accepted' })
    expect(await swarms.waitForConsensus('swarm-1', 'proposal-1', 5_000)).toMatchObject({ type: 'accepted' })
    await expect(swarms.waitForConsensus('swarm-2', 'proposal-1', 1)).rejects.toThrow(/timeout/)
  })

  it('is forgotten when the same is proposed, or created, anew', async () => {
    const { router, client } = await stand()
    const one = await client()
    const [swarms, tasks] = [new SwarmChannelClient(one), new TaskChannelClient(one)]
    await swarms.subscribeToSwarm('far')
    await tasks.subscribeToTask('t')
    const [swarmSide, taskSide] = [new SwarmChannelServer(router), new TaskChannelServer(router)]
    await swarmSide.publishConsensusResult('far', 'p', true, [])
    await taskSide.publishTaskSuccess('t', 1)
    await one.publish('end', 1)
    expect(await swarms.waitForConsensus('far', 'p')).toMatchObject({ type: 'accepted' })
    expect(await tasks.waitForCompletion('t')).toMatchObject({ result: 1 })
    await swarmSide.publishConsensusProposal('far', 'p', 'again')
    await taskSide.publishCreated({ taskId: 't', type: 'sum', timestamp: 1 })
    await one.publish('end', 1)
    const next = [swarms.waitForConsensus('far', 'p'), tasks.waitForCompletion('t')]
    await swarmSide.publishConsensusResult('far', 'p', false, [])
    await taskSide.publishTaskSuccess('t', 2)
    expect(await Promise.all(next)).toMatchObject([{ type: 'rejected' }, { result: 2 }])
  })

  it('is remembered of the last thousand', async () => {
    const { router, client } = await stand({ rateLimit: false })
    const one = await client()
    const tasks = new TaskChannelClient(one)
    await tasks.subscribeAll()
    const server = new TaskChannelServer(router)
    for (let at = 0; at <= 1_000; at++) await server.publishTaskSuccess(`t${at}`, at)
    await one.publish('end', 1)
    expect(await tasks.waitForCompletion('t1', 1)).toMatchObject({ result: 1 })
    await expect(tasks.waitForCompletion('t0', 1)).rejects.toThrow(/timeout/)
  })
})

describe('what the server itself proposes', () => {
  it('is decided by the rule and the deadline of the options', async () => {
    const system = createSystem()
    open.push(() => system.stop({ grace: 0 }))
    const consensus = { rule: { kind: 'unanimous' }, within: 30 } as const
    const { router } = await stand({ system, consensus, decisions: { rule: { kind: 'majority' } } })
    const members = [system.spawn(worker, { id: 'a' })]
    await system.spawn(swarm({ id: 's', goal: 'Decide', members })).ready
    const swarms = new SwarmChannelServer(router)
    await swarms.publishConsensusProposal('s', 'p', {})
    await swarms.publishCollectiveDecision({
      swarmId: 's',
      decisionId: 'd',
      question: '?',
      options: ['x'],
      votes: [],
      timestamp: 1,
    })
    expect(system.state.ballots.get('p')?.rule).toEqual({ kind: 'unanimous' })
    expect(system.state.ballots.get('d')?.rule).toEqual({ kind: 'majority' })
    await wait(() => system.state.ballots.get('p')?.state === 'closed')
  })
})
