import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { agent, task } from '../../../actors/index.js'
import { dataOf, fits, planner, openclawWorld as world } from '../../kit/openclaw.js'
import { replay } from '../../kit/transcript.js'

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

describe('what an agent returns or fails with', () => {
  /** Answers what nobody can write down, and fails with facts that mean something else to OpenClaw. */
  const careless = agent('careless', {
    hears: { loop: {}, fail: {} },
    on: {
      loop() {
        const loop: Record<string, unknown> = { at: 1 }
        loop['self'] = loop
        return loop
      },
      fail: (_, { fail }) => fail('no luck', { own: 'BANANA', retryAfter: -1 }),
    },
  })

  it('is told to who asked, and can be read by everybody, where it cannot be written', async () => {
    const { dashboard, system } = await world()
    system.spawn(careless, { id: 'c' })
    const { ask, one } = await dashboard()
    expect(await ask('request', { action: 'loop' }, { target: 'c' })).toMatchObject({
      type: 'error',
      payload: { code: 'INVALID_MESSAGE_FORMAT', message: expect.stringContaining('cannot be written') },
    })
    await system
      .spawn(task({ id: 't1', to: 'c', message: { type: 'loop' } }))
      .result()
      .catch(() => {})
    for (const [action, data] of [
      ['get_task', { taskId: 't1' }],
      ['list_tasks', {}],
    ] as const)
      expect(JSON.stringify(await ask('request', { action, data }))).toContain('[refers to itself]')
    fits(one)
  })

  it('is told in a code of the document', async () => {
    const { dashboard, system } = await world()
    system.spawn(careless, { id: 'c' })
    const { ask, one } = await dashboard()
    expect((await ask('request', { action: 'fail' }, { target: 'c' })).payload).toMatchObject({
      code: 'TASK_EXECUTION_FAILED',
      message: 'no luck',
      retryAfter: 1_000,
    })
    fits(one)
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
