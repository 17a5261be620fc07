import { describe, expect, it } from 'vitest'
import { settledSignatures } from '../../../bridge/keys/options.js'
import { Replays } from '../../../bridge/keys/replays.js'
import { createManualClock } from '../../../src/clock.js'
import { createKeys, publicKeys } from '../../../src/crypto/keys.js'
import { RecordMap } from '../../../src/journal/records.js'
import { keyed } from '../../kit/keyed.js'
import { fits, openclawWorld } from '../../kit/openclaw.js'
import { setUp } from '../../kit/world.js'

describe('the list of public keys', () => {
  it('has everybody with what each key is for, may be kept a minute, and read from any page', async () => {
    const { http, keysOf } = await keyed({ names: ['ann', 'bob'] })
    const response = await fetch(`${http}/.well-known/jwks.json`)
    expect(response.headers.get('content-type')).toBe('application/jwk-set+json')
    expect(response.headers.get('cache-control')).toBe('public, max-age=60')
    expect(response.headers.get('access-control-allow-origin')).toBe('*')
    const of = (sub: string) => {
      const { sign, encrypt } = publicKeys(keysOf(sub))
      return [
        { ...sign, use: 'sig', alg: 'EdDSA', sub },
        { ...encrypt, use: 'enc', alg: 'ECDH-ES+A256KW', sub },
      ]
    }
    expect(await response.json()).toEqual({ keys: [...of('ann'), ...of('bob')] })
  })

  it('has nothing private, whatever was handed in beside the keys', async () => {
    const keys = await createKeys()
    const { sign, encrypt } = publicKeys(keys)
    const more = { ...sign, k: 'secret', p: 'secret', note: 'secret' }
    const { http } = await setUp({ signatures: { keys: { ann: [more, encrypt] } } })
    const text = await (await fetch(`${http}/.well-known/jwks.json`)).text()
    expect(text).not.toMatch(/secret|"d"|"k"|"p"/)
    expect(text).not.toContain(keys.sign.d)
    for (const key of JSON.parse(text).keys)
      expect(Object.keys(key).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'sub', 'use', 'x'])
  })

  it('is not made of private keys, or of what is none', async () => {
    const { sign } = await createKeys()
    expect(() => settledSignatures({ keys: { ann: [sign] } })).toThrow(/public key; got a private one/)
    expect(() => settledSignatures({ keys: { ann: [{ kty: 'OKP', crv: 'Ed25519', x: 'short' }] } })).toThrow(/to be a JWK/)
    expect(() => settledSignatures({ required: [{ minPriority: 'urgent' as 'high' }] })).toThrow(/low, normal, high, critical/)
    expect(() => settledSignatures({ window: 0 })).toThrow(/signatures\.window/)
  })
})

describe('what was signed', () => {
  it('is taken in once within the window, and not at all outside of it', () => {
    const clock = createManualClock()
    const replays = new Replays(clock, 1_000, 100, new RecordMap())
    const now = clock.now()
    expect(replays.take('ann', 'a', now)).toBeUndefined()
    expect(replays.take('ann', 'a', now)).toBe('replayed')
    expect(replays.take('bob', 'a', now)).toBeUndefined()
    expect(replays.take('ann', 'b', now - 2)).toBe('stale')
    expect(replays.take('ann', 'c', now + 1_001)).toBe('early')
  })

  it('is not taken in again however much was said since', async () => {
    const clock = createManualClock()
    const replays = new Replays(clock, 1_000, 10, new RecordMap())
    const first = clock.now()
    for (let at = 0; at < 50; at++) {
      expect(replays.take('ann', `id-${at}`, clock.now())).toBeUndefined()
      await clock.advance(1)
    }
    for (let at = 0; at < 50; at++) expect(replays.take('ann', `id-${at}`, first + at), `id-${at}`).toBeDefined()
    await clock.advance(2_000)
    expect(replays.take('ann', 'id-49', first + 49)).toBeDefined()
    expect(replays.take('ann', 'fresh', clock.now())).toBeUndefined()
  })
})

describe('what was signed for a time that lies ahead', () => {
  it('is not taken in again by who goes on after the process, and holds up nobody else', async () => {
    const clock = createManualClock()
    const records = new RecordMap()
    const before = new Replays(clock, 1_000, 100, records)
    const ahead = clock.now() + 900
    expect(before.take('ann', 'a', ahead)).toBeUndefined()
    await clock.advance(100)
    const after = new Replays(clock, 1_000, 100, records)
    expect(after.take('ann', 'a', ahead)).toBe('stale')
    expect(after.take('ann', 'b', ahead + 1)).toBeUndefined()
    expect(after.take('bob', 'a', ahead)).toBeUndefined()
    await clock.advance(2_000)
    expect(after.take('ann', 'c', clock.now())).toBeUndefined()
    // What lies behind is written down no longer.
    expect(new Replays(clock, 1_000, 100, records).take('ann', 'd', clock.now())).toBeUndefined()
    expect([...records.list('signed-ahead/')]).toEqual([])
  })

  it('is not taken in where too many clocks are ahead to remember', async () => {
    const clock = createManualClock()
    const replays = new Replays(clock, 1_000, 100, new RecordMap())
    for (let at = 0; at < 10_000; at++) expect(replays.take(`s${at}`, 'a', clock.now() + 10)).toBeUndefined()
    expect(replays.take('ann', 'a', clock.now() + 10)).toBe('early')
    expect(replays.take('ann', 'a', clock.now())).toBeUndefined()
    await clock.advance(100)
    expect(replays.take('ann', 'b', clock.now() + 10)).toBeUndefined()
  })
})

describe('a protocol that has no signatures', () => {
  it('is told in its own words that what has to be signed cannot be said in it', async () => {
    const { dashboard } = await openclawWorld({ signatures: { required: 'critical' } })
    const { one, ask } = await dashboard({ permissions: ['admin'] })
    const broadcast = (priority: number) => ask('broadcast', { event: 'lunch', data: {} }, { channel: 'team.blue', priority })
    expect(await broadcast(3)).toMatchObject({
      type: 'error',
      payload: {
        code: 'INSUFFICIENT_PERMISSIONS',
        message: expect.stringMatching(/has to be signed when it is critical.*troupe\.v1/),
      },
    })
    expect(await broadcast(2)).toMatchObject({ type: 'response' })
    fits(one)
  })
})
