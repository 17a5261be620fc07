import { describe, expect, it } from 'vitest'
import { Quota, type QuotaOptions, quotaLimits } from '../../../bridge/edge/quota.js'
import { Rates } from '../../../bridge/rates.js'
import { createManualClock } from '../../../src/clock.js'
import { drivers } from '../../kit/drivers.js'
import { odd, open, setUp } from '../../kit/world.js'

const few = { rate: 2, window: 1_000, burst: 2 }
type Command = Parameters<Quota['judge']>[0] & object

const asking = (limits: QuotaOptions) => {
  const clock = createManualClock()
  const rates = new Rates(clock)
  let connections = 0
  const from = (principal: string, network = '192.0.2.1', commands: readonly string[] = ['ada', 'eve', 'crew']) => {
    const quota = new Quota(rates, limits, {
      ...{ connection: `${++connections}`, principal, network },
      commands: (agent) => commands.includes(agent),
    })
    // Only the type and the target of a command are looked at.
    const ask = (type: string, fields: object = {}) => {
      const verdict = quota.judge({ id: 'r', command: { type, ...fields } } as unknown as Command)
      return verdict instanceof Error ? verdict.details?.['retryAfter'] : (verdict ?? 'ok')
    }
    return { quota, ask, spend: (times: number) => Array.from({ length: times }, () => ask('view.get')) }
  }
  return { clock, rates, from }
}

