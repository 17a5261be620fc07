import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { agent, shell } from '../../../actors/index.js'
import { openclaw } from '../../../bridge/dialects/openclaw/index.js'
import type { BridgeOptions } from '../../../bridge/index.js'
import type { AgentState } from '../../../src/protocol/states.js'
import type { System } from '../../../src/system/system.js'
import { fits, openclawWorld } from '../../kit/openclaw.js'
import type { Frame, Plain } from '../../kit/plain.js'
import { replay } from '../../kit/transcript.js'

const planner = agent('planner', {
  hears: { plan: { goal: z.string() }, slow: {} },
  says: { planned: { goal: z.string() } },
  on: {
    plan({ goal }, { say }) {
      say({ type: 'planned', goal })
      return { steps: [`think of ${goal}`] }
    },
    slow: (_, { signal }) => new Promise((done) => signal.addEventListener('abort', () => done('late'))),
  },
})

const world = (options: BridgeOptions = {}, settings: Parameters<typeof openclaw>[0] = {}) =>
  openclawWorld({ dialects: [openclaw(settings)], spawnable: [shell, planner], ...options })

/** Resolves when the agent has that state. */
const until = (system: System, id: string, state: AgentState): Promise<void> =>
  new Promise((resolve) => {
    const stop = system.listen(`agent.${id}.status`, () => look())
    const look = () => {
      if (system.state.agents.get(id)?.state !== state) return
      stop()
      resolve()
    }
    look()
  })

const events = (one: Plain, event: string) => one.frames.filter(({ payload }) => payload?.['event'] === event)
const dataOf = ({ payload }: Frame) => payload['data'] as Record<string, unknown>

describe('a connection', () => {
  it('is acknowledged flat, in the case of its AUTH, with who it is and what it may', async () => {
    const { connect, token } = await world()
    for (const [type, answer] of [
      ['AUTH', 'CONNECTION_ACK'],
      ['auth', 'connection_ack'],
    ] as const) {
      const one = await connect()
      one.say({ type, token: await token({ permissions: ['read', 'write'] }), clientType: 'frontend', version: '1.0.0' })
      const ack = await one.type(answer)
      expect(ack).toMatchObject({ clientId: 'ann', permissions: ['read', 'write'], sessionId: expect.any(String), priority: 1 })
      expect(Date.parse(String(ack['serverTime']))).toBeGreaterThan(0)
      fits(one)
    }
  })

  it('may say AUTH in a payload, and go on at once', async () => {
    const { connect, token } = await world()
    const one = await connect()
    one.say({ id: 'a', type: 'auth', payload: { token: await token(), clientType: 'frontend' } })
    one.say({ id: 'p', type: 'ping', timestamp: '', source: 'me', priority: 1, payload: {} })
    expect(await one.type('pong')).toMatchObject({ correlationId: 'p' })
  })

  it.each([
    ['a bad token', { token: 'x', clientType: 'frontend' }, 'INVALID_TOKEN', 4401],
    ['no token', { clientType: 'frontend' }, 'INVALID_TOKEN', 4401],
    ['a version that is not spoken', { token: 'x', clientType: 'frontend', version: '9.0' }, 'INVALID_MESSAGE_FORMAT', 1002],
  ])('with %s is told and closed', async (_, auth, code, close) => {
    const { connect } = await world()
    const one = await connect()
    one.say({ type: 'AUTH', ...auth })
    expect((await one.type('error')).payload).toMatchObject({ code })
    expect((await one.ended).code).toBe(close)
    fits(one)
  })

  it('that drains is told when to come back', async () => {
    const { dashboard, bridge } = await world()
    const { one } = await dashboard()
    bridge.drain({ reason: 'a new version' })
    expect((await one.type('disconnect')).payload).toMatchObject({ reason: 'a new version', reconnectAfter: expect.any(Number) })
  })
})

