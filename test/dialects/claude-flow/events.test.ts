/** What happens in the system, as claude-flow tells it: each on its topic with and without the id. */
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { agent, shell, swarm, task } from '../../../actors/index.js'
import { eventData, type Kind } from '../../../bridge/dialects/claude-flow/data.js'
import { outbound } from '../../../bridge/dialects/claude-flow/index.js'
import type { System } from '../../../src/system/system.js'
import { type Dashboard, worker, world } from './dashboard.js'

const listener = async (...topics: string[]) => {
  const at = await world()
  const one = await at.dashboard()
  await one.ask('subscribe', { topics })
  return { ...at, one }
}

/** Everything that was said fits its schema, message and data. */
const fits = (one: Dashboard) => {
  for (const frame of one.frames) {
    outbound[frame.type as keyof typeof outbound].parse(frame)
    const [domain, ...rest] = String(frame['topic']).split('.')
    const kind = `${domain}.${rest.at(-1)}`
    if (frame.type === 'event' && Object.hasOwn(eventData, kind)) eventData[kind as Kind].parse(frame['data'])
  }
}

const statuses = (one: Dashboard, topic: string) => one.events(topic).map((frame) => (frame['data'] as { status: string }).status)

const failing = agent('failing', {
  hears: { fail: {} },
  on: {
    fail: () => {
      throw new Error('no luck')
    },
  },
})

const slow = agent('slow', {
  hears: { wait: { until: z.string() } },
  on: { wait: (_, { signal }) => new Promise((done) => signal.addEventListener('abort', () => done('stopped'))) },
})

const run = (system: System, id: string, to: string, message: { readonly type: string; readonly [field: string]: unknown }) =>
  system.spawn(task({ id, to, message }))

describe('an agent', () => {
  it('tells its status, from idle to offline, twice', async () => {
    const { system, one } = await listener('agent.#')
    const ada = system.spawn(worker, { id: 'ada', name: 'Ada' })
    await run(system, 't1', 'ada', { type: 'add', a: 1, b: 2 }).result()
    await ada.stop({ reason: 'done' })
    await one.event('agent.status', ({ status }) => status === 'offline')
    for (const topic of ['agent.ada.status', 'agent.status'])
      expect(statuses(one, topic)).toEqual(['idle', 'busy', 'idle', 'busy', 'offline'])
    const [first] = one.events('agent.ada.status')
    expect(first?.['data']).toEqual({
      agentId: 'ada',
      status: 'idle',
      timestamp: expect.any(Number),
      metadata: { state: 'running', event: 'started', name: 'Ada', kind: 'worker' },
    })
    expect(one.events('agent.ada.status').at(-1)?.['data']).toMatchObject({ metadata: { event: 'stopped', reason: 'done' } })
    for (const topic of ['agent.ada.status', 'agent.status'])
      expect(one.events(topic).map((frame) => frame['sequenceNumber'])).toEqual([1, 2, 3, 4, 5])
    fits(one)
  })

  it('is in error when it has crashed, and not healthy', async () => {
    const { system, one } = await listener('agent.bob.status', 'agent.health', 'agent.logs')
    system.spawn(failing, { id: 'bob' })
    system.send('bob', { type: 'fail' })
    expect(await one.event('agent.bob.status', ({ status }) => status === 'error')).toMatchObject({
      metadata: { event: 'error', error: 'no luck' },
    })
    expect(await one.event('agent.health', ({ healthy }) => healthy === false)).toMatchObject({ agentId: 'bob' })
    expect(await one.event('agent.logs')).toMatchObject({ agentId: 'bob', level: 'warn' })
    expect(await one.event('agent.health', ({ metrics }) => (metrics as { errorCount: number }).errorCount > 0)).toBeDefined()
    fits(one)
  })

  it('numbers an alias by itself, over all agents', async () => {
    const { system, one } = await listener('agent.status', 'agent.a.status', 'agent.b.status')
    for (const id of ['a', 'b']) await system.spawn(worker, { id }).ready
    await one.event('agent.status', ({ agentId }) => agentId === 'b')
    const numbers = (topic: string) => one.events(topic).map((frame) => frame['sequenceNumber'])
    expect([numbers('agent.status'), numbers('agent.a.status'), numbers('agent.b.status')]).toEqual([[1, 2], [1], [1]])
  })

  it('says the same number to all who listen', async () => {
    const { system, one, dashboard } = await listener('agent.status')
    await system.spawn(worker, { id: 'a' }).ready
    await one.event('agent.status')
    const late = await dashboard()
    await late.ask('subscribe', { topics: ['agent/status'] })
    await system.spawn(worker, { id: 'b' }).ready
    await late.event('agent/status')
    await one.event('agent.status', ({ agentId }) => agentId === 'b')
    expect(late.events()[0]?.['sequenceNumber']).toBe(2)
    expect(one.events().map((frame) => frame['sequenceNumber'])).toEqual([1, 2])
  })

  it('of the shell tells its output as logs, and what its processes take', async () => {
    const { system, one } = await listener('agent.sh.#')
    system.spawn(shell, { id: 'sh' })
    const loud = run(system, 't1', 'sh', { type: 'run', command: 'echo out; echo err >&2; while :; do :; done' })
    expect(await one.event('agent.sh.logs', ({ message }) => message === 'out\n')).toMatchObject({
      level: 'info',
      context: { task: 't1', stream: 'stdout' },
    })
    expect(await one.event('agent.sh.logs', ({ level }) => level === 'warn')).toMatchObject({ message: 'err\n' })
    const measured = ({ metrics }: Readonly<Record<string, unknown>>) => ((metrics as { cpu?: number }).cpu ?? 0) > 1
    expect(await one.event('agent.sh.health', measured)).toMatchObject({
      healthy: true,
      metrics: { memory: expect.any(Number), tasksCompleted: 0, errorCount: 0 },
    })
    expect(await one.event('agent.sh.metrics')).toMatchObject({
      metrics: { activeConnections: 1, queueSize: 0, errorRate: 0, throughput: 0 },
    })
    await loud.cancel()
    await run(system, 't2', 'sh', { type: 'run', command: 'sleep 0.1' }).result()
    void run(system, 't3', 'sh', { type: 'run', command: 'sleep 30' })
    const answered = await one.event('agent.sh.metrics', ({ metrics }) => 'responseTime' in (metrics as object))
    expect((answered['metrics'] as { responseTime: number }).responseTime).toBeGreaterThan(90)
    fits(one)
  })
})

