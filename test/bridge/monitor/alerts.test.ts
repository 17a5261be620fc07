/** Alerts: each condition is told when it begins and when it is over, and no more often. */
import { describe, expect, it } from 'vitest'
import { agent } from '../../../actors/index.js'
import { createLoopLag } from '../../../bridge/monitor/loop-lag.js'
import { Monitor } from '../../../bridge/monitor/monitor.js'
import { type BridgeOptions, settled } from '../../../bridge/options.js'
import { Traffic } from '../../../bridge/traffic.js'
import { restart } from '../../../src/system/strategy.js'
import { record } from '../../kit/events.js'
import { lagOf, machineOf } from '../../kit/monitor.js'
import { quietSystem, settle } from '../../kit/quiet.js'
import { setUp } from '../../kit/world.js'

/** A machine whose memory is in use as told, watched every 5 seconds of a clock that moves when told. */
const watched = (alerts: BridgeOptions['alerts'] = {}, lag = lagOf()) => {
  const { system, clock, errors, seen: all } = quietSystem()
  all.stop()
  let percent: number | 'unknown' = 50
  const monitor = new Monitor({
    system,
    traffic: new Traffic(clock),
    interval: 5_000,
    alerts: settled({ auth: false, alerts }).alerts,
    machine: machineOf({}, () => {
      if (percent === 'unknown') throw new Error('no such file')
      return percent
    }),
    lag,
  })
  const seen = record(system, 'system.alert')
  const levels = () => seen.of('system.alert').map(({ level, category }) => `${category} ${level}`)
  const use = async (share: typeof percent, looks = 1) => {
    percent = share
    await clock.advance(5_000 * looks)
  }
  return { system, clock, monitor, seen, errors, levels, use }
}

/** Holds this thread up, as a handler that computes does. */
const block = (milliseconds: number) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds)

describe('an alert for memory', () => {
  it('comes once when it begins, once when it is worse, and once when it is over', async () => {
    const { use, levels, seen } = watched()
    await use(90, 10)
    expect(levels()).toEqual([])
    await use(91, 10)
    expect(levels()).toEqual(['resource warning'])
    expect(seen.of('system.alert')[0]).toMatchObject({
      text: "91.0 % of the machine's memory is in use.",
      details: { percent: 91, available: 90 },
    })
    await use(98, 10)
    expect(levels()).toEqual(['resource warning', 'resource critical'])
    await use(95, 10)
    await use(50, 5)
    expect(levels()).toHaveLength(2)
    await use(50, 20)
    expect(levels()).toEqual(['resource warning', 'resource critical', 'resource info'])
    await use(91)
    expect(levels()).toHaveLength(4)
  })

  it('does not flood when it comes and goes', async () => {
    const { use, levels } = watched()
    for (let round = 0; round < 50; round++) {
      await use(91)
      await use(89)
    }
    expect(levels()).toEqual(['resource warning'])
  })

  it('has the thresholds that were chosen', async () => {
    const { use, levels } = watched({ memory: { warning: 40, critical: 60 } })
    await use(41)
    await use(61)
    expect(levels()).toEqual(['resource warning', 'resource critical'])
  })

  it('neither begins nor ends while the memory cannot be found out', async () => {
    const { use, levels, errors } = watched()
    await use('unknown', 20)
    await use(91)
    await use('unknown', 20)
    expect(levels()).toEqual(['resource warning'])
    expect(errors).toHaveLength(1)
    await use(50)
    expect(levels()).toEqual(['resource warning', 'resource info'])
  })
})

