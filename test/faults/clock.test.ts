/** A machine whose clock is set by hours, forward and back, while the system runs. */
import { describe, expect, it } from 'vitest'
import { task } from '../../actors/index.js'
import { connect } from '../../bridge/client.js'
import { type Clock, systemClock } from '../../src/clock.js'
import { worker } from '../kit/worker.js'
import { open, setUp } from '../kit/world.js'

const hour = 3_600_000

/** The machine's timers, which a jump does not touch, and a time of day that can be set. */
const jumpy = () => {
  let off = 0
  const timers = { begun: 0 }
  const clock: Clock = {
    now: () => systemClock.now() + off,
    after(delay, run, options) {
      timers.begun++
      return systemClock.after(delay, run, options)
    },
    yield: systemClock.yield,
  }
  return {
    clock,
    timers,
    jump(milliseconds: number) {
      off += milliseconds
    },
  }
}

const world = async () => {
  const { clock, timers, jump } = jumpy()
  const at = await setUp({ spawnable: [worker], heartbeat: 200 }, { clock })
  const token = await at.token({ ttl: 1_000 * hour })
  const client = () => {
    const one = connect(at.bridge.url, { token, clock, reconnect: { delays: [10] }, onError: () => {} })
    open.push(() => one.stop())
    return one
  }
  return { ...at, clock, timers, jump, client }
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
    const { jump, client, timers } = await world()
    const one = client()
    await one.spawn(worker, { id: 'w' }).ready
    const before = timers.begun
    jump(far)
    const results = []
    for (let n = 0; n < 20; n++)
      results.push(await one.spawn(task({ to: 'w', message: { type: 'add', n: 1 }, timeout: 60_000 })).result())
    expect(results).toEqual(Array.from({ length: 20 }, (__, n) => n + 1))
    // Some of each task's own, and the heartbeats of the time that it took.
    expect(timers.begun - before).toBeLessThan(1_000)
  })

  it('costs nobody the connection that is there, or its session', async () => {
    const { jump, client, bridge, system, clock } = await world()
    const one = client()
    const losses: unknown[] = []
    const heard: unknown[] = []
    one.losses.subscribe((loss) => losses.push(loss))
    one.channel('team.#').subscribe(({ body }) => heard.push(body))
    await one.view()
    await system.channel('team.blue').publish('before')
    jump(far)
    // Several heartbeats are due, and answered.
    await new Promise<void>((resolve) => void clock.after(800, resolve))
    await system.channel('team.blue').publish('after')
    one.reconnect()
    await system.channel('team.blue').publish('again')
    await one.view()
    await expect.poll(() => heard).toEqual(['before', 'after', 'again'])
    expect(losses).toEqual([])
    expect(bridge.connections).toBe(1)
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
})
