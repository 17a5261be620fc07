/** The channels of agents, tasks and swarms, on both sides. */
import type { EventEmitter } from 'node:events'
import { describe, expect, it } from 'vitest'
import { swarm, task } from '../../actors/index.js'
import {
  AgentChannelClient,
  AgentChannelServer,
  SwarmChannelClient,
  SwarmChannelServer,
  TaskChannelClient,
  TaskChannelServer,
} from '../../bridge/claude-flow/index.js'
import { createSystem } from '../../src/system/system.js'
import { worker } from '../dialects/claude-flow/dashboard.js'
import { open } from '../kit/world.js'
import { all, next, stand } from './stand.js'

const timestamp = 1

const names = (emitter: EventEmitter, ...wanted: string[]) => {
  const seen: string[] = []
  for (const name of wanted) emitter.on(name, () => seen.push(name))
  return seen
}

describe('the agent channel', () => {
  it('publishes all that may be said of an agent, with and without the id', async () => {
    const { router, client } = await stand()
    const one = await client()
    await one.subscribe(['agent.#'])
    const events = all<{ topic: string; data: object }>(one, 'event')
    const channel = new AgentChannelServer(router)
    await channel.publishStatusChange({ agentId: 'a', status: 'busy', timestamp })
    await channel.publishHealthUpdate({ agentId: 'a', healthy: true, metrics: { cpu: 50, memory: 60 }, timestamp })
    await channel.publishMetrics({ agentId: 'a', metrics: { queueSize: 1 }, timestamp })
    await channel.publishLog({ agentId: 'a', level: 'info', message: 'hm', timestamp })
    await channel.publishAgentStarted('a', { model: 'm' })
    await channel.publishAgentStopped('a', 'done')
    await channel.publishAgentError('a', new Error('ouch'), { at: 'noon' })
    await one.publish('end', 1)
    const topics = events.map(({ topic }) => topic)
    const said = ['status', 'health', 'metrics', 'logs', 'status', 'status', 'status']
    expect(topics).toEqual(said.flatMap((what) => [`agent.a.${what}`, `agent.${what}`]))
    expect(events.filter((_, at) => at % 2 === 0).slice(4)).toMatchObject([
      { data: { status: 'idle', metadata: { model: 'm', event: 'started' } } },
      { data: { status: 'offline', metadata: { event: 'stopped', reason: 'done' } } },
      { data: { status: 'error', metadata: { event: 'error', error: 'ouch', stack: expect.any(String), at: 'noon' } } },
    ])
  })

  it('tells of an agent that is followed under the names of the document, once each', async () => {
    const { router, client } = await stand()
    const channel = new AgentChannelServer(router)
    const one = await client()
    const agents = new AgentChannelClient(one)
    await agents.subscribeToAgent('a')
    await agents.subscribeToAgent('a')
    expect(agents.getSubscribedAgents()).toEqual(['a'])
    const seen = names(agents, 'status-change', 'status-change:a', 'status:a', 'status-change:b', 'log-entry:a')
    const change = next(agents, 'status-change:a')
    await channel.publishStatusChange({ agentId: 'a', status: 'busy', timestamp })
    await channel.publishStatusChange({ agentId: 'b', status: 'busy', timestamp })
    await channel.publishLog({ agentId: 'a', level: 'info', message: 'hm', timestamp })
    expect(await change).toEqual({ agentId: 'a', status: 'busy', timestamp })
    await one.publish('end', 1)
    expect(seen.sort()).toEqual(['log-entry:a', 'status-change', 'status-change:a', 'status:a'])
    await agents.unsubscribeFromAgent('a')
    await agents.unsubscribeFromAgent('a')
    expect(agents.getSubscribedAgents()).toEqual([])
    await channel.publishStatusChange({ agentId: 'a', status: 'idle', timestamp })
    await one.publish('end', 1)
    expect(seen).toHaveLength(4)
  })

  it('tells an event once to who listens to all and to one', async () => {
    const { router, client } = await stand()
    const channel = new AgentChannelServer(router)
    const one = await client()
    const agents = new AgentChannelClient(one)
    await agents.subscribeAll()
    await agents.subscribeToAgent('a')
    const changes = all(agents, 'status-change')
    for (const status of ['busy', 'idle', 'busy', 'busy'] as const)
      await channel.publishStatusChange({ agentId: 'a', status, timestamp })
    await one.publish('end', 1)
    expect(changes).toMatchObject([{ status: 'busy' }, { status: 'idle' }, { status: 'busy' }, { status: 'busy' }])
  })

  it('reports what clients say of agents, and hears patterns', async () => {
    const { client } = await stand()
    const [one, two] = [await client(), await client()]
    const [reporter, watcher] = [new AgentChannelClient(one), new AgentChannelClient(two)]
    await watcher.subscribePattern('*.*')
    const seen = names(watcher, 'status-change:a', 'health-update:a', 'metrics-update:a', 'log-entry:a')
    const last = next(watcher, 'log-entry')
    await reporter.reportStatus({ agentId: 'a', status: 'busy', timestamp })
    await reporter.reportHealth({ agentId: 'a', healthy: true, metrics: {}, timestamp })
    await reporter.reportMetrics({ agentId: 'a', metrics: {}, timestamp })
    await reporter.sendLog({ agentId: 'a', level: 'warn', message: 'hm', timestamp })
    expect(await last).toMatchObject({ level: 'warn' })
    expect(seen).toEqual(['status-change:a', 'health-update:a', 'metrics-update:a', 'log-entry:a'])
  })

  it('tells the server what is published without an id', async () => {
    const { router, client } = await stand()
    const channel = new AgentChannelServer(router)
    const update = next(channel, 'status-update')
    await (await client()).publish('agent.status', { agentId: 'a', status: 'idle', timestamp })
    expect(await update).toEqual({ agentId: 'a', status: 'idle', timestamp })
  })
})