describe('what may be asked', () => {
  it('of a connection is a bucket of its own, and more is refused with how long to wait', async () => {
    const { clock, from } = asking({ connection: few })
    const one = from('ann')
    expect(one.spend(3)).toEqual(['ok', 'ok', 500])
    expect(from('ann').spend(1)).toEqual(['ok'])
    await clock.advance(500)
    expect(one.spend(2)).toEqual(['ok', 500])
  })

  it('of a client is one bucket for all of its connections', () => {
    const { from } = asking({ principal: few })
    const [one, two, other] = [from('ann'), from('ann'), from('bob')]
    expect([...one.spend(1), ...two.spend(2), ...other.spend(1)]).toEqual(['ok', 'ok', 500, 'ok'])
  })

  it('of an address is one bucket for all of its clients', () => {
    const { from } = asking({ address: few })
    expect([...from('ann').spend(2), ...from('bob').spend(1), ...from('bob', '192.0.2.2').spend(1)]).toEqual([
      'ok',
      'ok',
      500,
      'ok',
    ])
  })

  it('of an agent is as much as there are tasks for it in a graph, all of them or none', async () => {
    const { clock, from } = asking({ agent: { rate: 3, window: 3_000, burst: 3 } })
    const ann = from('ann')
    const graph = (...to: readonly string[]) =>
      ann.ask('task.graph', { tasks: Object.fromEntries(to.map((each, at) => [`t${at}`, { to: each }])) })
    expect(graph('ada', 'eve', 'ada')).toBe('ok')
    expect(graph('ada', 'ada')).toBe(1_000)
    expect(ann.ask('swarm.hand-over', { id: 'crew', task: 't', to: 'ada' })).toBe('ok')
    expect(ann.ask('agent.send', { to: 'ada' })).toBe(1_000)
    await clock.advance(10_000)
    // More than there ever may be at once is never taken, and takes nothing.
    expect(graph('ada', 'ada', 'ada', 'ada')).toBeGreaterThan(0)
    expect(graph('ada', 'ada', 'ada')).toBe('ok')
  })

  it('of an agent is one bucket for all that is asked of it, by anybody', () => {
    const { from } = asking({ agent: few })
    const [ann, bob] = [from('ann'), from('bob')]
    expect(ann.ask('agent.send', { to: 'ada' })).toBe('ok')
    expect(bob.ask('agent.pause', { id: 'ada' })).toBe('ok')
    expect(ann.ask('task.create', { to: 'ada', id: 't1' })).toBe(500)
    expect(ann.ask('agent.send', { to: 'eve' })).toBe('ok')
    expect(Array.from({ length: 5 }, () => ann.ask('agent.spawn', { id: 'ada' }))).toEqual(Array(5).fill('ok'))
    expect(Array.from({ length: 5 }, () => ann.ask('client.send', { to: 'ada' }))).toEqual(Array(5).fill('ok'))
  })

  it('of an agent is not used up by who may not command it, and each task of a graph counts', () => {
    const { from } = asking({ agent: few })
    const [ann, eve] = [from('ann'), from('eve', '192.0.2.1', ['bob'])]
    expect(Array.from({ length: 5 }, () => eve.ask('agent.pause', { id: 'ada' }))).toEqual(Array(5).fill('ok'))
    expect(ann.ask('agent.pause', { id: 'ada' })).toBe('ok')
    expect(ann.ask('task.graph', { tasks: { one: { to: 'ada' }, two: { to: 'eve' }, three: { to: 'ada' } } })).toBe(500)
  })

  it.each([
    ['of another tenant', { tenant: 'red' }],
    ['without the permission', { permissions: ['read'] as const }],
    ['without a pattern for it', { channels: { write: ['agent.other'] } }],
    ['that does not control it', { controls: ['other'] }],
  ])('of an agent is not used up by a client %s', async (_, claims) => {
    const at = await setUp({ limits: { agent: { rate: 1, window: 60_000, burst: 1 } } })
    await at.system.spawn(odd, { id: 'ada', tenant: 'blue' }).ready
    const enter = async (more: object) => {
      const one = await at.client()
      await one.hello({ token: await at.token({ tenant: 'blue', ...more }) })
      return one
    }
    const [eve, ann] = [await enter({ sub: 'eve', ...claims }), await enter({})]
    for (let n = 0; n < 3; n++)
      expect((await eve.ask('agent.pause', { id: 'ada' })).payload['code']).toMatch(/^(NOT_FOUND|FORBIDDEN)$/)
    expect((await ann.ask('agent.pause', { id: 'ada' })).type).toBe('reply')
    expect((await ann.ask('agent.resume', { id: 'ada' })).payload).toMatchObject({ code: 'RATE_LIMITED' })
  })

  it('of a type is a bucket of each client', () => {
    const { from } = asking({ types: { 'agent.spawn': few } })
    const ann = from('ann')
    expect(Array.from({ length: 3 }, () => ann.ask('agent.spawn'))).toEqual(['ok', 'ok', 500])
    expect(ann.ask('agent.kill', { id: 'x' })).toBe('ok')
    expect(from('bob').ask('agent.spawn')).toBe('ok')
  })

  it('is whatever one likes of what keeps a connection alive', () => {
    const { from } = asking({ connection: few, principal: few, address: few })
    const ann = from('ann')
    ann.spend(5)
    for (const word of ['hello', 'refresh', 'ping', 'pong', 'close', 'batch']) expect(ann.ask(`session.${word}`)).toBe('ok')
    expect(ann.ask('session.subscribe')).toBe(500)
    expect(ann.quota.judge()).toBeInstanceOf(Error)
  })

  it('is nothing for a while after ten too many within a window, in new connections as well', async () => {
    const { clock, from } = asking({ principal: { ...few, penalty: 60_000 } })
    const one = from('ann')
    const answers = one.spend(13)
    expect(answers).toEqual(['ok', 'ok', ...Array(9).fill(500), 60_000, 'muted'])
    expect(one.ask('session.ping')).toBe('ok')
    expect(from('bob').spend(1)).toEqual(['ok'])
    one.quota.close()
    const two = from('ann')
    expect(two.spend(2)).toEqual([60_000, 'muted'])
    await clock.advance(60_000)
    expect(two.spend(1)).toEqual(['ok'])
  })

  it('of an agent that others have used up bans nobody who did not go on regardless', () => {
    const { from } = asking({ agent: { ...few, penalty: 60_000 } })
    const [ann, bob] = [from('ann'), from('bob')]
    const answers = Array.from({ length: 12 }, () => ann.ask('agent.send', { to: 'ada' }))
    expect(answers.at(-1)).toBe(60_000)
    expect(bob.ask('agent.send', { to: 'ada' })).toBe(500)
    expect(bob.ask('agent.send', { to: 'eve' })).toBe('ok')
    expect(ann.ask('agent.send', { to: 'eve' })).toBe('muted')
  })

  it('bans an address as a whole where that is what was passed', () => {
    const { from } = asking({ address: { ...few, penalty: 60_000 } })
    from('ann').spend(12)
    expect(from('bob').spend(1)).toEqual([60_000])
    expect(from('ann', '192.0.2.2').spend(1)).toEqual(['ok'])
  })

  it('is kept in bounded memory, whoever asks and of whom', async () => {
    const { clock, rates, from } = asking({ connection: few, agent: { ...few, penalty: 1_000 } })
    for (let at = 0; at < 5_000; at++) {
      const one = from(`client ${at}`)
      for (let times = 0; times < 4; times++) one.ask('agent.send', { to: `agent-${at}` })
      one.quota.close()
      await clock.advance(10)
    }
    // Of the last seconds, twice what is as good as new after one.
    expect(rates.size).toBeLessThan(2_500)
    for (let at = 0; at < 120_000; at++) rates.take(`name ${at}`, few)
    expect(rates.size).toBeLessThanOrEqual(100_000)
  })

  it('is refused as an option where it cannot be', () => {
    expect(() => quotaLimits({ connection: { ...few, rate: 0 } })).toThrow(/limits\.connection\.rate expects a whole number of 1/)
    expect(() => quotaLimits({ types: { 'agent.fly': few } })).toThrow(/names commands such as agent\.spawn; got agent\.fly/)
    expect(quotaLimits({})).toBeUndefined()
  })
})

