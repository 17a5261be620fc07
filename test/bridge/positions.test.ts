/** Where a client goes on from: places that are odd, old, or never were. */
import { describe, expect, it } from 'vitest'
import { Rules } from '../../bridge/delivery/rules.js'
import { signToken } from '../../bridge/token.js'
import { createManualClock } from '../../src/clock.js'
import { createSeededIds } from '../../src/ids.js'
import { createMemoryJournal, type MemoryJournalOptions } from '../../src/journal/memory.js'
import { settle } from '../kit/quiet.js'
import { type BenchOptions, bench } from '../kit/socket.js'
import { bodies, cursorOf, publish, welcomed } from '../kit/welcome.js'

const listening = async (at: ReturnType<typeof bench>, hello: object = {}) => {
  const one = await welcomed(at, hello)
  one.say('subscribe', { patterns: ['team.#'] })
  await settle()
  return one
}

/** A bench of which the journal keeps so much. */
const small = (kept: Pick<MemoryJournalOptions, 'events' | 'topics'>) => {
  const clock = createManualClock()
  return bench({ system: { journal: createMemoryJournal({ clock, ids: createSeededIds(3, () => clock.now()), ...kept }) } })
}

describe('a client that comes back', () => {
  it.each(['the cursor of its welcome', 'no cursor'])('before anything was sent to it, with %s, misses nothing', async (what) => {
    const at = bench()
    const first = await listening(at)
    const cursor = first.wire.ofType('welcome')[0]?.payload['cursor']
    first.connection.closed()
    await publish(at, 'team.blue', 1)
    const resume = { session: first.session, ...(what === 'no cursor' ? {} : { cursor }) }
    const second = await welcomed(at, { resume })
    await publish(at, 'team.blue', 2)
    await settle()
    expect(second.wire.ofType('welcome')[0]?.payload).toMatchObject({ resumed: true })
    expect(bodies(second)).toEqual([1, 2])
  })

  it('again and again, with nothing said in between, is sent what it missed once', async () => {
    const at = bench()
    const first = await listening(at)
    first.connection.closed()
    await publish(at, 'team.blue', 1)
    const heard: unknown[] = []
    for (let turn = 0; turn < 4; turn++) {
      const next = await welcomed(at, { resume: { session: first.session } })
      await settle()
      heard.push(...bodies(next))
      next.connection.closed()
    }
    expect(heard).toEqual([1])
  })

  it('after longer than events are kept, of which none was its own, has missed nothing and is told of no gap', async () => {
    const at = small({ events: 10 })
    const first = await listening(at)
    await publish(at, 'team.blue', 'seen')
    await settle()
    const cursor = cursorOf(at)
    first.connection.closed()
    for (let count = 0; count < 100; count++) await publish(at, 'other.topic', count)
    const second = await welcomed(at, { resume: { session: first.session, cursor } })
    await publish(at, 'team.blue', 'next')
    await settle()
    expect(second.wire.ofType('gap')).toEqual([])
    expect(bodies(second)).toEqual(['next'])
  })

  it('is told of a gap on a topic that was forgotten and came again under its name', async () => {
    const at = small({ events: 4, topics: 4 })
    const first = await listening(at)
    const cursor = cursorOf(at)
    first.connection.closed()
    await publish(at, 'team.blue', 'lost')
    for (let count = 0; count < 20; count++) await publish(at, `other.t${count}`, count)
    await publish(at, 'team.blue', 'anew')
    const second = await welcomed(at, { resume: { session: first.session, cursor } })
    await settle()
    expect(second.wire.ofType('gap').map(({ payload }) => payload['topic'])).toContain('team.blue')
    expect(bodies(second)).toEqual(['anew'])
    const seqs = second.wire.ofType('message').map(({ seq }) => seq)
    expect(seqs[0]).toBeGreaterThan(1)
  })

  it('is told of a gap for each of its patterns when topics were lost of which not even the names are known', async () => {
    const at = small({ events: 4, topics: 4 })
    const first = await listening(at)
    first.say('subscribe', { patterns: ['crew.*'] })
    await settle()
    const cursor = cursorOf(at)
    first.connection.closed()
    await publish(at, 'team.lost', 1)
    for (let count = 0; count < 20; count++) await publish(at, `other.t${count}`, count)
    const behind = await welcomed(at, { resume: { session: first.session, cursor } })
    await settle()
    const told = behind.wire.ofType('gap').map(({ payload }) => payload)
    for (const topic of ['team.#', 'crew.*'])
      expect(told).toContainEqual({ topic, fromSeq: null, toSeq: null, reason: 'history' })
    const now = cursorOf(at)
    behind.connection.closed()
    const close = await welcomed(at, { resume: { session: first.session, cursor: now } })
    await settle()
    expect(close.wire.ofType('gap')).toEqual([])
  })

  it('does not hear what was said before it subscribed, however far back it goes on from', async () => {
    const at = bench()
    const first = await listening(at)
    const cursor = first.wire.ofType('welcome')[0]?.payload['cursor']
    await publish(at, 'team.blue', 'heard')
    first.say('unsubscribe', { patterns: ['team.#'] })
    await publish(at, 'team.blue', 'not asked for')
    await publish(at, 'crew.red', 'not asked for')
    first.say('subscribe', { patterns: ['team.#', 'crew.#'] })
    await settle()
    first.connection.closed()
    await publish(at, 'team.blue', 'missed')
    await publish(at, 'crew.red', 'missed')
    const second = await welcomed(at, { resume: { session: first.session, cursor } })
    await settle()
    expect(bodies(second)).toEqual(['missed', 'missed'])
  })
})

