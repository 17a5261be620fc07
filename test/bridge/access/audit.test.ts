import { describe, expect, it } from 'vitest'
import { signToken } from '../../../bridge/index.js'
import type { SyncJournal } from '../../../src/journal/journal.js'
import type { EventOf } from '../../../src/protocol/event.js'
import { drivers } from '../../kit/drivers.js'
import { openclawWorld } from '../../kit/openclaw.js'
import { type Bench, bench } from '../../kit/socket.js'
import { open, secret, setUp } from '../../kit/world.js'

type Deed = EventOf<'system.audit'>

/** What was said on the audit channel, read from the journal so that reading does not count as listening. */
const deeds = ({ system }: Pick<Bench, 'system'>): Deed[] => {
  const { journal } = system
  return (journal as SyncJournal)
    .read({ epoch: journal.epoch, offset: 0 }, (topic) => topic === 'system.audit')
    .entries.flatMap(({ event }) => (event.type === 'system.audit' ? [event] : []))
}

const enter = async (at: Bench, claims: Partial<Parameters<typeof signToken>[0]> = {}) => {
  const one = at.open()
  const token = await signToken(
    { sub: 'ann', permissions: ['write', 'read'], ttl: 60_000, jti: 'j', ...claims },
    secret,
    at.clock.now(),
  )
  one.say('hello', { token })
  await one.wire.until(({ type }) => type === 'welcome')
  const ask = async (type: string, payload: object) => {
    const id = one.say(type, payload)
    return one.wire.until(({ correlationId, type: word }) => correlationId === id && /^(reply|error)$/.test(word))
  }
  return { ...one, ask }
}