describe('a task', () => {
  it('tells of itself from created to completed', async () => {
    const { system, one } = await listener('task.#')
    system.spawn(worker, { id: 'ada' })
    const sum = system.spawn(
      task({
        id: 't1',
        to: 'ada',
        title: 'Sum',
        message: { type: 'add', a: 1, b: 2 },
        priority: 'high',
        metadata: { why: 'because' },
      }),
    )
    await sum.result()
    const done = await one.event('task.completed')
    expect(done).toEqual({
      taskId: 't1',
      status: 'completed',
      result: 3,
      duration: expect.any(Number),
      timestamp: expect.any(Number),
    })
    expect(one.events('task.t1.created')[0]?.['data']).toEqual({
      taskId: 't1',
      agentId: 'ada',
      type: 'add',
      priority: 2,
      metadata: { why: 'because', title: 'Sum' },
      timestamp: expect.any(Number),
    })
    expect(one.events('task.assigned')[0]?.['data']).toMatchObject({ taskId: 't1', agentId: 'ada' })
    expect(statuses(one, 'task.t1.progress')).toEqual(['pending', 'pending', 'in-progress', 'completed'])
    expect(one.events('task.t1.progress').at(-1)?.['data']).toMatchObject({ progress: 100 })
    for (const what of ['created', 'assigned', 'progress', 'completed'])
      expect(one.events(`task.${what}`).map((frame) => frame['data'])).toEqual(
        one.events(`task.t1.${what}`).map((frame) => frame['data']),
      )
    fits(one)
  })

  it('tells why it failed, and that a crash is tried again', async () => {
    const { system, one } = await listener('task.t1.error', 'task.t1.completed')
    system.spawn(failing, { id: 'bob' })
    system.spawn(task({ id: 't1', to: 'bob', message: { type: 'fail' }, retries: 1, backoff: [1, 1] }))
    expect(await one.event('task.t1.completed')).toMatchObject({
      status: 'failed',
      error: { message: expect.stringMatching(/no luck/) },
    })
    expect(one.events('task.t1.error').map((frame) => (frame['data'] as { error: object }).error)).toEqual([
      expect.objectContaining({ recoverable: true }),
      expect.objectContaining({ recoverable: false }),
    ])
    fits(one)
  })

  it('that was cancelled is over, too', async () => {
    const { system, one } = await listener('task.completed', 'task.progress')
    system.spawn(slow, { id: 's' })
    const waiting = run(system, 't1', 's', { type: 'wait', until: 'doomsday' })
    await one.event('task.progress', ({ status }) => status === 'in-progress')
    await waiting.cancel('enough')
    expect(await one.event('task.completed')).toMatchObject({ taskId: 't1', status: 'cancelled' })
    fits(one)
  })
})

describe('a swarm', () => {
  it('tells who comes and goes, its state, its topology and how work is spread', async () => {
    const { system, one } = await listener('swarm.#')
    const members = ['a', 'b'].map((id) => system.spawn(slow, { id }))
    const s = system.spawn(swarm({ id: 's', goal: 'Wait', topology: 'star', members }))
    await s.ready
    await s.rewire('mesh', 'better')
    expect(await one.event('swarm.s.topology')).toEqual({
      ...{ swarmId: 's', oldTopology: 'hierarchical', newTopology: 'mesh', reason: 'better', timestamp: expect.any(Number) },
    })
    const waiting = run(system, 't1', 's', { type: 'wait', until: 'doomsday' })
    await waiting.ready
    const handed = await one.event('swarm.s.coordination', ({ type }) => type === 'task-assignment')
    expect(handed).toMatchObject({ data: { taskId: 't1', agentId: 'a' } })
    await s.handOver({ task: 't1', to: 'b', reason: 'a is tired' })
    expect(await one.event('swarm.coordination', ({ type }) => type === 'workload-balance')).toMatchObject({
      data: { taskId: 't1', from: 'a', to: 'b', reason: 'a is tired' },
    })
    await s.leave('a', 'tired')
    expect(await one.event('swarm.agent-left')).toMatchObject({ swarmId: 's', agentId: 'a', reason: 'tired' })
    expect(await one.event('swarm.s.agent-joined')).toMatchObject({ swarmId: 's', agentId: 'a' })
    expect(await one.event('swarm.s.state', ({ state }) => JSON.stringify(state).includes('"mesh","agentCount":1'))).toEqual({
      swarmId: 's',
      state: { topology: 'mesh', agentCount: 1, activeAgents: 1, queueSize: 0, healthScore: 100 },
      timestamp: expect.any(Number),
    })
    fits(one)
  })
})