describe('the task channel', () => {
  it('publishes all that may be said of a task, and tells of it', async () => {
    const { router, client } = await stand()
    const channel = new TaskChannelServer(router)
    const one = await client()
    const tasks = new TaskChannelClient(one)
    await tasks.subscribeToTask('t')
    expect(tasks.getSubscribedTasks()).toEqual(['t'])
    const seen = names(tasks, 'created:t', 'assigned:t', 'progress:t', 'completed:t', 'error:t', 'error')
    const ends = all(tasks, 'completed')
    await channel.publishCreated({ taskId: 't', type: 'sum', timestamp })
    await channel.publishAssigned({ taskId: 't', agentId: 'a', timestamp })
    await channel.publishTaskStarted('t', 'a')
    await channel.publishProgress({ taskId: 't', progress: 50, status: 'in-progress', timestamp })
    await channel.publishError({ taskId: 't', error: { message: 'hm', recoverable: true }, timestamp })
    await channel.publishTaskSuccess('t', { sum: 3 }, 12)
    await channel.publishTaskFailure('t', new Error('ouch'))
    await channel.publishCompleted({ taskId: 't', status: 'cancelled', timestamp })
    await one.publish('end', 1)
    expect(seen).toEqual([
      ...['created:t', 'assigned:t', 'progress:t', 'progress:t', 'error', 'error:t'],
      ...['completed:t', 'completed:t', 'completed:t'],
    ])
    expect(ends).toMatchObject([
      { status: 'completed', result: { sum: 3 }, duration: 12 },
      { status: 'failed', error: { message: 'ouch', stack: expect.any(String) } },
      { status: 'cancelled' },
    ])
    await tasks.unsubscribeFromTask('t')
    expect(tasks.getSubscribedTasks()).toEqual([])
  })

  it('says nothing bad of an error event that nobody listens to', async () => {
    const { router, client } = await stand()
    const one = await client()
    const tasks = new TaskChannelClient(one)
    await tasks.subscribeAll()
    const bad = all(one, 'error')
    const done = tasks.waitForCompletion('t', 5_000)
    await new TaskChannelServer(router).publishError({ taskId: 't', error: { message: 'hm' }, timestamp })
    await new TaskChannelServer(router).publishTaskSuccess('t')
    expect(await done).toMatchObject({ taskId: 't', status: 'completed' })
    expect(bad).toEqual([])
  })

  it('waits for an end, so long and no longer', async () => {
    const { client } = await stand()
    const [one, two] = [await client(), await client()]
    const [tasks, worker] = [new TaskChannelClient(one), new TaskChannelClient(two)]
    await tasks.subscribePattern('*.completed')
    const [first, second] = [tasks.waitForCompletion('t', 10_000), tasks.waitForCompletion('u', 1)]
    await expect(second).rejects.toThrow(/Task u completion timeout/)
    await worker.reportProgress({ taskId: 't', progress: 1, status: 'in-progress', timestamp })
    await worker.reportError({ taskId: 't', error: { message: 'hm' }, timestamp })
    await worker.reportCompleted({ taskId: 't', status: 'completed', result: 3, timestamp })
    expect(await first).toEqual({ taskId: 't', status: 'completed', result: 3, timestamp })
    expect(tasks.listenerCount('completed:t') + tasks.listenerCount('completed:u')).toBe(0)
  })
})