describe('an alert for the event loop', () => {
  it('comes when it was really held up', async () => {
    const lag = createLoopLag()
    const { clock, levels, seen, monitor } = watched({}, lag)
    // The first look of Node's own timer only says where it begins.
    for (let twice = 0; twice < 2; twice++) {
      block(300)
      await settle()
    }
    expect(lag.recent).toBeGreaterThan(200)
    await clock.advance(5_000)
    expect(levels()).toEqual(['performance warning'])
    expect(Number(seen.of('system.alert')[0]?.details?.['lag'])).toBeGreaterThan(200)
    monitor.close()
  })

  it('is over when it was not held up for half a minute', async () => {
    let held = 201
    const { clock, levels } = watched(
      {},
      lagOf(() => held),
    )
    await clock.advance(20_000)
    expect(levels()).toEqual(['performance warning'])
    held = 200
    await clock.advance(29_999)
    expect(levels()).toHaveLength(1)
    await clock.advance(5_001)
    expect(levels()).toEqual(['performance warning', 'performance info'])
  })
})

describe('an alert for a crash loop', () => {
  const weak = agent('weak', {
    hears: { fall: {} },
    onFailure: restart({ times: 100, within: 60_000, backoff: [1, 1] }),
    on: {
      fall() {
        throw new Error('down')
      },
    },
  })

  it('comes with the item on the list of attention, and is over with it', async () => {
    const { system, clock, levels, seen } = watched()
    const w = system.spawn(weak, { id: 'w' })
    for (let crash = 1; crash <= 5; crash++) {
      w.send({ type: 'fall' })
      await clock.advance(100)
      expect(levels()).toEqual(crash < 3 ? [] : ['agent error'])
    }
    const [item] = await system.attention.list({ kind: 'crash-loop' })
    expect(seen.of('system.alert')[0]).toMatchObject({
      text: expect.stringContaining('Agent w crashes again and again'),
      details: { agent: 'w', item: item?.id },
    })
    await clock.advance(60_000)
    expect(levels()).toEqual(['agent error', 'agent info'])
    await system.stop()
  })
})

describe('an alert for rejected logins', () => {
  it('comes with the fifth within a minute, and is over when they are long past', async () => {
    const { clock, monitor, levels, seen } = watched()
    for (let login = 0; login < 4; login++) monitor.loginRejected()
    await clock.advance(60_000)
    for (let login = 0; login < 4; login++) monitor.loginRejected()
    expect(levels()).toEqual([])
    for (let login = 0; login < 40; login++) monitor.loginRejected()
    expect(levels()).toEqual(['security warning'])
    expect(seen.of('system.alert')[0]).toMatchObject({
      text: 'At least 5 logins were rejected within 60 s.',
      details: { rejected: 5, within: 60_000 },
    })
    await clock.advance(80_000)
    expect(levels()).toHaveLength(1)
    await clock.advance(10_000)
    expect(levels()).toEqual(['security warning', 'security info'])
  })

  it('is raised by real ones, over real connections', async () => {
    const { client, welcome, system } = await setUp()
    const seen = record(system, 'system.alert')
    const one = await welcome()
    await one.ask('subscribe', { patterns: ['system.alert'] })
    const tokens = ['wrong', undefined, 'a.b.c', 'wrong', 'wrong']
    for (const [at, token] of tokens.entries()) {
      expect(seen.of('system.alert').map(({ category }) => category)).not.toContain('security')
      const intruder = await client()
      await intruder.hello(token === undefined ? {} : { token }).catch(() => {})
      expect((await intruder.closed).code, `login ${at}`).toBe(4401)
    }
    const { payload, priority } = await one.until(
      ({ type, payload }) => type === 'system.alert' && payload['category'] === 'security',
    )
    expect({ ...payload, priority }).toMatchObject({ level: 'warning', details: { rejected: 5 }, priority: 'high' })
  })
})

describe('the options', () => {
  it.each([
    ['metricsInterval', { metricsInterval: 0 }],
    ['alerts.memory.warning', { alerts: { memory: { warning: 0 } } }],
    ['alerts.memory.critical', { alerts: { memory: { critical: 101 } } }],
    ['alerts.lag', { alerts: { lag: 0 } }],
    ['alerts.logins', { alerts: { logins: 0.5 } }],
    ['alerts.interval', { alerts: { interval: -1 } }],
  ] satisfies [string, BridgeOptions][])('%s is refused where it cannot be', (name, options) => {
    expect(() => settled({ auth: false, ...options })).toThrow(`The option ${name} expects`)
  })
})
