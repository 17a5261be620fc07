import { describe, expect, it } from 'vitest'
import { Logins, loginLimits } from '../../../bridge/edge/logins.js'
import { createManualClock } from '../../../src/clock.js'
import { TroupeError } from '../../../src/errors.js'
import { connectRaw } from '../../kit/tclient.js'
import { setUp } from '../../kit/world.js'

const wrong = async (): Promise<never> => {
  throw new TroupeError('AUTH_FAILED')
}
const right = async () => 'ann'

const throttle = (options = {}) => {
  const clock = createManualClock()
  const logins = new Logins(clock, loginLimits({ failures: 3, ...options }))
  /** What a login ends with: who it is, or the code and for how long. */
  const login = (check: () => Promise<string>, { address = '192.0.2.1', token = 't', proven = false } = {}) =>
    logins.attempt({ address, token, proven }, check).catch(({ code, details }: TroupeError) => {
      const { retryAfter } = details ?? {}
      return retryAfter === undefined ? code : `${code} ${retryAfter}`
    })
  const fail = async (times: number, settings = {}) => {
    const outcomes: string[] = []
    for (let at = 0; at < times; at++) outcomes.push(await login(wrong, { token: `guess ${at}`, ...settings }))
    return outcomes
  }
  return { clock, logins, login, fail }
}

describe('logins that fail', () => {
  it('are looked at so many times, then not for a while, whatever they say', async () => {
    const { clock, login, fail } = throttle()
    expect(await fail(5)).toEqual(['AUTH_FAILED', 'AUTH_FAILED', 'AUTH_FAILED', 'RATE_LIMITED 60000', 'RATE_LIMITED 60000'])
    let looked = false
    await login(async () => {
      looked = true
      return 'ann'
    })
    expect(looked).toBe(false)
    await clock.advance(20_000)
    expect(await login(right)).toBe('RATE_LIMITED 40000')
    await clock.advance(40_000)
    expect(await login(right)).toBe('ann')
  })

  it('are counted within their window: who mistypes now and then is never kept waiting', async () => {
    const { clock, fail } = throttle()
    for (let at = 0; at < 20; at++) {
      expect(await fail(1)).toEqual(['AUTH_FAILED'])
      await clock.advance(20_000)
    }
  })

  it('cost twice as much each time, up to a bound, which is forgotten in time', async () => {
    const { clock, fail } = throttle({ longest: 200_000 })
    const lasts = async () => (await fail(4)).at(-1)
    expect(await lasts()).toBe('RATE_LIMITED 60000')
    await clock.advance(60_000)
    expect(await lasts()).toBe('RATE_LIMITED 120000')
    await clock.advance(120_000)
    expect(await lasts()).toBe('RATE_LIMITED 200000')
    await clock.advance(200_000)
    expect(await lasts()).toBe('RATE_LIMITED 200000')
    await clock.advance(400_000)
    expect(await lasts()).toBe('RATE_LIMITED 60000')
  })

  it('do not keep out who has a token that was accepted, nor one that proves itself, nor another address', async () => {
    const { login, fail } = throttle()
    expect(await login(right, { token: 'known' })).toBe('ann')
    await fail(4)
    expect(await login(right, { token: 'known' })).toBe('ann')
    expect(await login(right, { token: 'new' })).toBe('RATE_LIMITED 60000')
    expect(await login(right, { token: 'new', proven: true })).toBe('ann')
    expect(await login(wrong, { token: 'forged', proven: true })).toBe('RATE_LIMITED 60000')
    expect(await login(right, { token: 'new', address: '192.0.2.2' })).toBe('ann')
  })

  it('are one, for all addresses of a /64, and for whom a token claims to be for, wherever it comes from', async () => {
    const { login, fail } = throttle()
    for (const at of [1, 2, 3]) await login(wrong, { address: `2001:db8::${at}`, token: `guess ${at}` })
    expect(await login(wrong, { address: '2001:db8::4' })).toBe('RATE_LIMITED 60000')
    expect(await login(wrong, { address: '2001:db8:0:1::4', token: 'x' })).toBe('AUTH_FAILED')
    const forSub = (sub: string) => `e30.${Buffer.from(JSON.stringify({ sub })).toString('base64url')}.x`
    for (const at of [1, 2, 3]) await fail(1, { address: `198.51.100.${at}`, token: forSub('bob') })
    expect(await login(right, { address: '198.51.100.4', token: forSub('bob') })).toBe('RATE_LIMITED 60000')
    expect(await login(right, { address: '198.51.100.4', token: forSub('eve') })).toBe('ann')
  })

  it('are no guesses where nothing was said, or what was right once', async () => {
    const { login } = throttle()
    for (let at = 0; at < 10; at++)
      for (const code of ['AUTH_REQUIRED', 'AUTH_EXPIRED'] as const)
        expect(await login(() => Promise.reject(new TroupeError(code)))).toBe(code)
  })

  it('are remembered within bounds, however many addresses and tokens there are', async () => {
    const { logins, login } = throttle()
    for (let at = 0; at < 12_000; at++) {
      await login(wrong, { address: `10.${at >> 16}.${(at >> 8) & 255}.${at & 255}`, token: `guess ${at}` })
      await login(right, { token: `right ${at}` })
    }
    expect(logins.size).toBe(20_000)
  })

  it.each([{ failures: 0 }, { window: 0 }, { penalty: -1 }, { longest: Number.NaN }])('refuses %j as an option', (options) => {
    expect(() => loginLimits(options)).toThrow(/The option logins\.\w+ expects/)
  })
})

describe('a bridge', () => {
  it('answers the eleventh login that fails with how long to wait, in new connections too, and lets in who has a right token', async () => {
    const { bridge, token, client } = await setUp()
    const attempt = async (said: string) => {
      const one = await client()
      const { payload } = await one.hello({ token: said })
      return { ...payload, close: (await one.closed).code }
    }
    for (let at = 0; at < 10; at++) expect(await attempt(`nonsense ${at}`)).toMatchObject({ code: 'AUTH_FAILED', close: 4401 })
    expect(await attempt('nonsense')).toMatchObject({
      ...{ code: 'RATE_LIMITED', close: 1013 },
      retry: true,
      details: { retryAfter: expect.any(Number) },
    })
    const dash = await connectRaw(`${bridge.url}/ws/dashboard?token=nonsense`, { protocols: [] })
    expect((await dash.closed).code).toBe(1013)
    const one = await client()
    expect((await one.hello({ token: await token() })).type).toBe('welcome')
    // What is refreshed over a connection is no way around it.
    expect((await one.ask('refresh', { token: 'nonsense' })).payload).toMatchObject({ code: 'RATE_LIMITED' })
    expect((await one.ask('refresh', { token: await token() })).type).toBe('reply')
  })

  it('whose application checks tokens does not ask it while an address waits', async () => {
    let asked = 0
    const authenticate = (said: string) => {
      asked++
      if (said !== 'right') throw new TroupeError('AUTH_FAILED', 'No.')
      return { sub: 'ann', permissions: ['read'] as const, read: ['#'], write: ['#'], agents: [] }
    }
    const { client } = await setUp({ authenticate, logins: { failures: 2 } })
    const codes: unknown[] = []
    for (const said of ['a', 'b', 'c', 'right']) {
      const one = await client()
      codes.push((await one.hello({ token: said })).payload['code'])
    }
    expect(codes).toEqual(['AUTH_FAILED', 'AUTH_FAILED', 'RATE_LIMITED', 'RATE_LIMITED'])
    expect(asked).toBe(2)
  })
})
