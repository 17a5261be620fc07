/** Samples of the machine and the process: how often, and what becomes of those that fail. */
import { totalmem } from 'node:os'
import { firstValueFrom } from 'rxjs'
import { connect } from 'troupe/client'
import { describe, expect, it } from 'vitest'
import type { Machine } from '../../../bridge/monitor/machine.js'
import { Monitor } from '../../../bridge/monitor/monitor.js'
import { settled } from '../../../bridge/options.js'
import { Traffic } from '../../../bridge/traffic.js'
import { createManualClock } from '../../../src/clock.js'
import { events } from '../../../src/protocol/event.js'
import { record } from '../../kit/events.js'
import { lagOf, machineOf, stillness } from '../../kit/monitor.js'
import { quietSystem, settle } from '../../kit/quiet.js'
import { setUp } from '../../kit/world.js'

/** A monitor on a clock that stands, and how often the machine's load was looked for. */
const monitored = (told: Partial<Machine> = {}, lag = () => 0) => {
  const { system, clock, errors, seen } = quietSystem()
  seen.stop()
  const before = clock.pending
  let looks = 0
  const machine = machineOf({
    cpu: async () => {
      looks++
      return { usage: 25, cores: 4 }
    },
    ...told,
  })
  const { alerts } = settled({ auth: false, alerts: { interval: 1_000_000 } })
  const options = { system, traffic: new Traffic(clock), interval: 5_000, alerts, machine, lag: lagOf(lag) }
  const monitor = new Monitor(options)
  return { system, clock, errors, monitor, before, looks: () => looks }
}

describe('metrics', () => {
  it('are looked for only while somebody listens, at once and then at the interval', async () => {
    const { system, clock, looks } = monitored()
    await clock.advance(60_000)
    expect(looks()).toBe(0)
    const seen = record(system, 'system.metrics')
    await settle()
    expect(seen.of('system.metrics')).toHaveLength(1)
    await clock.advance(4_999)
    expect(looks()).toBe(1)
    await clock.advance(1)
    await clock.advance(5_000)
    expect(seen.of('system.metrics')).toHaveLength(3)
    seen.stop()
    await clock.advance(60_000)
    expect(looks()).toBe(3)
  })

  it('are no business of who listens to traffic', async () => {
    const { system, clock, looks } = monitored()
    const seen = record(system, 'system.traffic')
    await clock.advance(10_000)
    expect([seen.events.length, looks()]).toEqual([3, 0])
  })

  it('say what was found, as the protocol has it', async () => {
    const { system } = monitored({}, () => 12)
    const seen = record(system, 'system.metrics')
    const found = await seen.until(({ type }) => type === 'system.metrics')
    expect(found).toMatchObject({
      cpu: { usage: 25, cores: 4, temperature: 40 },
      memory: { total: 1_000, used: 500, available: 500, percent: 50 },
      disk: { total: 100, used: 10, percent: 10 },
      network: { bytesIn: 1, bytesOut: 2, packetsIn: 3, packetsOut: 4 },
      eventLoop: { lag: 12, delays: stillness.eventLoop.delays },
      process: { pid: process.pid },
    })
    expect(events['system.metrics'].strict().safeParse(found).error).toBeUndefined()
  })

  it('leave out what could not be found out, and tell of it once', async () => {
    const fail = async () => Promise.reject(new Error('no such file'))
    const { system, clock, errors } = monitored({ disk: fail, temperature: async () => undefined })
    const seen = record(system, 'system.metrics')
    await clock.advance(20_000)
    expect(seen.of('system.metrics')).toHaveLength(5)
    for (const each of seen.of('system.metrics')) {
      expect(Object.keys(each).sort()).toEqual(['cpu', 'eventLoop', 'memory', 'network', 'process', 'type'])
      expect(each.cpu).toEqual({ usage: 25, cores: 4 })
    }
    expect(errors).toEqual([{ where: 'looking for the disk of the machine, which is left out', message: 'no such file' }])
  })

  it('do not wait for what does not come back, and do not ask for it again', async () => {
    let asked = 0
    const network = () => {
      asked++
      return new Promise<never>(() => {})
    }
    const { system, clock, errors } = monitored({ network })
    const seen = record(system, 'system.metrics')
    await clock.advance(30_000)
    expect(seen.of('system.metrics').length).toBeGreaterThan(2)
    expect(seen.of('system.metrics').every((each) => each.network === undefined && each.memory !== undefined)).toBe(true)
    expect(asked).toBe(1)
    expect(errors.map(({ where }) => where)).toEqual(['looking for the network of the machine, which is left out'])
  })

  it('leave nothing behind when the monitor is closed, though somebody listens', async () => {
    const { system, clock, monitor, before, looks } = monitored()
    const seen = record(system, 'system.#')
    await settle()
    monitor.close()
    monitor.close()
    expect(clock.pending).toBe(before)
    await clock.advance(60_000)
    expect([looks(), seen.of('system.metrics').length]).toEqual([1, 1])
  })

  it('cost no more than one look for many who ask at once', async () => {
    const { monitor, looks } = monitored()
    const all = await Promise.all(Array.from({ length: 50 }, () => monitor.read()))
    expect(looks()).toBe(1)
    expect(all.every(({ metrics }) => metrics.cpu?.usage === 25)).toBe(true)
  })
})

