/** Tokens whose check takes long, and what happens meanwhile. */
import { describe, expect, it } from 'vitest'
import { openBridge } from '../../bridge/index.js'
import type { Principal } from '../../bridge/principal.js'
import { signToken } from '../../bridge/token.js'
import { createSystem } from '../../src/system/system.js'
import { settle } from '../kit/quiet.js'
import { bench } from '../kit/socket.js'
import { connectRaw } from '../kit/tclient.js'
import { bodies, publish, welcomed } from '../kit/welcome.js'
import { open } from '../kit/world.js'

const secret = 'a secret for tests'
const ann: Principal = { sub: 'ann', permissions: ['admin'], read: ['#'], write: ['#'], agents: [] }

/** A bench whose checks end when they are told to; those of `quick` tokens at once. */
const slowly = () => {
  const waiting: ((who: Principal) => void)[] = []
  const admit = (token: string | undefined) =>
    token === 'quick' ? Promise.resolve(ann) : new Promise<Principal>((resolve) => waiting.push(resolve))
  return { at: bench({ admit, sessionWindow: 0 }), waiting }
}

describe('a token that is still being checked', () => {
  it('when its connection goes lets nobody in: no session, no listener, no timer is left', async () => {
    const { at, waiting } = slowly()
    const gone = at.open()
    gone.say('hello', { token: 'slow' })
    await settle()
    gone.connection.closed()
    for (const admit of waiting) admit(ann)
    await settle()
    expect(gone.wire.frames).toEqual([])
    expect(at.system.state.clients.size).toBe(0)
    expect(at.clock.pending).toBe(0)
  })

  it('when its session has gone to another connection changes nothing there', async () => {
    const { at, waiting } = slowly()
    const first = await welcomed(at, { token: 'quick' })
    first.say('refresh', { token: 'slow' })
    await settle()
    const second = await welcomed(at, { token: 'quick', resume: { session: first.session } })
    second.say('subscribe', { patterns: ['team.#'] })
    for (const admit of waiting) admit({ ...ann, read: [], expires: at.clock.now() + 1_000 })
    await at.clock.advance(2_000)
    await publish(at, 'team.blue', 1)
    await settle()
    expect(bodies(second)).toEqual([1])
    expect(second.wire.ended).toBeUndefined()
  })

  it('keeps nobody from hearing events, from being asked whether they live, or from answering', async () => {
    const { at } = slowly()
    const all = []
    for (let count = 0; count < 50; count++) all.push(await welcomed(at, { token: 'quick' }))
    for (const one of all) {
      one.say('subscribe', { patterns: ['team.#'] })
      one.say('refresh', { token: 'slow' })
    }
    for (let beat = 0; beat < 8; beat++) {
      await at.clock.advance(30_000)
      for (const one of all) one.say('ping')
    }
    await publish(at, 'team.blue', 'still')
    await settle()
    for (const one of all) {
      expect(one.wire.ended).toBeUndefined()
      expect(one.wire.ofType('pong')).toHaveLength(8)
      expect(bodies(one)).toEqual(['still'])
    }
  })
})

describe('a token that has ended', () => {
  it('renews nothing: the one before ends when it was to', async () => {
    const at = bench({ secret })
    const token = (ttl: number) => signToken({ sub: 'ann', ttl }, secret, at.clock.now())
    const short = await token(1_000)
    const open = await welcomed(at, { token: await token(10_000) })
    await at.clock.advance(2_000)
    const id = open.say('refresh', { token: short })
    const refused = await open.wire.until(({ correlationId }) => correlationId === id)
    expect(refused).toMatchObject({ type: 'error', payload: { code: 'AUTH_EXPIRED' } })
    await at.clock.advance(7_999)
    expect(open.wire.ended).toBeUndefined()
    await at.clock.advance(1)
    expect(open.wire.ended?.code).toBe(4401)
  })

  it.each([
    ['before now', () => Date.now() - 1, 'AUTH_EXPIRED'],
    ['at no point in time', () => Number.NaN, 'AUTH_FAILED'],
    ['never, and says so with a number', () => Number.POSITIVE_INFINITY, 'AUTH_FAILED'],
  ])('%s, by an application’s own check, is not let in and renews nothing', async (_, expires, code) => {
    const system = createSystem({ onError: () => {} })
    const bridge = await openBridge(system, {
      port: 0,
      authenticate: async (token) => (token === 'good' ? ann : { ...ann, expires: expires() }),
    })
    open.push(
      () => system.stop({ force: true }),
      () => bridge.close(),
    )
    const one = await connectRaw(bridge.url)
    open.push(() => one.close())
    await one.hello({ token: 'good' })
    expect((await one.ask('refresh', { token: 'bad' })).payload).toMatchObject({ code })
    const other = await connectRaw(bridge.url)
    expect((await other.hello({ token: 'bad' })).payload).toMatchObject({ code })
    expect(await other.closed).toMatchObject({ code: 4401 })
    expect((await one.ask('ping')).type).toBe('pong')
  })
})