describe('requests', () => {
  it('make a project of the example, whose data is kept', async () => {
    const { dashboard } = await world()
    const { ask } = await dashboard()
    const frame = { target: 'orchestrator_agent', correlationId: 'corr_xyz789', ttl: 30 }
    const data = { name: 'New Project', description: 'Project description', deadline: '2024-02-15T00:00:00Z', colour: 'red' }
    const made = await ask('request', { action: 'create_project', data }, frame)
    expect(made).toMatchObject({
      type: 'response',
      source: 'orchestrator_agent',
      correlationId: 'corr_xyz789',
      payload: { status: 'success', data: { created: true } },
    })
    const { projectId } = dataOf(made)
    const got = dataOf(await ask('request', { action: 'get_project', data: { projectId } }))
    expect(got).toMatchObject({
      name: 'New Project',
      description: 'Project description',
      status: 'planning',
      deadline: data.deadline,
      metadata: { colour: 'red' },
    })
  })

  it('to an agent are answered by it, by name or id, or by each of several', async () => {
    const { dashboard, system } = await world()
    await system.spawn(planner, { id: 'planning_agent' }).ready
    await system.spawn(planner, { id: 'p2', name: 'Second' }).ready
    const { ask, one } = await dashboard()
    const answer = await ask('request', { action: 'plan', data: { goal: 'a house' } }, { target: 'Second' })
    expect(answer).toMatchObject({ source: 'Second', payload: { status: 'success', data: { steps: ['think of a house'] } } })
    const both = await ask('request', { action: 'plan', data: { goal: 'tea' } }, { target: ['planning_agent', 'p2'] })
    expect(dataOf(both)).toEqual({
      planning_agent: { status: 'success', data: { steps: ['think of tea'] } },
      p2: { status: 'success', data: { steps: ['think of tea'] } },
    })
    fits(one)
  })

  it('whose ttl runs out are a TIMEOUT, and the late answer is dropped and counted', async () => {
    const { dashboard, system } = await world()
    const ref = system.spawn(planner, { id: 'p' })
    await ref.ready
    const { ask, one } = await dashboard()
    const timeout = await ask('request', { action: 'slow' }, { target: 'p', ttl: 0.05 })
    expect(timeout.payload).toMatchObject({ code: 'TIMEOUT' })
    await ref.restart()
    const metrics = dataOf(await ask('request', { action: 'get_metrics' }))
    expect(metrics).toMatchObject({ messages: { lateAnswers: expect.any(Number) }, connections: { activeConnections: 1 } })
    expect(one.frames.filter(({ correlationId }) => correlationId === timeout['correlationId'])).toHaveLength(1)
  })

  it.each([
    ['an unknown type', { type: 'dance' }, 'INVALID_MESSAGE_FORMAT'],
    ['an unknown action', { type: 'request', payload: { action: 'dance' } }, 'INVALID_MESSAGE_FORMAT'],
    ['a missing field', { type: 'project_create', payload: {} }, 'MISSING_REQUIRED_FIELD'],
    ['an agent that is not there', { type: 'request', target: 'nobody', payload: { action: 'x' } }, 'INVALID_TARGET'],
    ['an agent that has ended', { type: 'request', target: 'gone', payload: { action: 'x' } }, 'AGENT_UNAVAILABLE'],
    ['words that an agent does not hear', { type: 'request', target: 'p', payload: { action: 'x' } }, 'INVALID_MESSAGE_FORMAT'],
    ['a channel that cannot be', { type: 'subscribe', payload: { channels: ['no'] } }, 'CHANNEL_NOT_FOUND'],
    ['a channel that was not joined', { type: 'channel_leave', payload: { channels: ['team.a'] } }, 'CHANNEL_NOT_FOUND'],
    ['a filter for nothing', { type: 'subscribe', payload: { channels: ['team.a'], filters: { x: {} } } }, 'SUBSCRIPTION_FAILED'],
    ['a word of the server', { type: 'connection_ack', payload: {} }, 'INVALID_MESSAGE_FORMAT'],
  ])('with %s are answered with its code', async (_, frame, code) => {
    const { dashboard, system } = await world()
    await system.spawn(planner, { id: 'p' }).ready
    await system.spawn(planner, { id: 'gone' }).stop()
    const { one } = await dashboard()
    one.say({ id: 'x', ...frame })
    const error = await one.until(({ correlationId }) => correlationId === 'x')
    expect(error).toMatchObject({ type: 'error', source: 'websocket_gateway', payload: { code, recoverable: true } })
    fits(one)
  })

  it('tell the field that is missing, what was expected and what came', async () => {
    const { dashboard } = await world()
    const { ask } = await dashboard()
    const error = await ask('task_assign', { taskId: 7, agentId: 'a' })
    expect(error.payload).toMatchObject({
      code: 'INVALID_MESSAGE_FORMAT',
      details: { field: 'taskId', expectedType: 'string', received: 7 },
    })
  })

  it('of who may not are INSUFFICIENT_PERMISSIONS', async () => {
    const { dashboard } = await world()
    const { ask } = await dashboard({ permissions: ['read'] })
    expect((await ask('agent_spawn', { name: 'x' })).payload).toMatchObject({
      code: 'INSUFFICIENT_PERMISSIONS',
      recoverable: false,
    })
  })
})

