/** Rights change at once: what was asked for, heard of, or worked as before is judged by what the token says now. */
import { describe, expect, it } from 'vitest'
import { task } from '../../../actors/index.js'
import { type BridgeOptions, signToken } from '../../../bridge/index.js'
import { openclawWorld } from '../../kit/openclaw.js'
import { settle } from '../../kit/quiet.js'
import { bench } from '../../kit/socket.js'
import type { TestClient } from '../../kit/tclient.js'
import { greeter } from '../../kit/tenants.js'
import { bodies, publish } from '../../kit/welcome.js'
import { secret, setUp } from '../../kit/world.js'

type Claims = Partial<Parameters<typeof signToken>[0]>

const place = async (options: BridgeOptions = {}) => {
  const at = await setUp({ spawnable: [greeter], ...options })
  const enter = async (claims: Claims) => {
    const one = await at.client()
    await one.hello({ token: await at.token(claims) })
    return one
  }
  const refresh = async (one: TestClient, claims: Claims) => one.ask('refresh', { token: await at.token(claims) })
  return { ...at, enter, refresh }
}

describe('after a refresh with fewer rights', () => {
  const read = { sub: 'ann', permissions: ['read'] } as const
  const less = { ...read, channels: { read: ['agent.a0.#'] } }

  it('the rest of a view that was made for more is not given, to this connection or another', async () => {
    const at = await place()
    for (let n = 0; n < 4; n++) await at.system.spawn(greeter, { id: `a${n}` }).ready
    const one = await at.enter(read)
    const { next } = (await one.ask('view.get', { limit: 1 })).payload
    const other = await at.enter(less)
    expect((await other.ask('view.get', { limit: 10, next })).payload).toMatchObject({ code: 'ENDED' })
    expect((await one.ask('view.get', { limit: 1, next })).payload).toMatchObject({ agents: [{ id: 'a1' }] })
    expect((await at.refresh(one, less)).type).toBe('reply')
    expect((await one.ask('view.get', { limit: 10, next })).payload).toMatchObject({ code: 'ENDED' })
  })

  it.each([true, false])('a result that was waited for is not told (completed: %s)', async (completes) => {
    const at = await place()
    const zoe = await at.enter({ sub: 'zoe', permissions: ['write'] })
    await zoe.ask('external.register', { id: 'zoe', hears: ['x'] })
    await at.system.spawn(task({ id: 't', to: 'zoe', message: { type: 'x' } })).ready
    const { delivery } = (await zoe.until(({ type }) => type === 'deliver')).payload
    const one = await at.enter(read)
    const answer = one.ask('task.result', { id: 't' })
    await one.until(({ type }) => type === 'accepted')
    await at.refresh(one, less)
    if (completes) await zoe.ask('external.done', { id: 'zoe', delivery, value: 'secret' })
    else await zoe.ask('external.fail', { id: 'zoe', delivery, message: 'secret' })
    expect((await answer).payload).toMatchObject({ code: 'FORBIDDEN' })
    expect(JSON.stringify(one.frames)).not.toContain('secret')
  })

  it('others hear that it no longer listens where it said that it does', async () => {
    const at = await place()
    const boss = await at.welcome()
    await boss.ask('subscribe', { patterns: ['client.*.channel'] })
    const one = await at.enter(read)
    await one.ask('subscribe', { patterns: ['team.x'], presence: true })
    await at.refresh(one, less)
    expect((await boss.until(({ payload }) => payload['change'] === 'left')).payload).toMatchObject({ channel: 'team.x' })
  })
})

describe('a command that the application looks at for a while', () => {
  const guarded = async () => {
    let pass = () => {}
    let asked = () => {}
    const begun = new Promise<void>((resolve) => {
      asked = resolve
    })
    const guard = ({ type }: { readonly type: string }) => {
      if (type !== 'channel.publish') return
      asked()
      return new Promise<void>((resolve) => {
        pass = resolve
      })
    }
    const at = await place({ guard })
    const heard: string[] = []
    at.system.listen('team.x', ({ topic }) => void heard.push(topic))
    const one = await at.enter({ sub: 'ann', permissions: ['write'], jti: 'anns' })
    const id = one.say('channel.publish', { topic: 'team.x', body: 1 })
    await begun
    return { ...at, one, id, heard, pass: () => pass() }
  }

  it('is not carried out with rights that were taken away meanwhile', async () => {
    const at = await guarded()
    await at.refresh(at.one, { sub: 'ann', permissions: ['read'], jti: 'others' })
    at.pass()
    const answer = await at.one.until(({ correlationId, type }) => correlationId === at.id && type === 'error')
    expect(answer.payload).toMatchObject({ code: 'FORBIDDEN' })
    expect(at.heard).toEqual([])
  })

  it('is not carried out with a token that was revoked meanwhile', async () => {
    const at = await guarded()
    const boss = await at.welcome()
    await boss.ask('token.revoke', { jti: 'anns' })
    await at.one.closed
    at.pass()
    await boss.ask('ping')
    await settle()
    expect(at.heard).toEqual([])
  })
})

