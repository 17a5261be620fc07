import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { signToken } from '../../../bridge/index.js'
import type { Frame } from '../../kit/plain.js'
import { acked, allFit, ofAgent, team, text, workspace } from '../../kit/team-dashboard.js'
import { replay } from '../../kit/transcript.js'
import { secret } from '../../kit/world.js'

describe('auth', () => {
  it.each([
    ['flat', (token: string) => ({ type: 'auth', token, clientId: 'c1' })],
    ['enveloped', (token: string) => ({ id: 'a', type: 'auth', payload: { token, clientId: 'c1' } })],
  ])('may come %s', async (_, hello) => {
    const { connect, token } = await team()
    const one = await connect()
    one.say(hello(await token()))
    const { payload } = await one.type('ack')
    expect(payload).toMatchObject({ success: true, resumed: false, missed: 0 })
    expect(payload['sessionId']).toEqual(expect.any(String))
    allFit(one)
  })

  it('that is not accepted is answered with 1001, an expired one with 1002, and the connection closed', async () => {
    const { connect } = await team()
    for (const [bad, code] of [
      ['nonsense', 1001],
      [await signToken({ sub: 'ann', ttl: 60_000 }, secret, 1_000_000_000_000), 1002],
    ] as const) {
      const one = await connect()
      one.say({ id: 'a', type: 'auth', payload: { token: bad, clientId: 'c1' } })
      expect((await one.type('error')).payload).toMatchObject({ code })
      expect(await acked(one, 'a')).toMatchObject({ success: false })
      expect((await one.ended).code).toBe(4401)
    }
  })

  it('has to come in time', async () => {
    const { connect } = await team({ authTimeout: 30 })
    const one = await connect()
    expect((await one.type('error')).payload).toMatchObject({ code: 1001 })
    expect((await one.ended).code).toBe(4401)
  })

  it('need not be waited for: what is said after it is heard after it', async () => {
    const { connect, token } = await team()
    const one = await connect()
    one.say({ id: 'a', type: 'auth', payload: { token: await token(), clientId: 'c1' } })
    one.say({ id: 'b', type: 'subscribe:agent', payload: {} })
    expect(await acked(one, 'b')).toMatchObject({ success: true, subscriptionId: expect.any(String) })
    expect(one.frames.map(({ payload }) => payload['messageId'])).toEqual(['a', 'b'])
  })
})

describe('agents', () => {
  it('are created with their workspace and environment, run commands, are told of to who made them, and end', async () => {
    const { dashboard, ask, agent } = await team()
    const { one } = await dashboard()
    const id = await agent(one, { environment: { WHO: 'world' }, resourceLimits: { memory: 512, cpu: 1 } })
    const { payload: created } = await one.type('agent:created')
    expect(created).toMatchObject({ agentId: id, name: 'Ada', pid: process.pid, startTime: expect.any(Number) })
    await ask(one, 'subscribe:agent', { agentId: id })
    expect(await ask(one, 'agent:command', { agentId: id, command: 'pwd; echo "hello $WHO"; echo oh >&2' })).toMatchObject({
      success: true,
    })
    await one.until(({ payload }) => payload['stream'] === 'stderr')
    expect(text(one)).toContain(`${workspace}\nhello world\n`)
    expect(ofAgent(one, 'agent:output').map(({ sequence }) => sequence)).toEqual(
      ofAgent(one, 'agent:output').map((_, at) => at + 1),
    )
    await ask(one, 'agent:terminate', { agentId: id })
    await one.until(({ payload }) => payload['status'] === 'stopped')
    expect(ofAgent(one, 'agent:status').map(({ status }) => status)).toEqual(['starting', 'running', 'stopping', 'stopped'])
    allFit(one)
  })

  it('in a terminal: interactive, with a pid of its own while it runs; forced to end', async () => {
    const { dashboard, ask, agent } = await team()
    const { one } = await dashboard()
    const id = await agent(one)
    await ask(one, 'subscribe:agent', { agentId: id })
    await ask(one, 'agent:command', { agentId: id, command: 'test -t 1 && echo a terminal; sleep 60', interactive: true })
    await one.until(({ payload }) => String(payload['data']).includes('a terminal'))
    await ask(one, 'agent:pause', { agentId: id })
    const paused = await one.until(({ payload }) => payload['status'] === 'paused')
    const { pid } = paused.payload['details'] as { readonly pid: number }
    expect(pid).not.toBe(process.pid)
    await ask(one, 'agent:resume', { agentId: id })
    await ask(one, 'agent:terminate', { agentId: id, force: true })
    await one.until(({ payload }) => payload['status'] === 'stopped')
    expect(() => process.kill(pid, 0)).toThrow()
    allFit(one)
  })

  it('a command that takes too long is an agent:error 2004', async () => {
    const { dashboard, ask, agent } = await team()
    const { one } = await dashboard()
    const id = await agent(one)
    await ask(one, 'agent:command', { agentId: id, command: 'sleep 60', timeout: 50 })
    expect((await one.type('agent:error')).payload).toMatchObject({ agentId: id, error: { code: '2004' } })
    allFit(one)
  })

  it('carry the correlation id of what was asked', async () => {
    const { dashboard, ask, agent } = await team()
    const { one } = await dashboard()
    const id = await agent(one)
    await ask(one, 'subscribe:agent', { agentId: id })
    await ask(one, 'agent:command', { agentId: id, command: 'echo x' }, { correlationId: 'why', priority: 'high' })
    const output = await one.type('agent:output')
    expect(output['metadata']).toEqual({ correlationId: 'why', agentId: id })
  })
})