describe('work', () => {
  it('goes from an agent that is spawned through its task to its channels', async () => {
    const { dashboard } = await world()
    const { ask, one } = await dashboard()
    const { projectId } = dataOf(await ask('project_create', { name: 'P' }))
    await ask('subscribe', {
      channels: [`project.${projectId}`, 'task.updates', 'task.ann'],
      filters: { [`project.${projectId}`]: { events: ['status_change', 'progress_update'] } },
    })
    const { agentId } = dataOf(await ask('agent_spawn', { name: 'Ada', environment: { WHO: 'you' } }))
    const { taskId } = dataOf(
      await ask('task_create', { title: 'greet', command: 'echo hello $WHO', agentId, priority: 2, note: 'kept' }),
    )
    const done = await one.until(({ channel, payload }) => channel === 'task.updates' && payload['status'] === 'completed')
    expect(done).toMatchObject({ type: 'task_status_change', payload: { taskId, previousStatus: 'in_progress' } })
    expect(events(one, 'task_output').map((each) => dataOf(each)['output'])).toContain('hello you\n')
    expect(events(one, 'task_status_change').some(({ channel }) => channel === 'task.ann')).toBe(true)
    expect(dataOf(await ask('request', { action: 'get_task', data: { taskId } }))).toMatchObject({
      status: 'completed',
      priority: 2,
      createdBy: 'ann',
      metadata: { note: 'kept' },
    })
    expect(await ask('agent_terminate', { agentId, force: true })).toMatchObject({ payload: { status: 'success' } })
    fits(one)
  })

  it('of a project is done by any free member, counts for it, and is told on its channel', async () => {
    const { dashboard, system } = await world()
    const { ask, one } = await dashboard()
    const { projectId } = dataOf(await ask('project_create', { name: 'P' }))
    await system.spawn(shell, { id: 'sh' }).ready
    await system.swarm(String(projectId)).join('sh')
    await ask('subscribe', { channels: [`project.${projectId}`] })
    await ask('task_create', { title: 'one', command: 'true', projectId })
    const progress = await one.until(
      ({ payload }) => payload['event'] === 'progress_update' && (payload['data'] as { progress: number }).progress === 100,
    )
    expect(progress).toMatchObject({
      type: 'broadcast',
      channel: `project.${projectId}`,
      payload: { data: { projectId, completedTasks: 1, totalTasks: 1 } },
    })
    await one.until(({ payload, channel }) => payload['event'] === 'status_change' && channel === `project.${projectId}.status`)
    await ask('project_update', { projectId, status: 'paused' })
    await one.until(
      ({ payload }) => payload['event'] === 'status_change' && (payload['data'] as { status: string }).status === 'paused',
    )
    await ask('project_update', { projectId, name: 'Q', colour: 'blue' })
    expect(dataOf(await ask('request', { action: 'get_project', data: { projectId } }))).toMatchObject({
      name: 'Q',
      metadata: { colour: 'blue' },
    })
    fits(one)
  })

  it('that failed is run again, and what is deleted is forgotten', async () => {
    const { dashboard, system } = await world()
    await system.spawn(shell, { id: 'sh' }).ready
    const { ask, one } = await dashboard()
    await ask('subscribe', { channels: ['task.updates'] })
    const { taskId } = dataOf(await ask('task_create', { title: 'fail', command: 'exit 3', agentId: 'sh' }))
    await one.until(({ payload }) => payload['status'] === 'failed')
    const again = dataOf(await ask('retry', { taskId }))
    expect(again).toMatchObject({ retryOf: taskId })
    await one.until(({ payload }) => payload['status'] === 'failed' && payload['taskId'] === again['taskId'])
    await ask('task_delete', { taskId })
    expect((await ask('request', { action: 'get_task', data: { taskId } })).payload).toMatchObject({ code: 'INVALID_TARGET' })
  })
})

