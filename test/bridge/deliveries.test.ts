/** What is delivered to an agent of a client, on a clock of its own: now, later, again, or never. */
import { describe, expect, it } from 'vitest'
import { task } from '../../actors/index.js'
import type { TroupeError } from '../../src/errors.js'
import { settle } from '../kit/quiet.js'
import { bench } from '../kit/socket.js'
import { type Open, welcomed } from '../kit/welcome.js'
import { odd } from '../kit/world.js'

const review = (n: number) => ({ type: 'review', n })

const setUp = () => {
  const at = bench()
  const { system } = at
  // The first declaration that a system sees tells it how actors are made.
  system.define(odd)
  const ask = async ({ say, wire }: Pick<Open, 'say' | 'wire'>, type: string, payload: object) => {
    const id = say(type, payload)
    const answered = (frame: (typeof wire.frames)[number]) => frame.correlationId === id && frame.type !== 'accepted'
    return (await wire.until(answered)).payload
  }
  const arrive = async (more: object = {}) => {
    const one = await welcomed(at)
    await ask(one, 'external.register', { id: 'zoe', hears: ['review'], ...more })
    await settle()
    const delivered = () => one.wire.ofType('deliver').map(({ payload }) => (payload['message'] as ReturnType<typeof review>).n)
    return { ...one, delivered, ask: (type: string, payload: object) => ask(one, type, { id: 'zoe', ...payload }) }
  }
  const leave = ({ connection }: Pick<Open, 'connection'>) => connection.closed()
  const give = (n: number) => system.spawn(task({ id: `t${n}`, to: 'zoe', message: review(n) }))
  const stateOf = (id: string) => system.state.tasks.get(id)?.state
  return { ...at, arrive, leave, give, stateOf, zoe: () => system.state.agents.get('zoe') }
}

describe('what comes for an agent whose client is away', () => {
  it('waits in its mailbox and its queue, and is delivered when the client is back', async () => {
    const { system, arrive, leave, give, stateOf, zoe } = setUp()
    leave(await arrive())
    system.send('zoe', review(1))
    give(2)
    await settle()
    expect(stateOf('t2')).toBe('assigned')
    expect(zoe()).toMatchObject({ queue: ['t2'], tasks: [], busy: false })
    const back = await arrive({ concurrency: 1 })
    expect(back.delivered()).toEqual([1])
    const [first] = back.wire.ofType('deliver')
    await back.ask('external.done', { delivery: first?.payload['delivery'], value: 0 })
    await settle()
    expect(back.delivered()).toEqual([1, 2])
  })

  it('is not lost when the client stays away for too long: only what was delivered fails', async () => {
    const { system, arrive, leave, give, stateOf, zoe, clock } = setUp()
    const first = await arrive()
    const began = system.ask('zoe', review(0), { timeout: 3_600_000 }).catch((error: TroupeError) => error.code)
    await settle()
    expect(first.delivered()).toEqual([0])
    leave(first)
    const waits = system.ask('zoe', review(1), { timeout: 3_600_000 })
    system.send('zoe', review(2))
    give(3)
    await clock.advance(60_000)
    expect(await began).toBe('CRASHED')
    expect(zoe()).toMatchObject({ state: 'spawning', restarts: 1, queue: ['t3'] })
    expect(stateOf('t3')).toBe('assigned')
    expect(await system.deadLetters()).toEqual([])
    const back = await arrive()
    for (const n of [1, 2, 3]) {
      const { payload } = await back.wire.until((frame) => (frame.payload['message'] as { n?: number } | undefined)?.n === n)
      await back.ask('external.done', { delivery: payload['delivery'], value: n })
    }
    expect(await waits).toBe(1)
    expect(await system.task('t3').result()).toBe(3)
    expect(system.state.tasks.get('t3')?.attempt).toBe(1)
  })

  it('runs out of its own time, as anywhere else', async () => {
    const { system, arrive, leave, clock } = setUp()
    leave(await arrive())
    system.send('zoe', review(1), { ttl: 5_000 })
    const asked = system.ask('zoe', review(2), { timeout: 5_000 }).catch((error: TroupeError) => error.code)
    await clock.advance(10_000)
    expect(await asked).toBe('TIMEOUT')
    expect((await arrive()).delivered()).toEqual([])
    expect((await system.deadLetters()).map(({ reason }) => reason)).toEqual(['expired', 'expired'])
  })
})