describe('what goes wrong', () => {
  it.each([
    ['an agent that is not there', { type: 'agent:pause', payload: { agentId: 'nobody' } }, 'agent:error', '2001'],
    ['a model that is not known', { type: 'agent:create', payload: { name: 'x', model: 'gpt', workspace: '/' } }, 'error', 4001],
    [
      'a workspace that is not there',
      { type: 'agent:create', payload: { name: 'x', model: 'claude-3-opus', workspace: '/nowhere' } },
      'error',
      2002,
    ],
    ['a word that is not known', { type: 'agent:dance', payload: {} }, 'error', 4002],
    ['a word of the server', { type: 'agent:output', payload: {} }, 'error', 4002],
    ['a field that is missing', { type: 'agent:command', payload: { agentId: 'a' } }, 'error', 4001],
    ['a subscription that is not there', { type: 'unsubscribe', payload: { subscriptionId: 'x' } }, 'error', 4001],
  ])('%s has its number', async (_, message, type, code) => {
    const { dashboard } = await team()
    const { one } = await dashboard()
    one.say({ id: 'x', timestamp: 1, ...message })
    expect(await acked(one, 'x')).toMatchObject({ success: false, error: expect.any(String) })
    const { payload } = await one.type(type)
    expect(type === 'error' ? payload['code'] : (payload['error'] as Frame)['code']).toBe(code)
    allFit(one)
  })

  it('who may not is told with 1003', async () => {
    const { dashboard, ask } = await team()
    const { one } = await dashboard({ permissions: ['read'] })
    const ack = await ask(one, 'agent:create', { name: 'x', model: 'claude-3-opus', workspace })
    expect(ack).toMatchObject({ success: false })
    expect((await one.type('error')).payload).toMatchObject({ code: 1003 })
  })

  it('no frame at all is answered, and the connection lives', async () => {
    const { dashboard, ask } = await team()
    const { one } = await dashboard()
    one.say('{{{')
    expect((await one.type('error')).payload).toMatchObject({ code: 4001 })
    expect(await ask(one, 'subscribe:agent')).toMatchObject({ success: true })
  })
})

describe('the session of the document', () => {
  it('is played frame by frame', async () => {
    const { connect, token } = await team()
    const one = await connect()
    await replay(one, join(import.meta.dirname, 'session.transcript'), { token: await token(), workspace })
    allFit(one)
  })
})