describe('the metrics of a bridge', () => {
  it('are of this machine', async () => {
    const { welcome, errors } = await setUp()
    const one = await welcome()
    await one.ask('subscribe', { patterns: ['system.metrics'] })
    const { payload } = await one.until(({ type }) => type === 'system.metrics')
    const {
      cpu,
      memory,
      disk,
      network,
      process: own,
    } = events['system.metrics'].strict().parse({ type: 'system.metrics', ...payload })
    expect(cpu?.cores).toBeGreaterThan(0)
    expect(memory?.total).toBe(totalmem())
    expect((memory?.used ?? 0) + (memory?.available ?? 0)).toBe(memory?.total)
    expect(disk?.total).toBeGreaterThan(disk?.used ?? Number.POSITIVE_INFINITY)
    expect(network).toBeDefined()
    expect(own.pid).toBe(process.pid)
    expect(own.memory).toBeGreaterThan(10_000_000)
    expect(errors.list).toEqual([])
  })

  it('are there on request, for who may listen to them', async () => {
    const { client, welcome, token } = await setUp()
    const one = await welcome()
    expect((await one.ask('metrics.get')).payload).toMatchObject({
      metrics: { process: { pid: process.pid } },
      traffic: { connections: { activeConnections: 1 } },
    })
    const two = await client()
    await two.hello({ token: await token({ sub: 'bob', permissions: ['read', 'write', 'agent_control'] }) })
    expect((await two.ask('metrics.get')).payload).toMatchObject({ code: 'FORBIDDEN' })
  })

  it('are there for the client, typed', async () => {
    const { bridge, token } = await setUp()
    await using remote = connect(bridge.url, { token: await token() })
    const { metrics, traffic } = await remote.metrics()
    expect(metrics.process.pid).toBe(process.pid)
    expect(traffic.messages.messagesByType).toEqual({ hello: 1, 'metrics.get': 1 })
    const told = firstValueFrom(remote.channel('system.metrics'))
    expect((await told).memory?.percent).toBeGreaterThan(0)
  })

  it('end with the bridge, and leave no timer', async () => {
    const clock = createManualClock()
    const { bridge, system, welcome } = await setUp({}, { clock })
    const one = await welcome()
    await one.ask('subscribe', { patterns: ['system.metrics'] })
    await one.until(({ type }) => type === 'system.metrics')
    const seen = record(system, 'system.metrics')
    await bridge.close()
    await clock.advance(60_000)
    expect(seen.events).toEqual([])
    expect(clock.pending).toBe(0)
  })
})