describe('the swarm channel', () => {
  it('publishes all that may be said of a swarm, and tells of it', async () => {
    const { router, client } = await stand()
    const channel = new SwarmChannelServer(router)
    const one = await client()
    const swarms = new SwarmChannelClient(one)
    await swarms.subscribeToSwarm('s')
    expect(swarms.getSubscribedSwarms()).toEqual(['s'])
    const wanted = ['topology-change', 'agent-joined', 'agent-left', 'consensus', 'decision', 'state-update', 'coordination']
    const seen = names(swarms, ...wanted.map((name) => `${name}:s`))
    const heard = names(channel, 'consensus-event', 'collective-decision', 'coordination-event')
    const states = all(swarms, 'state-update')
    const votes = [
      { agentId: 'a', vote: 'yes' },
      { agentId: 'b', vote: 'abstain' },
    ] as const
    await channel.publishTopologyChange({ swarmId: 's', oldTopology: 'mesh', newTopology: 'hierarchical', timestamp })
    await channel.publishAgentJoined({ swarmId: 's', agentId: 'a', timestamp })
    await channel.publishAgentLeft({ swarmId: 's', agentId: 'a', timestamp })
    const result = swarms.waitForConsensus('s', 'p', 5_000)
    await channel.publishConsensusProposal('s', 'p', { action: 'scale-up' })
    await channel.publishConsensusResult('s', 'other', false, [])
    await channel.publishConsensusResult('s', 'p', true, votes)
    await channel.publishCollectiveDecision({
      swarmId: 's',
      decisionId: 'd',
      question: '?',
      options: ['a'],
      votes: [],
      timestamp,
    })
    await channel.publishSwarmInitialized('s', 'mesh')
    await channel.publishCoordination({ swarmId: 's', type: 'priority-change', data: 1, timestamp })
    await one.publish('end', 1)
    expect(seen.map((name) => name.slice(0, -2))).toEqual([
      ...['topology-change', 'agent-joined', 'agent-left', 'consensus', 'consensus', 'consensus'],
      ...['decision', 'state-update', 'coordination'],
    ])
    expect(heard).toEqual([...Array(3).fill('consensus-event'), 'collective-decision', 'coordination-event'])
    expect(await result).toMatchObject({ result: { accepted: true, votesFor: 1, votesAgainst: 0, abstentions: 1 } })
    expect(states).toMatchObject([{ state: { topology: 'mesh', agentCount: 0, healthScore: 100 } }])
    await swarms.unsubscribeFromSwarm('s')
    expect(swarms.getSubscribedSwarms()).toEqual([])
    await expect(swarms.waitForConsensus('s', 'q', 1)).rejects.toThrow(/proposal q timeout/)
  })

  it('lets the members of a real swarm vote, and counts', async () => {
    const system = createSystem()
    open.push(() => system.stop({ grace: 0 }))
    const { router, client } = await stand({ system })
    const members = ['a', 'b', 'c'].map((id) => system.spawn(worker, { id }))
    await system.spawn(swarm({ id: 's', goal: 'Decide', members })).ready
    const channel = new SwarmChannelServer(router)
    const one = await client()
    const swarms = new SwarmChannelClient(one)
    await swarms.subscribeAll()
    await swarms.subscribeToSwarm('s')
    const consensus = all(swarms, 'consensus')
    const result = swarms.waitForConsensus('s', 'p1', 5_000)
    await channel.publishConsensusProposal('s', 'p1', { action: 'scale-up' })
    await swarms.submitVote('s', 'p1', 'yes', 'a')
    await swarms.submitVote('s', 'p1', 'no', 'b')
    await swarms.submitVote('s', 'p1', 'yes', 'c')
    expect(await result).toMatchObject({ type: 'accepted', result: { votesFor: 2, votesAgainst: 1, abstentions: 0 } })
    expect(consensus).toMatchObject([{ type: 'proposed', proposal: { action: 'scale-up' } }, { type: 'accepted' }])
    const decided = new Promise((resolve) => swarms.on('decision', (event) => event.result && resolve(event)))
    await channel.publishCollectiveDecision({
      ...{ swarmId: 's', decisionId: 'd1', question: 'Where?', options: ['sea', 'hills'], timestamp },
      votes: [{ agentId: 'a', option: 'sea', confidence: 0.4 }],
    })
    await swarms.submitDecision('s', 'd1', 'b', 'hills', 0.9)
    await swarms.submitDecision('s', 'd1', 'c', 'sea', 0.4)
    expect(await decided).toMatchObject({ result: { selectedOption: 'hills', confidence: expect.closeTo(0.9 / 1.7) } })
    expect(system.state.ballots.get('d1')?.decision).toBe('hills')
  })

  it('tells of the agents, tasks and swarms of a system that the server was given', async () => {
    const system = createSystem()
    open.push(() => system.stop({ grace: 0 }))
    const { client } = await stand({ system })
    const one = await client()
    const [tasks, agents] = [new TaskChannelClient(one), new AgentChannelClient(one)]
    await tasks.subscribeToTask('t1')
    await agents.subscribeAll()
    const busy = next(agents, 'status-change:a')
    const done = tasks.waitForCompletion('t1', 5_000)
    system.spawn(worker, { id: 'a' })
    system.spawn(task({ id: 't1', to: 'a', message: { type: 'add', a: 1, b: 2 } }))
    expect(await busy).toMatchObject({ agentId: 'a' })
    expect(await done).toMatchObject({ status: 'completed', result: 3 })
  })
})