describe('the audit channel', () => {
  it('tells of logins, refusals and, while somebody listens, of what was carried out', async () => {
    const at = bench({ secret })
    const one = await enter(at, { tenant: 'acme' })
    await one.ask('channel.publish', { topic: 'team.blue', body: 'unheard' })
    const stop = at.system.listen('system.audit', () => {})
    await one.ask('channel.publish', { topic: 'team.blue', body: 'heard' })
    await one.ask('view.get', {})
    stop()
    await one.ask('agent.kill', { id: 'ada' })
    const common = {
      address: '127.0.0.1',
      sub: 'ann',
      jti: 'j',
      tenant: 'acme',
      dialect: 'native',
      connection: expect.any(String),
    }
    expect(deeds(at)).toEqual([
      { type: 'system.audit', action: 'login', outcome: 'ok', ...common },
      { type: 'system.audit', action: 'command', outcome: 'ok', command: 'channel.publish', target: 'team.blue', ...common },
      { type: 'system.audit', action: 'command', outcome: 'FORBIDDEN', command: 'agent.kill', target: 'ada', ...common },
    ])
  })

  it.each([
    [true, ['login', 'channel.publish']],
    [false, []],
  ] as const)('with audit %s says %j', async (audit, said) => {
    const at = bench({ secret, audit })
    await (await enter(at)).ask('channel.publish', { topic: 'team.blue', body: 1 })
    expect(deeds(at).map(({ action, command }) => command ?? action)).toEqual(said)
  })

  it('says the same refusal of one connection once in a second, and how often it came', async () => {
    const at = bench({ secret })
    const one = await enter(at)
    for (let times = 0; times < 50; times++) await one.ask('agent.kill', { id: 'ada' })
    await at.clock.advance(1_000)
    await one.ask('agent.kill', { id: 'ada' })
    expect(deeds(at).map(({ action, repeats }) => [action, repeats])).toEqual([
      ['login', undefined],
      ['command', undefined],
      ['command', 49],
    ])
  })

  it('tells who failed to come in, from where, and the correlation of a command', async () => {
    const { client, system, welcome } = await setUp({ audit: true })
    const failed = await client()
    failed.say('hello', { token: 'x.y.z' })
    await failed.closed
    const boss = await welcome()
    await boss.ask('channel.publish', { topic: 'team.blue', body: 1 })
    const { journal } = system
    const { entries } = await journal.read({ epoch: journal.epoch, offset: 0 }, (topic) => topic === 'system.audit')
    expect(entries.map(({ event, source, cause }) => ({ ...event, source, id: cause?.correlationId }))).toMatchObject([
      { action: 'login', outcome: 'AUTH_FAILED', address: '127.0.0.1', source: 'system' },
      { action: 'login', outcome: 'ok', address: '127.0.0.1', source: 'ann' },
      { action: 'command', command: 'channel.publish', source: 'ann', id: 'r2' },
    ])
  })

  it('tells of many who do not come in from one network, in however many connections, once in a second', async () => {
    const at = bench({ secret })
    const knock = async (address: string) => {
      const one = at.open({ address })
      one.say('hello', { token: 'x.y.z' })
      await one.wire.until(({ type }) => type === 'error')
    }
    for (let times = 0; times < 50; times++) await knock('192.0.2.1')
    await knock('192.0.2.2')
    for (let times = 0; times < 200; times++) await knock(`2001:db8:0:${times}::1`)
    await at.clock.advance(1_000)
    await knock('192.0.2.1')
    const told = deeds(at)
    expect(told.filter(({ address }) => address === '192.0.2.1').map(({ repeats }) => repeats)).toEqual([undefined, 49])
    expect(told.filter(({ address }) => address === '192.0.2.2')).toHaveLength(1)
    expect(told.length).toBeLessThanOrEqual(105)
  })

  it('tells of what was refused before it was a command: too much, in any bound, and what its protocol lets no such client say', async () => {
    const at = await setUp({ limits: { types: { 'agent.kill': { rate: 1, window: 60_000, burst: 1 } } } })
    const one = await at.welcome()
    for (let times = 0; times < 3; times++) await one.ask('agent.kill', { id: 'ada' })
    const other = await openclawWorld()
    const { ask } = await other.dashboard({ permissions: ['read', 'write'] })
    expect(await ask('system_alert', { message: 'x' }, { channel: 'team.x' })).toMatchObject({ type: 'error' })
    const frames = ({ system }: typeof at) => deeds({ system }).filter(({ action }) => action === 'frame')
    expect(frames(at)).toMatchObject([{ sub: 'ann', outcome: 'RATE_LIMITED', dialect: 'native' }])
    expect(deeds(other).filter(({ action }) => action === 'frame')).toMatchObject([{ sub: 'ann', outcome: 'FORBIDDEN' }])
  })

  it('tells that too much was said, once for many', async () => {
    const { bridge, system, token } = await setUp()
    const driver = drivers.find(({ name }) => name === 'openclaw')
    if (!driver) throw new Error('there is no such protocol')
    const one = await driver.enter(bridge.url, await token({ sub: 'loud' }))
    open.push(() => one.close())
    for (let at = 0; at < driver.flood.times + 5; at++) one.say(driver.flood.frame(at))
    await one.until((frame) => driver.flood.isTooMuch(frame))
    await driver.beat(one)
    const said = deeds({ system }).filter(({ action }) => action === 'frame')
    expect(said).toMatchObject([{ sub: 'loud', dialect: 'openclaw', outcome: 'RATE_LIMITED' }])
  })

  it('is heard with admin alone, and of a revoked token it tells the end', async () => {
    const { client, token, welcome } = await setUp()
    const watcher = await client()
    await watcher.hello({ token: await token({ sub: 'w', permissions: ['read', 'system_monitor'], jti: 'ws' }) })
    expect(await watcher.ask('subscribe', { patterns: ['system.audit'] })).toMatchObject({ payload: { code: 'FORBIDDEN' } })
    await watcher.ask('subscribe', { patterns: ['#'] })
    const boss = await welcome()
    await boss.ask('subscribe', { patterns: ['system.audit'] })
    await boss.ask('token.revoke', { jti: 'ws' })
    const end = await boss.until(({ type, payload }) => type === 'system.audit' && payload['action'] === 'ended')
    expect(end.payload).toMatchObject({ sub: 'w', jti: 'ws', outcome: 'AUTH_FAILED' })
    await watcher.closed
    expect(watcher.frames.map(({ type }) => type)).not.toContain('system.audit')
    // What it was told before it was closed is that it was revoked, and who may monitor hears of that too.
    expect(watcher.frames.some(({ type }) => type === 'error')).toBe(true)
  })
})