describe('channels', () => {
  it('carry what clients say, filtered, and tell who comes and goes', async () => {
    const { dashboard } = await world()
    const ann = await dashboard()
    const bob = await dashboard({ sub: 'bob' })
    await ann.ask('channel_join', { channels: ['team.blue'], filters: { 'team.blue': { priority: 1 } } })
    await bob.ask('channel_join', { channels: ['team.blue'] })
    expect(dataOf(await ann.one.until(({ payload }) => payload['event'] === 'member_joined'))).toMatchObject({ clientId: 'bob' })
    await bob.ask('broadcast', { event: 'lunch', data: { at: 12 } }, { channel: 'team.blue', priority: 0 })
    await bob.ask('broadcast', { event: 'lunch', data: { at: 13 } }, { channel: 'team.blue', priority: 2 })
    const heard = await ann.one.until(({ payload }) => payload['event'] === 'lunch')
    expect(heard).toMatchObject({
      type: 'broadcast',
      channel: 'team.blue',
      source: 'bob',
      priority: 2,
      payload: { data: { at: 13 } },
    })
    await bob.ask('notification', { level: 'info', title: 'Hi', message: 'there' }, { target: 'ann' })
    expect(await ann.one.type('notification')).toMatchObject({
      source: 'bob',
      payload: { level: 'info', title: 'Hi', message: 'there' },
    })
    await bob.one.close()
    await ann.one.until(({ payload }) => payload['event'] === 'member_left')
    expect(events(ann.one, 'lunch')).toHaveLength(1)
    fits(ann.one)
  })

  it('of agents are named by their id or their name, and agents speak there', async () => {
    const { dashboard, system } = await world()
    await system.spawn(planner, { id: 'p9', name: 'orchestrator' }).ready
    const { ask, one } = await dashboard()
    await ask('subscribe', { channels: ['agent.orchestrator'] })
    await ask('agent_message', { action: 'plan', data: { goal: 'peace' } }, { target: 'p9', priority: 2 })
    expect(await one.type('agent_message')).toMatchObject({
      channel: 'agent.orchestrator',
      source: 'p9',
      payload: { action: 'planned', data: { goal: 'peace' } },
    })
    expect((await ask('agent_status', { agentId: 'p9' })).payload).toMatchObject({
      status: 'success',
      data: { name: 'orchestrator', status: 'idle' },
    })
  })

  it('are full where a limit is set, and what is critical is told of the system', async () => {
    const { dashboard, system } = await world({ audience: 1 })
    const ann = await dashboard()
    const bob = await dashboard({ sub: 'bob' })
    await ann.ask('subscribe', { channels: ['team.blue', 'system.alerts'] })
    expect((await bob.ask('subscribe', { channels: ['team.blue'] })).payload).toMatchObject({ code: 'CHANNEL_FULL' })
    system.announce(
      { type: 'system.alert', level: 'critical', category: 'resource', text: 'full' },
      'system',
      undefined,
      'critical',
    )
    expect(await ann.one.type('system_alert')).toMatchObject({ priority: 3, payload: { level: 'critical', message: 'full' } })
  })
})

