/** A machine whose clock is set by hours, forward and back, while the system runs. */
import { describe, expect, it } from 'vitest'
import { task } from '../../actors/index.js'
import { connect } from '../../bridge/client.js'
import { Logins } from '../../bridge/edge/logins.js'
import { Rates } from '../../bridge/rates.js'
import { type Clock, createManualClock, systemClock } from '../../src/clock.js'
import { TroupeError } from '../../src/errors.js'
import { worker } from '../kit/worker.js'
import { open, setUp } from '../kit/world.js'
import { proxyFor } from './proxy.js'

const hour = 3_600_000

/** Timers, which a jump does not touch, and a time of day that can be set. */
const jumpy = (timers: Clock = systemClock) => {
  let off = 0
  const begun = { timers: 0 }
  const clock: Clock = {
    now: () => timers.now() + off,
    after(delay, run, options) {
      begun.timers++
      return timers.after(delay, run, options)
    },
    yield: timers.yield,
  }
  return {
    clock,
    begun,
    jump(milliseconds: number) {
      off += milliseconds
    },
  }
}

const world = async () => {
  const { clock, begun, jump } = jumpy()
  const at = await setUp({ spawnable: [worker], heartbeat: 200 }, { clock })
  const token = await at.token({ ttl: 1_000 * hour })
  const client = () => {
    const one = connect(at.bridge.url, { token, clock, reconnect: { delays: [10] }, onError: () => {} })
    open.push(() => one.stop())
    return one
  }
  return { ...at, clock, begun, jump, client }
}

describe.each([
  ['forward', 5 * hour],
  ['back', -5 * hour],
])('a clock that is set %s by hours', (_, far) => {
  it('disturbs no number: offsets and seqs rise by one, ids are not given twice', async () => {
    const { system, jump, client } = await world()
    const heard: { id: string; seq: number }[] = []
    const one = client()
    one.channel('team.blue').envelopes.subscribe(({ id, seq }) => heard.push({ id, seq }))
    await one.view()
    const seqs: number[] = []
    for (let n = 0; n < 60; n++) {
      if (n % 20 === 10) jump(far)
      seqs.push((await system.channel('team.blue').publish(n)).seq)
    }
    await expect.poll(() => heard.length).toBe(60)
    expect(seqs).toEqual(Array.from({ length: 60 }, (__, n) => n + 1))
    expect(heard.map(({ seq }) => seq)).toEqual(seqs)
    expect(new Set(heard.map(({ id }) => id)).size).toBe(60)
  })

  it('lets tasks go on, and starts no storm of timers', async () => {
    const { jump, client, begun } = await world()
    const one = client()
    await one.spawn(worker, { id: 'w' }).ready
    const before = begun.timers
    jump(far)
    const results = []
    for (let n = 0; n < 20; n++)
      results.push(await one.spawn(task({ to: 'w', message: { type: 'add', n: 1 }, timeout: 60_000 })).result())
    expect(results).toEqual(Array.from({ length: 20 }, (__, n) => n + 1))
    // Some of each task's own, and the heartbeats of the time that it took.
    expect(begun.timers - before).toBeLessThan(1_000)
  })

  it('costs nobody the connection that is there, or its session', async () => {
    const { jump, client, bridge, system, welcome } = await world()
    const silent = await welcome()
    const one = client()
    const losses: unknown[] = []
    const heard: unknown[] = []
    one.losses.subscribe((loss) => losses.push(loss))
    one.channel('team.#').subscribe(({ body }) => heard.push(body))
    await one.view()
    await system.channel('team.blue').publish('before')
    jump(far)
    // Several heartbeats come, and are answered.
    await silent.until(() => silent.frames.filter(({ type }) => type === 'ping').length > 3)
    await system.channel('team.blue').publish('after')
    one.reconnect()
    await system.channel('team.blue').publish('again')
    await one.view()
    await expect.poll(() => heard).toEqual(['before', 'after', 'again'])
    expect(losses).toEqual([])
    expect(bridge.connections).toBe(2)
  })
})

describe('a clock that is set back', () => {
  it('leaves what was done under a key done', async () => {
    const { jump, welcome, system } = await world()
    const one = await welcome()
    const say = () => {
      const id = one.say('channel.publish', { topic: 'team.blue', body: 1 }, { key: 'k1' })
      return one.until(({ type, correlationId }) => type === 'reply' && correlationId === id)
    }
    const first = await say()
    jump(-5 * hour)
    const second = await say()
    expect(second.payload).toEqual(first.payload)
    jump(4 * hour)
    expect((await say()).payload).toEqual(first.payload)
    const { entries } = await system.journal.read({ epoch: system.journal.epoch, offset: 0 }, (topic) => topic === 'team.blue')
    expect(entries).toHaveLength(1)
  })

  it('still lets everybody say what they may, and ends a penalty in its time', async () => {
    const timers = createManualClock()
    const { clock, jump } = jumpy(timers)
    const rates = new Rates(clock)
    const pace = { rate: 60, window: 60_000, burst: 5, penalty: 30_000 }
    for (let turn = 0; turn < 5; turn++) expect(rates.take('ann', pace)).toBe(0)
    jump(-5 * hour)
    expect(rates.take('ann', pace)).toBe(1_000)
    await timers.advance(1_000)
    expect(rates.take('ann', pace)).toBe(0)
    for (let turn = 0; turn < 10; turn++) rates.exceed('bob', 'bob', pace)
    expect(rates.muted('bob')).toBe(30_000)
    jump(-5 * hour)
    expect(rates.muted('bob')).toBe(30_000)
    await timers.advance(29_999)
    expect(rates.muted('bob')).toBe(1)
    await timers.advance(1)
    expect(rates.muted('bob')).toBe(0)
  })

  it('keeps nobody from logging in for longer than was to be', async () => {
    const timers = createManualClock()
    const { clock, jump } = jumpy(timers)
    const logins = new Logins(clock, { failures: 2, window: 60_000, penalty: 1_000, longest: 1_000 })
    const attempt = (check: () => Promise<string>) =>
      logins.attempt({ address: '10.0.0.1', token: 'x', proven: false }, check).catch((error: { code?: string }) => error.code)
    const wrong = () => Promise.reject(new TroupeError('AUTH_FAILED', 'Wrong.'))
    expect(await attempt(wrong)).toBe('AUTH_FAILED')
    jump(-5 * hour)
    expect(await attempt(wrong)).toBe('AUTH_FAILED')
    expect(await attempt(async () => 'in')).toBe('RATE_LIMITED')
    jump(-5 * hour)
    await timers.advance(1_000)
    expect(await attempt(async () => 'in')).toBe('RATE_LIMITED')
    await timers.advance(1_000)
    expect(await attempt(async () => 'in')).toBe('in')
  })

  it('hides no connection that is half open from either side', async () => {
    const timers = createManualClock()
    const { clock, jump } = jumpy(timers)
    const at = await setUp({ heartbeat: 10_000 }, { clock })
    const proxy = await proxyFor(at.bridge.port)
    open.push(() => proxy.close())
    const one = connect(proxy.url, {
      token: await at.token({ ttl: 1_000 * hour }),
      clock,
      reconnect: { delays: [hour] },
      onError: () => {},
    })
    open.push(() => one.stop())
    await one.view()
    proxy.weather = { swallows: true }
    jump(-5 * hour)
    // A beat and a watch that find the clock set back, and two pings that nobody answers.
    await timers.advance(45_000)
    expect(at.bridge.connections).toBe(0)
    expect(one.connected.status).toBe('waiting')
  })
})
