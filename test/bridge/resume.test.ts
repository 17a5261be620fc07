import { describe, expect, it } from 'vitest'
import { signToken } from '../../bridge/token.js'
import { createManualClock } from '../../src/clock.js'
import { createSeededIds } from '../../src/ids.js'
import { createMemoryJournal } from '../../src/journal/memory.js'
import { settle } from '../kit/quiet.js'
import { bench } from '../kit/socket.js'
import { bodies, cursorOf, publish, welcomed } from '../kit/welcome.js'

describe('a session', () => {
  it('goes on where the client stopped: what it missed, then what happens, each once', async () => {
    const at = bench()
    const first = await welcomed(at)
    first.say('subscribe', { patterns: ['team.#'] })
    await publish(at, 'team.blue', 1)
    await settle()
    const cursor = cursorOf(at)
    first.connection.closed()
    await publish(at, 'team.blue', 2)
    await publish(at, 'other.topic', 'not mine')
    const second = await welcomed(at, { resume: { session: first.session, cursor } })
    await publish(at, 'team.blue', 3)
    await settle()
    expect(second.wire.frames[0]).toMatchObject({ type: 'welcome', payload: { resumed: true, session: first.session, cursor } })
    expect(bodies(second)).toEqual([2, 3])
  })

  it('sends a long history whole, in order, through an outbox that is shorter than it', async () => {
    const at = bench({ limits: { outbox: { messages: 10, bytes: 16_777_216 } } })
    const first = await welcomed(at)
    first.say('subscribe', { patterns: ['team.#'] })
    await settle()
    const cursor = cursorOf(at)
    first.connection.closed()
    for (let count = 0; count < 1_000; count++) await publish(at, 'team.blue', count)
    const second = await welcomed(at, { resume: { session: first.session, cursor } })
    await publish(at, 'team.blue', 1_000)
    while (bodies(second).length < 1_001) await settle()
    await publish(at, 'team.blue', 1_001)
    await settle()
    expect(bodies(second)).toEqual(Array.from({ length: 1_002 }, (_, count) => count))
    expect(second.wire.ofType('dropped')).toEqual([])
  })

  it('tells how far it has come soon, so that a client whose connections are short comes on', async () => {
    const at = bench()
    const first = await welcomed(at)
    first.say('subscribe', { patterns: ['team.#'] })
    await settle()
    const cursor = cursorOf(at)
    first.connection.closed()
    for (let count = 0; count < 20; count++) await publish(at, 'team.blue', count)
    const second = await welcomed(at, { resume: { session: first.session, cursor } })
    await settle()
    const marks = second.wire.ofType('mark').map(({ payload }) => payload)
    expect(marks.slice(0, 3)).toEqual([1, 3, 7].map((dseq) => ({ dseq, cursor: { ...cursor, offset: expect.any(Number) } })))
    // Each comes from behind what was sent: who is cut there goes on there.
    second.connection.closed()
    const third = await welcomed(at, { resume: { session: first.session, cursor: marks[1]?.['cursor'] } })
    await settle()
    expect(bodies(third)).toEqual(Array.from({ length: 17 }, (_, at) => at + 3))
  })

  it('is sent what it missed in order, however urgent, before all that is new', async () => {
    const at = bench()
    const first = await welcomed(at)
    first.say('subscribe', { patterns: ['team.#'] })
    await settle()
    const cursor = cursorOf(at)
    first.connection.closed()
    const channel = (body: number, priority: 'low' | 'critical') =>
      at.system.channel(`team.t${body % 5}`).publish(body, { priority })
    for (let body = 0; body < 20; body++) await channel(body, body % 2 === 0 ? 'low' : 'critical')
    const second = at.open()
    second.say('hello', { resume: { session: first.session, cursor } })
    while (second.wire.ofType('welcome').length === 0) await settle()
    await channel(20, 'critical')
    while (bodies(second).length < 21) await settle()
    expect(bodies(second)).toEqual(Array.from({ length: 21 }, (_, at) => at))
    const marked = second.wire.ofType('mark').map(({ payload }) => payload['dseq'])
    expect(marked.slice(0, 4)).toEqual([1, 3, 7, 15])
  })

  it('marks no further than it has read while history is being sent', async () => {
    const at = bench({ limits: { outbox: { messages: 10, bytes: 16_777_216 } } })
    const first = await welcomed(at)
    first.say('subscribe', { patterns: ['team.#'] })
    await settle()
    const cursor = cursorOf(at)
    first.connection.closed()
    for (let count = 0; count < 200; count++) await publish(at, 'team.blue', count)
    const second = at.open()
    second.say('hello', { resume: { session: first.session, cursor } })
    while (second.wire.ofType('mark').length === 0) await settle()
    const [mark] = second.wire.ofType('mark')
    const before = second.wire.frames
      .slice(
        0,
        second.wire.frames.findIndex((frame) => frame.type === 'mark'),
      )
      .filter((frame) => frame.type === 'message')
    // One event more stands between: that the client was away.
    expect(mark?.payload).toMatchObject({ dseq: before.length, cursor: { offset: cursor.offset + 1 + before.length } })
  })

  it('does not send the past of a pattern that was added while history is being sent', async () => {
    const at = bench({ limits: { outbox: { messages: 10, bytes: 16_777_216 } } })
    const first = await welcomed(at)
    first.say('subscribe', { patterns: ['team.#'] })
    await settle()
    const cursor = cursorOf(at)
    first.connection.closed()
    for (let count = 0; count < 50; count++) await publish(at, 'team.blue', count)
    for (let count = 0; count < 50; count++) await publish(at, 'new.topic', 'old')
    await publish(at, 'team.blue', 'last')
    const second = await welcomed(at, { resume: { session: first.session, cursor } })
    second.say('subscribe', { patterns: ['new.#'] })
    await publish(at, 'new.topic', 'fresh')
    while (!bodies(second).includes('fresh')) await settle()
    expect(bodies(second).filter((body) => typeof body === 'string')).toEqual(['last', 'fresh'])
  })

  it('is told of each topic of which events are no longer kept', async () => {
    const clock = createManualClock()
    const ids = createSeededIds(3, () => clock.now())
    const at = bench({ system: { journal: createMemoryJournal({ clock, ids, events: 6 }) } })
    const first = await welcomed(at)
    first.say('subscribe', { patterns: ['team.#'] })
    await settle()
    const cursor = cursorOf(at)
    first.connection.closed()
    for (let count = 1; count <= 8; count++) await publish(at, 'team.blue', count)
    const second = await welcomed(at, { resume: { session: first.session, cursor } })
    expect(second.wire.frames.slice(0, 2)).toMatchObject([
      { type: 'welcome', payload: { resumed: true } },
      { type: 'gap', payload: { topic: 'team.blue', toSeq: 3, reason: 'history' } },
    ])
    expect(bodies(second)).toEqual([4, 5, 6, 7, 8])
  })

  it('is told of what is missing of each tenant that it hears, though they use one topic', async () => {
    const clock = createManualClock()
    const ids = createSeededIds(3, () => clock.now())
    const at = bench({ system: { journal: createMemoryJournal({ clock, ids, events: 6 }) } })
    const first = await welcomed(at)
    first.say('subscribe', { patterns: ['team.#'] })
    await settle()
    const cursor = cursorOf(at)
    first.connection.closed()
    for (const tenant of ['acme', 'blue', 'acme', 'blue'])
      await at.system.as('ann', undefined, { tenant }).channel('team.one').publish(1)
    for (let count = 1; count <= 8; count++) await publish(at, 'team.two', count)
    const second = await welcomed(at, { resume: { session: first.session, cursor } })
    const told = second.wire.ofType('gap').map(({ payload }) => payload)
    const missing = { topic: 'team.one', fromSeq: null, toSeq: 2, reason: 'history' }
    expect(told).toEqual(expect.arrayContaining(['acme', 'blue'].map((tenant) => ({ ...missing, tenant }))))
  })

  it('takes a cursor of another epoch for a gap, and starts from now', async () => {
    const at = bench()
    const first = await welcomed(at)
    first.say('subscribe', { patterns: ['team.#'] })
    await publish(at, 'team.blue', 1)
    first.connection.closed()
    const second = await welcomed(at, { resume: { session: first.session, cursor: { epoch: 'another', offset: 1 } } })
    const now = cursorOf(at)
    await publish(at, 'team.blue', 2)
    await settle()
    expect(second.wire.frames[0]?.payload['cursor']).toEqual(now)
    expect(second.wire.ofType('gap')).toMatchObject([{ payload: { topic: 'team.blue', reason: 'epoch' } }])
    expect(bodies(second)).toEqual([2])
  })

  it('belongs to the newer of two connections; the older one is told and closed first', async () => {
    const at = bench()
    const first = await welcomed(at)
    first.say('subscribe', { patterns: ['team.#'] })
    await settle()
    const second = await welcomed(at, { resume: { session: first.session, cursor: cursorOf(at) } })
    await publish(at, 'team.blue', 1)
    first.connection.closed()
    await publish(at, 'team.blue', 2)
    await settle()
    expect(first.wire.frames.at(-1)).toMatchObject({ type: 'error', payload: { code: 'SUPERSEDED' } })
    expect(first.wire.ended?.code).toBe(4409)
    expect(bodies(first)).toEqual([])
    expect(bodies(second)).toEqual([1, 2])
  })

  it('belongs to the later of two that resume it at once', async () => {
    const at = bench()
    const first = await welcomed(at)
    first.connection.closed()
    const resume = { session: first.session, cursor: cursorOf(at) }
    const second = at.open()
    const third = at.open()
    second.say('hello', { resume })
    third.say('hello', { resume })
    await settle()
    expect(second.wire.ended?.code).toBe(4409)
    expect(third.wire.ended).toBeUndefined()
    expect(third.wire.ofType('welcome')[0]?.payload['resumed']).toBe(true)
  })

  it('is forgotten when the client stays away too long, and when it says goodbye', async () => {
    const at = bench({ sessionWindow: 1_000 })
    const first = await welcomed(at)
    first.connection.closed()
    await at.clock.advance(1_000)
    const second = await welcomed(at, { resume: { session: first.session, cursor: cursorOf(at) } })
    expect(second.wire.ofType('welcome')[0]?.payload['resumed']).toBe(false)
    second.say('close')
    expect(second.wire.ended?.code).toBe(1000)
    const third = await welcomed(at, { resume: { session: second.session, cursor: cursorOf(at) } })
    expect(third.wire.ofType('welcome')[0]?.payload['resumed']).toBe(false)
  })

  it('is nobody else’s: another client that names it gets a new one', async () => {
    const secret = 'a secret for tests'
    const at = bench({ secret })
    const token = (sub: string) => signToken({ sub, ttl: 60_000 }, secret, at.clock.now())
    const first = await welcomed(at, { token: await token('ann') })
    first.connection.closed()
    const other = await welcomed(at, { token: await token('bob'), resume: { session: first.session, cursor: cursorOf(at) } })
    expect(other.wire.ofType('welcome')[0]?.payload).toMatchObject({ client: 'bob', resumed: false })
    expect(other.session).not.toBe(first.session)
  })

  it('is judged by the rights of the token that resumes it', async () => {
    const secret = 'a secret for tests'
    const at = bench({ secret })
    const token = (...read: string[]) => signToken({ sub: 'ann', channels: { read }, ttl: 60_000 }, secret, at.clock.now())
    const first = await welcomed(at, { token: await token('#') })
    first.say('subscribe', { patterns: ['team.#', 'task.#'] })
    await settle()
    const cursor = cursorOf(at)
    first.connection.closed()
    await publish(at, 'team.blue', 'secret by now')
    await publish(at, 'task.t1', 'fine')
    const second = await welcomed(at, { token: await token('task.#'), resume: { session: first.session, cursor } })
    expect(second.wire.ofType('error')).toMatchObject([{ payload: { code: 'FORBIDDEN' } }])
    expect(bodies(second)).toEqual(['fine'])
  })
})