describe('an agent that connects', () => {
  it('is an actor: it is asked, works on tasks, and reports', async () => {
    const { dashboard, system } = await world()
    const { one: mia } = await dashboard({ sub: 'mia' }, { name: 'Mia', capabilities: ['french'] }, 'agent')
    const { ask, one } = await dashboard({ sub: 'boss' })
    await until(system, 'mia', 'running')
    await ask('subscribe', { channels: ['task.updates', 'agent.mia'] })
    const { taskId } = dataOf(await ask('task_create', { title: 'translate', description: 'Bonjour', agentId: 'mia' }))
    const given = await mia.type('task_assign')
    expect(given).toMatchObject({ target: 'mia', payload: { taskId, title: 'translate', description: 'Bonjour' } })
    mia.say({ id: 'r1', type: 'progress_update', payload: { taskId, progress: 40, message: 'half' } })
    expect(await one.type('progress_update')).toMatchObject({ payload: { taskId, progress: 40, message: 'half' } })
    mia.say({ id: 'r2', type: 'agent_status', payload: { status: 'thinking' } })
    await one.until(({ payload }) => payload['activity'] === 'thinking')
    mia.say({ type: 'agent_heartbeat', payload: {} })
    await one.type('agent_heartbeat')
    mia.say({ type: 'response', correlationId: given['correlationId'], payload: { status: 'success', data: 'Hello' } })
    const done = await one.until(({ payload }) => payload['status'] === 'completed')
    expect(done.payload).toMatchObject({ taskId, result: 'Hello' })
    const asking = ask('request', { action: 'sing', data: { song: 'x' } }, { target: 'mia' })
    const request = await mia.type('request')
    expect(request.payload).toEqual({ action: 'sing', data: { song: 'x' } })
    mia.say({ type: 'response', correlationId: request['correlationId'], payload: { status: 'success', data: 'la' } })
    expect((await asking).payload).toEqual({ status: 'success', data: 'la' })
    await ask('agent_message', { action: 'note', data: { a: 1 } }, { target: 'mia' })
    expect(await mia.type('agent_message')).toMatchObject({ payload: { action: 'note', data: { a: 1 } } })
    fits(mia)
  })

  it('crashes when its connection stays away', async () => {
    const { dashboard, system } = await world({ agentWindow: 30 })
    const { one } = await dashboard({ sub: 'mia' }, {}, 'agent')
    await until(system, 'mia', 'running')
    const crashed = until(system, 'mia', 'crashed')
    await one.close()
    await crashed
    expect(system.state.agents.get('mia')?.error?.message).toMatch(/was away for more than 30 ms/)
  })
})

describe('limits', () => {
  it('are those of the client type; who goes on regardless is told once, then muted, on new connections too', async () => {
    const { dashboard, connect, token } = await world()
    const { one } = await dashboard({}, {}, 'external')
    for (let at = 0; at < 30; at++) one.say({ id: `m${at}`, type: 'agent_status', payload: { agentId: 'x' } })
    await one.until(({ payload }) => /nothing is heard for 600 s/.test(String(payload['message'])))
    one.say({ id: 'p', type: 'ping' })
    await one.type('pong')
    const codes = one.frames.map(({ payload }) => payload['code'])
    expect(codes.filter((code) => code === 'INVALID_TARGET')).toHaveLength(5)
    expect(codes.filter((code) => code === 'RATE_LIMIT_EXCEEDED')).toHaveLength(10)
    const again = await connect()
    again.say({ type: 'auth', token: await token(), clientType: 'frontend' })
    for (let at = 0; at < 3; at++) again.say({ id: `n${at}`, type: 'agent_status', payload: { agentId: 'x' } })
    again.say({ id: 'p', type: 'ping' })
    await again.type('pong')
    expect(again.frames.filter(({ type }) => type === 'error')).toMatchObject([
      { correlationId: 'n0', payload: { code: 'RATE_LIMIT_EXCEEDED', retryAfter: expect.any(Number) } },
    ])
  })
})

describe('the session of the document', () => {
  it('is played frame by frame', async () => {
    const { connect, token, system, bridge } = await world()
    const listener = agent('task_agent', { hears: { create_task_breakdown: {} }, on: { create_task_breakdown: () => {} } })
    await system.spawn(listener, { id: 'task_agent' }).ready
    const one = await connect()
    await replay(one, join(import.meta.dirname, 'session.transcript'), { token: await token() })
    expect((await one.ended).code).toBe(1000)
    expect(bridge.connections).toBe(0)
    fits(one)
  })
})