describe('a place that never was', () => {
  const orders = new Rules({ topics: [{ pattern: 'team.orders', delivery: 'at-least-once' }], unacked: 1 })

  it.each([
    ['a number below zero', { epoch: 'e', offset: -1 }],
    ['half a number', { epoch: 'e', offset: 1.5 }],
    ['a text', { epoch: 'e', offset: '5' }],
    ['what JSON makes of NaN', { epoch: 'e', offset: null }],
    ['more than a number can tell apart', { epoch: 'e', offset: 2 ** 53 }],
    ['no offset', { epoch: 'e' }],
    ['no epoch', { offset: 1 }],
    ['an empty epoch', { epoch: '', offset: 1 }],
  ])('is refused where it is %s, and the session is left to who has it', async (_, cursor) => {
    const at = bench()
    const first = await listening(at)
    const wrong = at.open()
    wrong.say('hello', { resume: { session: first.session, cursor } })
    await settle()
    expect(wrong.wire.ended?.code).toBe(4401)
    expect(first.wire.ended).toBeUndefined()
    await publish(at, 'team.blue', 1)
    await settle()
    expect(bodies(first)).toEqual([1])
    expect(at.errors).toEqual([])
  })

  it.each<[string, BenchOptions, object]>([
    ['at most once', {}, {}],
    ['at least once', { limits: { delivery: orders } }, { acks: true }],
  ])('is told as a gap where it is still to come, and nothing that happens then is missed, %s', async (_, options, hello) => {
    const at = bench(options)
    const first = await listening(at, hello)
    await publish(at, 'team.blue', 'before')
    await settle()
    first.connection.closed()
    const cursor = { ...cursorOf(at), offset: at.system.journal.head + 1_000 }
    const second = await welcomed(at, { ...hello, resume: { session: first.session, cursor } })
    const now = cursorOf(at)
    expect(second.wire.ofType('welcome')[0]?.payload).toMatchObject({ resumed: true, cursor: now })
    for (const body of [1, 2, 3]) {
      await publish(at, 'team.orders', `order ${body}`)
      await publish(at, 'team.blue', body)
    }
    const offsets = () => second.wire.ofType('message').flatMap((frame) => ('offset' in frame ? [frame.offset] : []))
    for (let turn = 0; turn < 4; turn++) {
      await settle()
      if (offsets().length > 0) second.say('ack', { offsets: offsets() })
    }
    expect(second.wire.ofType('gap')).toMatchObject([{ payload: { topic: 'team.blue', reason: 'epoch' } }])
    expect(bodies(second)).toEqual(['order 1', 1, 'order 2', 2, 'order 3', 3])
  })
})

describe('a token that was revoked', () => {
  it('takes no session over, neither from who is there nor of who is away', async () => {
    const secret = 'a secret for tests'
    const at = bench({ secret })
    const token = (jti: string) => signToken({ sub: 'ann', ttl: 60_000, jti }, secret, at.clock.now())
    const first = await listening(at, { token: await token('good') })
    at.shared.revocations.add({ jti: 'bad' })
    const knock = async () => {
      const one = at.open()
      one.say('hello', { token: await token('bad'), resume: { session: first.session } })
      await one.wire.until(({ type }) => type === 'error')
      return one
    }
    const there = await knock()
    await publish(at, 'team.blue', 1)
    await settle()
    first.connection.closed()
    const away = await knock()
    await publish(at, 'team.blue', 2)
    const back = await welcomed(at, { token: await token('good'), resume: { session: first.session } })
    await settle()
    expect([there, away].map(({ wire }) => wire.ended?.code)).toEqual([4401, 4401])
    expect([bodies(first), bodies(there), bodies(away), bodies(back)]).toEqual([[1], [], [], [2]])
  })
})
