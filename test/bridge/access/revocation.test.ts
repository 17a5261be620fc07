import { describe, expect, it } from 'vitest'
import { Revocations } from '../../../bridge/access/revocations.js'
import { openBridge, type RevocationStore, signToken } from '../../../bridge/index.js'
import { createManualClock } from '../../../src/clock.js'
import { RecordMap } from '../../../src/journal/records.js'
import { type Driver, drivers } from '../../kit/drivers.js'
import { bench } from '../../kit/socket.js'
import { connectRaw } from '../../kit/tclient.js'
import { open, secret, setUp } from '../../kit/world.js'

const refused = (frames: readonly unknown[]): string => JSON.stringify(frames.slice(-3))

describe.each(drivers.map((driver): readonly [string, Driver] => [driver.name, driver]))('%s', (_, driver) => {
  it('tells a client that its token was revoked, closes it at once, and lets it in no more', async () => {
    const { bridge, token, welcome } = await setUp()
    const one = await driver.enter(bridge.url, await token({ sub: 'eve', jti: 'eves' }))
    const other = await driver.enter(bridge.url, await token({ sub: 'bob', jti: 'bobs' }))
    open.push(() => other.close())
    const boss = await welcome()
    expect(await boss.ask('token.revoke', { jti: 'eves' })).toMatchObject({ payload: { id: 'eves', state: 'revoked' } })
    expect(await one.ended).toMatchObject({ code: 4401, reason: expect.stringContaining('revoked') })
    // In its own words, where it has one for it, before it is closed.
    expect(refused(one.frames)).toContain('revoked')
    const again = await driver.knock(bridge.url, await token({ sub: 'eve', jti: 'eves' }))
    expect(await again.ended).toMatchObject({ code: 4401 })
    await driver.ask(other)
  })
})

describe('a revocation', () => {
  it('holds against a new token on an open connection, and against one that is on its way in', async () => {
    const at = bench({ secret })
    const made = (jti: string) => signToken({ sub: 'ann', permissions: ['admin'], ttl: 60_000, jti }, secret, at.clock.now())
    const first = at.open()
    first.say('hello', { token: await made('one') })
    await first.wire.until(({ type }) => type === 'welcome')
    at.shared.revocations.add({ jti: 'two' })
    const late = at.open()
    late.say('hello', { token: await made('two') })
    expect((await late.wire.until(({ type }) => type === 'error')).payload).toMatchObject({ code: 'AUTH_FAILED' })
    expect(late.wire.ended).toMatchObject({ code: 4401 })
  })

  it('is known to a bridge that opens later, by the journal or by what kept it', async () => {
    const { system, bridge, token, welcome } = await setUp()
    await (await welcome()).ask('token.revoke', { jti: 'eves' })
    await bridge.close()
    const kept: { jti: string; until?: number | undefined }[] = [{ jti: 'older' }]
    const store: RevocationStore = { load: () => kept, save: (one) => void kept.push(one) }
    const next = await openBridge(system, { port: 0, secret, revocations: store })
    open.push(() => next.close())
    for (const jti of ['eves', 'older']) {
      const one = await connectRaw(next.url)
      one.say('hello', { token: await token({ jti }) })
      expect(await one.closed).toMatchObject({ code: 4401, reason: expect.stringContaining('revoked') })
    }
    const boss = await connectRaw(next.url)
    open.push(() => boss.close())
    await boss.hello({ token: await token() })
    await boss.ask('token.revoke', { jti: 'newer', until: 1e15 })
    expect(kept.at(-1)).toMatchObject({ jti: 'newer', until: 1e15 })
  })

  it('ends with the token that it is of, and is not forgotten before for want of room', async () => {
    const clock = createManualClock()
    const revocations = new Revocations(clock, new RecordMap())
    const now = clock.now()
    revocations.add({ jti: 'short', until: now + 10 })
    revocations.add({ jti: 'ever' })
    revocations.add({ jti: 'seen' })
    expect(revocations.has('seen', now + 10)).toBe(true)
    await clock.advance(10)
    expect(['short', 'ever', 'seen'].map((jti) => revocations.has(jti))).toEqual([false, true, false])
    for (let at = 0; at < 100_000; at++) revocations.add({ jti: `t${at}`, until: now + 20 })
    expect(() => revocations.needRoom()).toThrow(/as many as may/)
    await clock.advance(10)
    revocations.needRoom()
    expect([revocations.size, revocations.has('ever')]).toEqual([1, true])
  })
})

describe('a refresh', () => {
  const made = (at: ReturnType<typeof bench>, claims: Partial<Parameters<typeof signToken>[0]>) =>
    signToken({ sub: 'ann', permissions: ['read', 'write'], ttl: 60_000, ...claims }, secret, at.clock.now())

  it('to another tenant is refused, and nothing changes', async () => {
    const at = bench({ secret })
    const one = at.open()
    one.say('hello', { token: await made(at, { tenant: 'acme' }) })
    await one.wire.until(({ type }) => type === 'welcome')
    for (const tenant of ['blue', undefined]) {
      const id = one.say('refresh', { token: await made(at, tenant === undefined ? {} : { tenant }) })
      const answer = await one.wire.until(({ correlationId }) => correlationId === id)
      expect(answer).toMatchObject({
        type: 'error',
        payload: { code: 'AUTH_FAILED', message: expect.stringContaining('tenant') },
      })
    }
    expect(one.wire.ended).toBeUndefined()
  })

  it('that was checked slowly does not bring back an older token', async () => {
    const waiting: ((principal: unknown) => void)[] = []
    const principal = (expires: number) => ({ sub: 'ann', permissions: ['read'], read: ['#'], write: [], agents: [], expires })
    let first = true
    const at = bench({
      admit: (async () => {
        if (first) {
          first = false
          return principal(1e15)
        }
        return new Promise((resolve) => waiting.push(resolve))
      }) as never,
    })
    const one = at.open()
    one.say('hello', {})
    await one.wire.until(({ type }) => type === 'welcome')
    const older = one.say('refresh', { token: 'older' })
    const newer = one.say('refresh', { token: 'newer' })
    const now = at.clock.now()
    waiting[1]?.(principal(now + 2_000))
    await one.wire.until(({ correlationId }) => correlationId === newer)
    waiting[0]?.(principal(now + 1_000))
    const answer = await one.wire.until(({ correlationId }) => correlationId === older)
    expect(answer).toMatchObject({ type: 'error', payload: { code: 'CANCELLED' } })
    await at.clock.advance(1_500)
    expect(one.wire.ended).toBeUndefined()
    await at.clock.advance(600)
    expect(one.wire.ended).toMatchObject({ code: 4401 })
  })
})