describe('after a refresh', () => {
  it('what waits for a slow client is sent as far as it may be told still, and nothing else is told of the rest', async () => {
    const at = bench({ secret })
    const made = (read: readonly string[]) =>
      signToken({ sub: 'ann', permissions: ['read'], channels: { read }, ttl: 60_000 }, secret, at.clock.now())
    const { connection, wire, say } = at.open()
    say('hello', { token: await made(['#']) })
    await wire.until(({ type }) => type === 'welcome')
    say('subscribe', { patterns: ['#'] })
    await settle()
    wire.buffered = 2_000_000
    for (const topic of ['team.a', 'team.b', 'team.a']) await publish(at, topic, topic)
    // Its answer waits as well: only the audit tells that it was taken in.
    const renewed = new Promise<void>((resolve) => {
      at.system.listen('system.audit', ({ event }) => {
        if (event.type === 'system.audit' && event.action === 'refresh') resolve()
      })
    })
    const id = say('refresh', { token: await made(['team.b']) })
    await renewed
    await publish(at, 'team.b', 'later')
    wire.buffered = 0
    connection.drained()
    await wire.until(({ correlationId }) => correlationId === id)
    await at.clock.advance(100)
    expect(bodies({ wire })).toEqual(['team.b', 'later'])
    expect(wire.ofType('dropped')).toEqual([])
    expect(wire.ofType('mark').at(-1)?.payload).toMatchObject({ dseq: 2, cursor: { offset: at.system.journal.head } })
  })

  it('other protocols judge by the newest token too', async () => {
    const at = await openclawWorld()
    const { one, ask } = await at.dashboard({ permissions: ['read', 'write'] })
    const alert = () => ask('system_alert', { message: 'x' }, { channel: 'team.x' })
    const renew = async (permissions: readonly ('read' | 'write' | 'admin')[]) =>
      ask('auth', { token: await at.token({ permissions }) })
    expect((await alert())['type']).toBe('error')
    await renew(['admin'])
    expect((await alert())['type']).toBe('response')
    await renew(['read', 'write'])
    expect((await alert())['type']).toBe('error')
    await one.close()
  })
})

describe('an agent of a client', () => {
  const able = { sub: 'ann', permissions: ['read', 'write'], agents: ['zoe'] } as const
  const unable = { sub: 'ann', permissions: ['read', 'write'] } as const

  it('is not spoken for with a token of the same client that does not name it', async () => {
    const at = await place()
    const one = await at.enter(able)
    await one.ask('external.register', { id: 'zoe', hears: ['x'] })
    await at.system.spawn(task({ id: 't', to: 'zoe', message: { type: 'x' } })).ready
    const { delivery } = (await one.until(({ type }) => type === 'deliver')).payload
    const other = await at.enter(unable)
    for (const [type, payload] of [
      ['external.done', { delivery, value: 1 }],
      ['external.fail', { delivery, message: 'x' }],
      ['external.progress', { delivery, percent: 1 }],
      ['external.output', { delivery, data: 'x' }],
      ['external.say', { message: { type: 'x' } }],
      ['external.activity', { activity: 'x' }],
      ['external.heartbeat', {}],
      ['external.unregister', {}],
    ] as const)
      expect([type, (await other.ask(type, { id: 'zoe', ...payload })).payload['code']]).toEqual([type, 'FORBIDDEN'])
    expect((await one.ask('external.done', { id: 'zoe', delivery, value: 1 })).type).toBe('reply')
  })

  it('is handed nothing more when the token no longer names it, and is told so', async () => {
    const at = await place()
    const one = await at.enter(able)
    await one.ask('external.register', { id: 'zoe', hears: ['x'] })
    await at.refresh(one, unable)
    const told = await one.until(({ type, correlationId }) => type === 'error' && correlationId === undefined)
    expect(told.payload).toMatchObject({ code: 'FORBIDDEN', details: { agent: 'zoe' } })
    await at.system.spawn(task({ id: 't', to: 'zoe', message: { type: 'x' } })).ready
    await one.ask('ping')
    expect(one.frames.filter(({ type }) => type === 'deliver')).toEqual([])
    await at.refresh(one, able)
    expect((await one.ask('external.register', { id: 'zoe', hears: ['x'] })).type).toBe('reply')
    expect((await one.until(({ type }) => type === 'deliver')).payload).toMatchObject({ agent: 'zoe' })
  })
})
