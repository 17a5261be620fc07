import { describe, expect, it } from 'vitest'
import { shell } from '../../../actors/index.js'
import { type Clock, systemClock } from '../../../src/clock.js'
import { acked, allFit, ofAgent, team, text } from '../../kit/team-dashboard.js'
import { odd } from '../../kit/world.js'

/** Time that stands still, while timers run: however long a test takes, it is all within one second. */
const stopped = (): Clock => {
  const now = systemClock.now()
  return { ...systemClock, now: () => now }
}

describe('limits', () => {
  it('ten commands a second to one agent, and as many to another', async () => {
    const { dashboard, ask, system } = await team({}, {}, { clock: stopped() })
    const { one } = await dashboard()
    for (const id of ['a', 'b']) await system.spawn(shell, { id }).ready
    const acks = await Promise.all(Array.from({ length: 12 }, () => ask(one, 'agent:command', { agentId: 'a', command: 'true' })))
    expect(acks.filter(({ success }) => success === false)).toHaveLength(2)
    expect((await one.type('error')).payload).toMatchObject({ code: 4003, details: { retryAfter: expect.any(Number) } })
    expect(await ask(one, 'agent:command', { agentId: 'b', command: 'true' })).toMatchObject({ success: true })
  })

  it('a hundred messages a second, pings aside', async () => {
    const { dashboard } = await team({}, {}, { clock: stopped() })
    const { one } = await dashboard()
    for (let at = 0; at < 105; at++) one.say({ id: `u${at}`, type: 'unsubscribe', payload: { subscriptionId: 'x' } })
    for (let at = 0; at < 50; at++) one.say({ id: `p${at}`, type: 'ping', payload: { timestamp: at } })
    await acked(one, 'u104')
    await one.until(() => one.frames.filter(({ type }) => type === 'pong').length === 50, 'all pongs')
    expect(one.frames.filter(({ payload }) => payload['code'] === 4003)).toHaveLength(5)
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