describe('what a client has in hand', () => {
  it('is put down when its agent is frozen, and begun anew when it is resumed', async () => {
    const { system, arrive, give, stateOf } = setUp()
    const client = await arrive()
    const changes = () => client.wire.ofType('delivery').map(({ payload }) => payload['change'])
    give(1)
    await settle()
    await system.agent('zoe').freeze()
    await settle()
    expect(changes()).toEqual(['cancelled'])
    expect(stateOf('t1')).toBe('assigned')
    await system.agent('zoe').resume()
    await settle()
    const [first, second] = client.wire.ofType('deliver').map(({ payload }) => payload)
    expect(second).toMatchObject({ message: review(1), task: { id: 't1', attempt: 1 } })
    expect(second?.['delivery']).not.toBe(first?.['delivery'])
    expect(await client.ask('external.done', { delivery: first?.['delivery'], value: 0 })).toMatchObject({ code: 'ENDED' })
    await client.ask('external.done', { delivery: second?.['delivery'], value: 1 })
    expect(await system.task('t1').result()).toBe(1)
    await system.agent('zoe').pause()
    expect(changes()).toEqual(['cancelled'])
  })

  it('stays in hand though whoever asked waits no longer: it is answered, and makes room for the next', async () => {
    const { system, arrive, clock } = setUp()
    const client = await arrive()
    const asked = system.ask('zoe', review(1), { timeout: 1_000 }).catch((error: TroupeError) => error.code)
    system.send('zoe', review(2))
    await clock.advance(2_000)
    expect(await asked).toBe('TIMEOUT')
    expect(client.delivered()).toEqual([1])
    expect(client.wire.ofType('delivery')).toEqual([])
    const [{ payload } = { payload: {} as Record<string, unknown> }] = client.wire.ofType('deliver')
    expect(await client.ask('external.done', { delivery: payload['delivery'], value: 1 })).toEqual({ id: 'zoe' })
    await settle()
    expect(client.delivered()).toEqual([1, 2])
  })
})

describe('an agent that is registered again', () => {
  const again = { id: 'zoe', hears: ['review', 'plan'], capabilities: ['gpu', 'french'], metadata: { of: 'ann' }, concurrency: 2 }

  it('stays what it is: what is left out, or said in another order, is as it was', async () => {
    const { arrive, zoe } = setUp()
    const client = await arrive(again)
    for (const same of [{ hears: ['plan', 'review'] }, { ...again, capabilities: ['french', 'gpu'], name: 'external', says: [] }])
      expect(await client.ask('external.register', same)).toEqual({ id: 'zoe', state: 'running' })
    expect(zoe()).toMatchObject({ hears: again.hears, concurrency: 2, capabilities: again.capabilities })
  })

  it.each([
    ['definition', { definition: 'reviewer' }],
    ['name', { name: 'Zoe' }],
    ['hears', { hears: ['review'] }],
    ['says', { says: ['reviewed'] }],
    ['concurrency', { concurrency: 3 }],
    ['capabilities', { capabilities: ['gpu'] }],
    ['metadata', { metadata: { of: 'bob' } }],
  ])('is refused with another %s, whether it runs or has crashed', async (what, other) => {
    const { arrive, leave, clock, zoe } = setUp()
    const refused = { code: 'INVALID_STATE', message: expect.stringContaining(`its ${what} was registered otherwise`) }
    const client = await arrive(again)
    expect(await client.ask('external.register', { ...again, ...other })).toMatchObject(refused)
    leave(client)
    await clock.advance(60_000)
    const back = await arrive({ ...again, ...other })
    expect(zoe()?.state).toBe('spawning')
    expect(await back.ask('external.register', again)).toMatchObject({ id: 'zoe' })
    await settle()
    expect(zoe()?.state).toBe('running')
  })
})
