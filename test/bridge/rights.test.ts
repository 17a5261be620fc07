import fc from 'fast-check'
import { SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { swarm } from '../../actors/index.js'
import { overlap, type Permission, type Principal, Rights } from '../../bridge/principal.js'
import { signToken, verifyToken } from '../../bridge/token.js'
import { visible } from '../../bridge/visible.js'
import { matches } from '../../src/protocol/topic.js'
import { quietSystem } from '../kit/quiet.js'

const rights = (claims: Partial<Principal> = {}) =>
  new Rights({ sub: 'ann', permissions: ['read'], read: ['#'], write: ['#'], agents: [], ...claims })

const refusal = (run: () => unknown): string => {
  try {
    run()
  } catch (error) {
    return error instanceof Error && 'code' in error ? `${error.code}: ${error.message}` : String(error)
  }
  return 'allowed'
}

describe('rights', () => {
  it.each<[Permission, Permission, boolean]>([
    ['read', 'read', true],
    ['read', 'write', false],
    ['write', 'agent_control', false],
    ['admin', 'agent_control', true],
    ['admin', 'system_monitor', true],
  ])('the permission %s for %s: %s', (given, asked, may) => {
    expect(rights({ permissions: [given] }).may(asked)).toBe(may)
  })

  it('what the system says is only for those who may monitor it', () => {
    expect(rights().mayRead('system.error', undefined)).toBe(false)
    expect(rights({ permissions: ['read', 'system_monitor'] }).mayRead('system.error', undefined)).toBe(true)
    expect(rights({ permissions: ['admin'] }).mayRead('system.error', undefined)).toBe(true)
    expect(refusal(() => rights().needPattern('system.#'))).toMatch(/^FORBIDDEN: .*system_monitor/)
    expect(refusal(() => rights().needPattern('#'))).toBe('allowed')
  })

  it('a pattern wider than the token is heard as far as the token goes; one beside it is refused', () => {
    const some = rights({ read: ['task.*.status'] })
    expect(refusal(() => some.needPattern('#'))).toBe('allowed')
    expect(refusal(() => some.needPattern('task.t1.#'))).toBe('allowed')
    expect(some.mayRead('task.t1.status', undefined)).toBe(true)
    expect(some.mayRead('task.t1.output', undefined)).toBe(false)
    expect(refusal(() => some.needPattern('agent.#'))).toBe(
      'FORBIDDEN: The token does not cover reading agent.#; it covers task.*.status.',
    )
  })

  it('of agents, those that it controls: to work as one, or to write elsewhere, is another matter', () => {
    const some = rights({ permissions: ['admin'], controls: ['ada'] })
    expect(refusal(() => some.needWrite('agent.ada'))).toBe('allowed')
    expect(refusal(() => some.needWrite('agent.bob'))).toMatch(/^FORBIDDEN: .*does not allow controlling agent bob/)
    expect(refusal(() => some.needWrite('agent.new'))).toMatch(/^FORBIDDEN/)
    expect(refusal(() => some.needWrite('agent.bob', true))).toBe('allowed')
    expect(refusal(() => some.needWrite('task.t1'))).toBe('allowed')
    expect(refusal(() => rights({ controls: ['*'] }).needWrite('agent.bob'))).toBe('allowed')
  })

  it('what is logged of a swarm, and what its tasks print, is in the view of those who may read that', () => {
    const { system } = quietSystem()
    system.spawn(swarm({ id: 'squad', goal: 'x' }))
    const view = (read: string[]) => visible(system.state, rights({ read })).swarms[0]
    const entry = system.state.swarms.get('squad')
    if (!entry) throw new Error('the swarm is not there')
    entry.log = [{ at: 1, offset: 1, level: 'info', text: 'a line' }]
    entry.printed = [{ at: 1, offset: 1, task: 't', agent: 'ada', stream: 'stdout', text: 'a secret' }]
    entry.lines = entry.printed
    expect(view(['#'])).toMatchObject({
      log: [{ text: 'a line' }],
      printed: [{ text: 'a secret' }],
      lines: [{ text: 'a secret' }],
    })
    expect(view(['swarm.#'])).toMatchObject({ log: [{ text: 'a line' }], printed: [], lines: [] })
    expect(view(['swarm.*.status'])).toMatchObject({ log: [], printed: [], lines: [] })
  })

  it('without the permission to read nothing is read', () => {
    expect(rights({ permissions: ['write'] }).mayRead('team.blue', undefined)).toBe(false)
    expect(refusal(() => rights({ permissions: ['write'] }).needPattern('team.#'))).toMatch(/^FORBIDDEN/)
  })

  it('a client votes as itself, and as the agents of its token', () => {
    const some = rights({ agents: ['ada'] })
    expect(['ann', 'ada', 'eve'].map((voter) => some.mayVoteAs(voter))).toEqual([true, true, false])
    expect(rights({ agents: ['*'] }).mayVoteAs('eve')).toBe(true)
  })

  it('two patterns overlap when some topic fits both, as trying topics out shows', () => {
    const part = fc.constantFrom('a', 'b', '*', '#')
    const pattern = fc.array(part, { minLength: 1, maxLength: 4 })
    const topics: string[][] = [[]]
    for (let at = 0; at < topics.length; at++) {
      const topic = topics[at] ?? []
      if (topic.length < 6) for (const letter of ['a', 'b']) topics.push([...topic, letter])
    }
    fc.assert(
      fc.property(pattern, pattern, (a, b) => {
        expect(overlap(a, b)).toBe(topics.some((topic) => matches(a, topic) && matches(b, topic)))
      }),
      { numRuns: 500 },
    )
  })

  it('a hostile pattern costs no more than any other', () => {
    const hostile = [...Array.from({ length: 15 }, () => '#'), 'z']
    let looks = 0
    const watched = new Proxy(hostile, {
      get(target, key) {
        if (typeof key === 'string' && /^\d+$/.test(key)) looks++
        return Reflect.get(target, key)
      },
    })
    expect(overlap('a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p'.split('.'), watched)).toBe(false)
    expect(looks).toBeLessThan(1_000)
  })

  it('a view shows what may be read and nothing else', () => {
    const { system } = quietSystem()
    system.propose('One?', { id: 'one', voters: ['ann'], choices: ['yes'] })
    system.propose('Two?', { id: 'two', voters: ['ann'], choices: ['yes'] })
    expect(visible(system.state, rights()).ballots.map(({ id }) => id)).toEqual(['one', 'two'])
    expect(visible(system.state, rights({ read: ['ballot.two.#'] })).ballots.map(({ id }) => id)).toEqual(['two'])
    expect(visible(system.state, rights({ read: ['agent.#'] })).ballots).toEqual([])
  })
})

describe('a token', () => {
  const secret = 'a secret for tests'
  const now = 1_704_067_200_000
  const key = new TextEncoder().encode(secret)
  const hand = (claims: object, { alg = 'HS256' } = {}) => new SignJWT({ ...claims }).setProtectedHeader({ alg }).sign(key)
  const verdict = (token: string, at = now) =>
    verifyToken(token, secret, at).then(
      (principal) => principal,
      (error: { code: string; message: string }) => `${error.code}: ${error.message}`,
    )

  it('says what it was made to say', async () => {
    const token = await signToken(
      { sub: 'ann', permissions: ['read', 'write'], channels: { read: ['task.#'] }, agents: ['ada'], ttl: 60_000 },
      secret,
      now,
    )
    expect(await verdict(token)).toEqual({
      sub: 'ann',
      jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
      permissions: ['read', 'write'],
      read: ['task.#'],
      write: ['#'],
      agents: ['ada'],
      expires: now + 60_000,
    })
  })

  it('of another maker may leave out all but who and until when; then it only reads', async () => {
    expect(await verdict(await hand({ sub: 'ann', exp: now / 1_000 + 60 }))).toMatchObject({
      permissions: ['read'],
      read: ['#'],
      write: ['#'],
      agents: [],
    })
  })

  it('ends when it says', async () => {
    const token = await signToken({ sub: 'ann', ttl: 60_000 }, secret, now)
    expect(await verdict(token, now + 59_000)).toMatchObject({ sub: 'ann' })
    expect(await verdict(token, now + 60_000)).toMatch(/^AUTH_EXPIRED/)
  })

  it('is refused without an end, with an endless one, of another algorithm, with another key, and when it is no token', async () => {
    const unsigned = `${btoa('{"alg":"none"}').replaceAll('=', '')}.${btoa(`{"sub":"ann","exp":${now}}`).replaceAll('=', '')}.`
    const endless = `${btoa('{"alg":"HS256"}').replaceAll('=', '')}.${btoa('{"sub":"ann","exp":1e999}').replaceAll('=', '')}`
    const mac = await crypto.subtle.sign(
      'HMAC',
      await crypto.subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']),
      new TextEncoder().encode(endless),
    )
    const tokens = [
      await hand({ sub: 'ann' }),
      `${endless}.${Buffer.from(mac).toString('base64url')}`,
      await hand({ sub: 'ann', exp: now }, { alg: 'HS512' }),
      await signToken({ sub: 'ann', ttl: 60_000 }, 'another secret', now),
      await hand({ exp: now }),
      await hand({ sub: 'ann', exp: now, permissions: ['everything'] }),
      await hand({ sub: 'ann', exp: now, channels: { read: ['a b'] } }),
      unsigned,
      'nonsense',
      '',
    ]
    for (const token of tokens) {
      const said = await verdict(token)
      expect(said).toMatch(/^AUTH_FAILED/)
      if (token) expect(said).not.toContain(token)
    }
  })

  it('is not made of claims that cannot be', async () => {
    const make = (claims: object) =>
      signToken({ sub: 'ann', ttl: 1, ...claims }, secret, now).then(
        () => 'made',
        (error: { code: string }) => error.code,
      )
    expect(
      await Promise.all([make({ ttl: 0 }), make({ ttl: Number.NaN }), make({ sub: '' }), make({ permissions: ['all'] })]),
    ).toEqual(Array.from({ length: 4 }, () => 'INVALID_OPTION'))
    expect(await make({ channels: { read: ['a b'] } })).toBe('INVALID_MESSAGE')
  })
})