describe('a bridge with limits', () => {
  it('holds every protocol to them, and answers each in its own words', async () => {
    const { welcome } = await setUp({ limits: { principal: { rate: 1, window: 60_000, burst: 2 } } })
    const native = await welcome()
    expect((await native.ask('view.get')).type).toBe('reply')
    expect((await native.ask('view.get')).type).toBe('reply')
    expect((await native.ask('view.get')).payload).toMatchObject({
      code: 'RATE_LIMITED',
      message: expect.stringContaining('1 requests of a client in 60 s, 2 at once'),
      details: { retryAfter: expect.any(Number) },
    })
    expect((await native.ask('ping')).type).toBe('pong')
    const batch = native.say('batch', { frames: [{ id: 'b1', type: 'view.get' }] })
    expect((await native.until(({ correlationId }) => correlationId === 'b1')).payload).toMatchObject({ code: 'RATE_LIMITED' })
    expect((await native.until(({ correlationId }) => correlationId === batch)).type).toBe('reply')
  })

  it.each(drivers.map((driver) => [driver.name, driver] as const))(
    'answers what is too much in the words of %s',
    async (_, driver) => {
      const limits = { connection: { rate: 1, window: 60_000, burst: 4 } }
      const { bridge, token } = await setUp({ limits, dialects: [driver.dialect] })
      const one = await driver.enter(bridge.url, await token({ permissions: ['admin'], agents: ['*'] }))
      open.push(() => one.close())
      for (let at = 0; at < 8; at++) one.say(driver.flood.frame(at))
      const words = driver.name === 'agentcraft' ? /requests of a connection in 60 s/ : /"code":(4003|"RATE_LIMIT)/
      expect(await one.until((frame) => words.test(JSON.stringify(frame)))).toBeDefined()
      // What keeps it alive is free.
      await driver.beat(one)
      expect(one.socket.readyState).toBe(1)
    },
  )
})
