import { mkdtempSync, realpathSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { shell } from '../../../actors/index.js'
import { outbound, teamDashboard } from '../../../bridge/dialects/team-dashboard/index.js'
import { type BridgeOptions, signToken } from '../../../bridge/index.js'
import { type Frame, type Plain, plain } from '../../kit/plain.js'
import { odd, open, secret, setUp } from '../../kit/world.js'

const workspace = realpathSync(mkdtempSync(join(tmpdir(), 'troupe-team-')))

/** A bridge that speaks only this protocol, and a dashboard that is let in. */
const team = async (options: BridgeOptions = {}, settings: Parameters<typeof teamDashboard>[0] = {}) => {
  const world = await setUp({ dialects: [teamDashboard(settings)], spawnable: [shell, odd], ...options })
  const connect = async () => {
    const one = await plain(`${world.bridge.url}/ws`)
    open.push(() => one.close())
    return one
  }
  let count = 0
  const ask = (one: Plain, type: string, payload: object = {}, metadata?: object) => {
    const id = `m${++count}`
    one.say({ id, type, timestamp: 1, payload, ...(metadata ? { metadata } : {}) })
    return acked(one, id)
  }
  const dashboard = async (claims: Parameters<typeof world.token>[0] = {}, auth: object = {}) => {
    const one = await connect()
    const ack = await ask(one, 'auth', { token: await world.token(claims), clientId: 'dash', ...auth })
    return { one, ack, session: String(ack['sessionId']) }
  }
  const agent = async (one: Plain, more: object = {}) => {
    const ack = await ask(one, 'agent:create', { name: 'Ada', model: 'claude-3-opus', workspace, ...more })
    return String(ack['agentId'])
  }
  return { ...world, connect, ask, dashboard, agent }
}

const acked = async (one: Plain, id: string): Promise<Frame['payload']> =>
  (await one.until(({ type, payload }) => type === 'ack' && payload['messageId'] === id, `the ack of ${id}`)).payload

const ofAgent = (one: Plain, type: string) => one.frames.filter((frame) => frame.type === type).map(({ payload }) => payload)

const text = (one: Plain) =>
  ofAgent(one, 'agent:output')
    .map(({ data }) => data)
    .join('')

/** Every frame that was heard is one of the document's. */
const allFit = (one: Plain) => {
  for (const frame of one.frames) {
    const schema = Object.entries(outbound).find(([type]) => type === frame.type)?.[1]
    expect(schema?.safeParse(frame).error?.message, JSON.stringify(frame)).toBeUndefined()
    expect(schema).toBeDefined()
  }
}

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

describe('limits', () => {
  it('ten commands a second to one agent, and as many to another', async () => {
    const { dashboard, ask, system } = await team()
    const { one } = await dashboard()
    for (const id of ['a', 'b']) await system.spawn(shell, { id }).ready
    const acks = await Promise.all(Array.from({ length: 12 }, () => ask(one, 'agent:command', { agentId: 'a', command: 'true' })))
    expect(acks.filter(({ success }) => success === false)).toHaveLength(2)
    expect((await one.type('error')).payload).toMatchObject({ code: 4003, details: { retryAfter: expect.any(Number) } })
    expect(await ask(one, 'agent:command', { agentId: 'b', command: 'true' })).toMatchObject({ success: true })
  })

  it('a hundred messages a second, pings aside', async () => {
    const { dashboard } = await team()
    const { one } = await dashboard()
    for (let at = 0; at < 105; at++) one.say({ id: `u${at}`, type: 'unsubscribe', payload: { subscriptionId: 'x' } })
    for (let at = 0; at < 50; at++) one.say({ id: `p${at}`, type: 'ping', payload: { timestamp: at } })
    await acked(one, 'u104')
    await one.until(() => one.frames.filter(({ type }) => type === 'pong').length === 50, 'all pongs')
    expect(one.frames.filter(({ payload }) => payload['code'] === 4003).length).toBeGreaterThanOrEqual(1)
  })

  it('a hundred subscriptions', async () => {
    const { dashboard, ask } = await team({}, { messagesPerSecond: 1_000 })
    const { one } = await dashboard()
    const acks = await Promise.all(Array.from({ length: 101 }, () => ask(one, 'subscribe:agent')))
    expect(acks.map(({ success }) => success)).toEqual([...Array.from({ length: 100 }, () => true), false])
    await ask(one, 'unsubscribe', { subscriptionId: acks[0]?.['subscriptionId'] })
    expect(await ask(one, 'subscribe:agent')).toMatchObject({ success: true })
  })

  it('a megabyte a message', async () => {
    const { dashboard } = await team()
    const { one } = await dashboard()
    one.say({ id: 'big', type: 'agent:command', payload: { agentId: 'a', command: 'x'.repeat(1_048_576) } })
    expect((await one.type('error')).payload).toMatchObject({ code: 4001, message: expect.stringMatching(/1048576 bytes/) })
  })
})

describe('subscriptions', () => {
  it('logs deliver output by its stream and alerts of the system; what is unsubscribed is silent', async () => {
    const { dashboard, ask, agent, system } = await team()
    const { one } = await dashboard()
    const id = await agent(one)
    const { subscriptionId } = await ask(one, 'subscribe:logs', { agentId: id, filters: ['stderr', 'system:alert'] })
    await ask(one, 'agent:command', { agentId: id, command: 'echo out; echo err >&2' })
    await one.type('agent:output')
    system.announce({ type: 'system.alert', level: 'warning', category: 'resource', text: 'hot' }, 'system')
    await one.until(({ type, payload }) => type === 'system:alert' && payload['message'] === 'hot')
    await ask(one, 'unsubscribe', { subscriptionId })
    await ask(one, 'agent:command', { agentId: id, command: 'echo more >&2' })
    await ask(one, 'agent:terminate', { agentId: id })
    expect(text(one)).toBe('err\n')
    allFit(one)
  })

  it('metrics are those of this machine and of the agents', async () => {
    const { dashboard, ask, agent } = await team({ metricsInterval: 200 })
    const { one } = await dashboard()
    const id = await agent(one)
    await ask(one, 'agent:command', { agentId: id, command: 'while :; do :; done' })
    await ask(one, 'subscribe:metrics')
    const { payload } = await one.until(
      ({ type, payload: { agents } }) => type === 'metrics:update' && Array.isArray(agents) && agents.length > 0,
    )
    const { cpu, memory } = payload['system'] as {
      readonly cpu: { cores: number }
      readonly memory: { total: number; used: number }
    }
    expect(cpu.cores).toBeGreaterThan(0)
    expect(memory.used).toBeLessThan(memory.total)
    expect(payload['agents']).toEqual([
      { agentId: id, cpu: expect.any(Number), memory: expect.any(Number), threads: expect.any(Number) },
    ])
    await ask(one, 'agent:terminate', { agentId: id, force: true })
    allFit(one)
  })

  it('metrics need the right to them', async () => {
    const { dashboard, ask } = await team()
    const { one } = await dashboard({ permissions: ['read'] })
    expect(await ask(one, 'subscribe:metrics')).toMatchObject({ success: false })
    expect(await ask(one, 'subscribe:logs')).toMatchObject({ success: true })
  })
})

describe('a session', () => {
  it('goes on: what was missed comes in order before anything new, and subscriptions stand', async () => {
    const { dashboard, ask, agent, system } = await team()
    const first = await dashboard()
    const id = await agent(first.one)
    await ask(first.one, 'subscribe:agent', { agentId: id })
    await first.one.close()
    await system.spawn({ kind: 'task', to: id, message: { type: 'run', command: 'for i in 1 2 3; do echo $i; done' } }).result()
    const { one, ack } = await dashboard({}, { sessionId: first.session })
    expect(ack).toMatchObject({ resumed: true, sessionId: first.session })
    const missed = Number(ack['missed'])
    expect(missed).toBeGreaterThan(0)
    await ask(one, 'agent:command', { agentId: id, command: 'echo new' })
    await one.until(({ payload }) => String(payload['data']).includes('new'))
    expect(text(one)).toBe('1\n2\n3\nnew\n')
    expect(one.frames.slice(1, 1 + missed).every(({ type }) => type.startsWith('agent:'))).toBe(true)
    const order = ofAgent(one, 'agent:output').map(({ sequence }) => sequence)
    expect(order).toEqual(order.map((_, at) => at + 1))
  })

  it('goes on after the last message that the client names, and not as somebody else', async () => {
    const { dashboard, ask, agent } = await team()
    const first = await dashboard()
    const id = await agent(first.one)
    await ask(first.one, 'subscribe:agent', { agentId: id })
    await ask(first.one, 'agent:command', { agentId: id, command: 'echo one' })
    const known = await first.one.type('agent:output')
    await ask(first.one, 'agent:command', { agentId: id, command: 'echo two' })
    await first.one.until(({ payload }) => String(payload['data']).includes('two'))
    await first.one.close()
    const other = await dashboard({ sub: 'eve' }, { sessionId: first.session })
    expect(other.ack).toMatchObject({ resumed: false, missed: 0 })
    const { one } = await dashboard({}, { sessionId: first.session, lastMessageId: known['id'] })
    await one.until(({ payload }) => String(payload['data']).includes('two'))
    expect(text(one)).toBe('two\n')
  })

  it('is sent a thousand of what it missed, and told of the rest', async () => {
    const { dashboard, ask, system } = await team()
    const first = await dashboard()
    await system.spawn(odd, { id: 'o' }).ready
    await ask(first.one, 'subscribe:agent')
    await first.one.close()
    for (let at = 0; at < 1_200; at++)
      system.announce({ type: 'agent.output', id: 'o', stream: 'stdout', data: `${at}`, sequence: at + 1, order: at + 1 }, 'o')
    const { one, ack } = await dashboard({}, { sessionId: first.session })
    expect(ack).toMatchObject({ resumed: true, missed: 1_000 })
    await one.until(({ payload }) => payload['data'] === '1199')
    expect(ofAgent(one, 'agent:output')).toHaveLength(1_000)
    expect(ofAgent(one, 'system:alert')[0]).toMatchObject({ level: 'warning', details: { count: 200 } })
  })
})
