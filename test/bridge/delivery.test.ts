import { describe, expect, it } from 'vitest'
import { type DeliveryOptions, Rules } from '../../bridge/delivery/rules.js'
import { createManualClock } from '../../src/clock.js'
import { createSeededIds } from '../../src/ids.js'
import { createMemoryJournal } from '../../src/journal/memory.js'
import { settle } from '../kit/quiet.js'
import { type BenchOptions, bench } from '../kit/socket.js'
import type { Wired } from '../kit/tclient.js'
import { bodies, cursorOf, type Open, publish, welcomed } from '../kit/welcome.js'

/** What a client that acknowledges is sent: the body, and how often it came before. */
const sent = ({ wire }: Pick<Open, 'wire'>) =>
  wire
    .ofType('message')
    .map((frame) => ({ body: frame.payload['body'], redelivered: (frame as { redelivered?: number }).redelivered ?? 0 }))

const offsetOf = (frame: Wired | undefined) => (frame as { offset?: number } | undefined)?.offset ?? Number.NaN
const offsets = ({ wire }: Pick<Open, 'wire'>) => wire.ofType('message').map(offsetOf)

const orders = { pattern: 'orders.#', delivery: 'at-least-once', ackTimeout: 1_000, redeliveries: 2 } as const

const benchOf = (options: DeliveryOptions = {}, limits: BenchOptions['limits'] = {}) =>
  bench({ limits: { delivery: new Rules({ topics: [orders], ...options }), ...limits } })

const subscribed = async (at: ReturnType<typeof bench>, hello: object = {}, patterns = ['orders.#', 'team.#']) => {
  const open = await welcomed(at, { acks: true, ...hello })
  open.say('subscribe', { patterns })
  return open
}

describe('at least once', () => {
  it('asks for an ack on topics that are delivered so, and on no others', async () => {
    const at = benchOf()
    const client = await subscribed(at)
    await publish(at, 'orders.1', 'order')
    await publish(at, 'team.blue', 'word')
    await settle()
    expect(client.wire.frames[0]?.payload['limits']).toMatchObject({ unacked: 1_000 })
    expect(client.wire.ofType('message').map((frame) => [frame.payload['body'], 'redelivered' in frame])).toEqual([
      ['order', true],
      ['word', false],
    ])
  })

  it('sends what is not acknowledged in time again, in order, each time counted, and stops when it is', async () => {
    const at = benchOf()
    const client = await subscribed(at)
    for (const body of ['a', 'b', 'c']) await publish(at, 'orders.1', body)
    await settle()
    const [, b = 0] = offsets(client)
    client.say('ack', { offsets: [b] })
    await at.clock.advance(1_000)
    await settle()
    expect(sent(client).slice(3)).toEqual([
      { body: 'a', redelivered: 1 },
      { body: 'c', redelivered: 1 },
    ])
    client.say('ack', { offsets: offsets(client) })
    await at.clock.advance(10_000)
    await settle()
    expect(sent(client)).toHaveLength(5)
  })

  it('gives up after as many redeliveries as may be: the client is told, and it is a dead letter', async () => {
    const at = benchOf()
    const client = await subscribed(at)
    await publish(at, 'orders.1', 'poison')
    await settle()
    for (let round = 0; round < 5; round++) {
      await at.clock.advance(1_000)
      await settle()
    }
    expect(sent(client).map(({ redelivered }) => redelivered)).toEqual([0, 1, 2])
    expect(client.wire.ofType('dropped').map(({ payload }) => payload)).toEqual([
      { topic: 'orders.1', fromSeq: 1, toSeq: 1, count: 1, reason: 'undelivered' },
    ])
    const [letter] = await at.system.deadLetters({ reason: 'undelivered' })
    expect(letter).toMatchObject({ message: { type: 'undelivered', topic: 'orders.1', seq: 1, event: { body: 'poison' } } })
    await at.clock.advance(10_000)
    expect(at.errors).toEqual([])
  })

  it('sends again after a resume what was not acknowledged, in order, before what was missed', async () => {
    const at = benchOf()
    const first = await subscribed(at)
    for (const body of ['a', 'b', 'c']) await publish(at, 'orders.1', body)
    await settle()
    const [a = 0] = offsets(first)
    first.say('ack', { offsets: [a] })
    const cursor = cursorOf(at)
    first.connection.closed()
    await publish(at, 'orders.1', 'd')
    const second = await welcomed(at, { acks: true, resume: { session: first.session, cursor } })
    await publish(at, 'orders.1', 'e')
    await settle()
    expect(sent(second)).toEqual([
      { body: 'b', redelivered: 1 },
      { body: 'c', redelivered: 1 },
      { body: 'd', redelivered: 0 },
      { body: 'e', redelivered: 0 },
    ])
  })

  it('does not send again what a client has acknowledged, although its cursor is older', async () => {
    const at = benchOf()
    const first = await subscribed(at)
    const cursor = cursorOf(at)
    for (const body of ['a', 'b']) await publish(at, 'orders.1', body)
    await publish(at, 'team.blue', 'word')
    await settle()
    first.say('ack', { offsets: offsets(first).slice(0, 2) })
    first.connection.closed()
    const second = await welcomed(at, { acks: true, resume: { session: first.session, cursor } })
    await settle()
    expect(bodies(second)).toEqual(['word'])
  })

  it('takes acks that were on their way when the connection was lost with the resume', async () => {
    const at = benchOf()
    const first = await subscribed(at)
    for (const body of ['a', 'b']) await publish(at, 'orders.1', body)
    await settle()
    const [a = 0] = offsets(first)
    first.connection.closed()
    const resume = { session: first.session, cursor: cursorOf(at), acked: [a] }
    const second = await welcomed(at, { acks: true, resume })
    await settle()
    expect(sent(second)).toEqual([{ body: 'b', redelivered: 1 }])
  })

  it('does not count a lost connection as a redelivery that the client let pass', async () => {
    const at = benchOf()
    let session = (await subscribed(at)).session
    await publish(at, 'orders.1', 'kept')
    await settle()
    for (let round = 0; round < 10; round++) {
      const next = await welcomed(at, { acks: true, resume: { session, cursor: cursorOf(at) } })
      session = next.session
      await settle()
      expect(sent(next)).toEqual([{ body: 'kept', redelivered: round + 1 }])
    }
    expect(await at.system.deadLetters()).toEqual([])
  })

  it('does not send more than may be unacknowledged; the rest waits in the journal', async () => {
    const at = benchOf({ unacked: 3 })
    const client = await subscribed(at)
    for (let count = 0; count < 10; count++) await publish(at, 'orders.1', count)
    await settle()
    expect(bodies(client)).toEqual([0, 1, 2])
    for (let acked = 0; acked < 10; acked += 3) {
      client.say('ack', { offsets: offsets(client).slice(acked) })
      await settle()
    }
    await publish(at, 'orders.1', 10)
    await settle()
    expect(bodies(client)).toEqual(Array.from({ length: 11 }, (_, count) => count))
    expect(client.wire.ofType('dropped')).toEqual([])
  })

  it('marks no further than it has sent while the rest waits', async () => {
    const at = benchOf({ unacked: 2 })
    const first = await subscribed(at)
    for (let count = 0; count < 5; count++) await publish(at, 'orders.1', count)
    await settle()
    await at.clock.advance(100)
    const mark = first.wire.ofType('mark').at(-1)
    const cursor = mark?.payload['cursor'] as { epoch: string; offset: number }
    expect(cursor.offset).toBe(offsets(first).at(-1))
    first.say('ack', { offsets: offsets(first) })
    first.connection.closed()
    const second = await welcomed(at, { acks: true, resume: { session: first.session, cursor } })
    await settle()
    expect(bodies(second)).toEqual([2, 3])
  })

  it('leaves alone a client that acknowledges nothing: it is sent each once', async () => {
    const at = benchOf()
    const client = await welcomed(at)
    client.say('subscribe', { patterns: ['orders.#'] })
    await publish(at, 'orders.1', 'a')
    await settle()
    await at.clock.advance(10_000)
    expect(client.wire.ofType('message')).toHaveLength(1)
    expect(client.wire.ofType('message')[0]).not.toHaveProperty('redelivered')
  })

  it('does not send again what the client no longer listens to, or may no longer have', async () => {
    const at = benchOf()
    const client = await subscribed(at)
    await publish(at, 'orders.1', 'a')
    await settle()
    client.say('unsubscribe', { patterns: ['orders.#'] })
    await at.clock.advance(1_000)
    await settle()
    expect(sent(client)).toHaveLength(1)
    expect(await at.system.deadLetters()).toEqual([])
  })

  it('tells a gap where what is to be sent again is no longer kept', async () => {
    const clock = createManualClock()
    const journal = createMemoryJournal({ clock, ids: createSeededIds(1, () => clock.now()), events: 5 })
    const at = bench({ limits: { delivery: new Rules({ topics: [orders] }) }, system: { journal } })
    const client = await subscribed(at)
    await publish(at, 'orders.1', 'a')
    await at.system.as('ann', undefined, { tenant: 'acme' }).channel('orders.1').publish('b')
    await settle()
    for (let count = 0; count < 10; count++) await publish(at, 'other.topic', count)
    await at.clock.advance(1_000)
    await settle()
    const missing = { topic: 'orders.1', fromSeq: 1, toSeq: 1, reason: 'history' }
    expect(client.wire.ofType('gap').map(({ payload }) => payload)).toEqual([missing, { ...missing, tenant: 'acme' }])
    expect(sent(client)).toHaveLength(2)
  })

  it('gives the events of two resumes at once to the later one', async () => {
    const at = benchOf()
    const first = await subscribed(at)
    await publish(at, 'orders.1', 'a')
    await settle()
    const resume = { session: first.session, cursor: cursorOf(at) }
    const [older, newer] = await Promise.all([welcomed(at, { acks: true, resume }), welcomed(at, { acks: true, resume })])
    await publish(at, 'orders.1', 'b')
    await settle()
    expect(older.wire.ended?.code).toBe(4409)
    older.say('ack', { offsets: offsets(older) })
    await at.clock.advance(1_000)
    await settle()
    expect(sent(newer).map(({ body }) => body)).toEqual(['a', 'b', 'a', 'b'])
  })

  it('ignores acks of what is acknowledged, was never sent, or is still to come', async () => {
    const at = benchOf()
    const client = await subscribed(at)
    client.say('ack', { offsets: [0, 1, 7, 2 ** 53 - 1] })
    await publish(at, 'orders.1', 'a')
    await settle()
    client.say('ack', { offsets: [...offsets(client), ...offsets(client)] })
    client.say('ack', { offsets: offsets(client) })
    await publish(at, 'orders.1', 'b')
    await at.clock.advance(1_000)
    await settle()
    expect(sent(client)).toEqual([
      { body: 'a', redelivered: 0 },
      { body: 'b', redelivered: 0 },
      { body: 'b', redelivered: 1 },
    ])
  })
})

describe('the rules of delivery', () => {
  it('refuses what cannot be in a sentence', () => {
    expect(() => new Rules({ topics: [{ pattern: 'a..b' }] })).toThrow('The delivery of "a..b" has no pattern that can be one')
    expect(() => new Rules({ topics: [{ pattern: 'a', delivery: 'twice' as never }] })).toThrow(
      'The delivery of "a", as its delivery, expects one of at-most-once, at-least-once, exactly-once; got "twice".',
    )
    expect(() => new Rules({ topics: [{ pattern: 'a', ackTimeout: 0 }] })).toThrow('a whole number of 1 or more; got 0')
    expect(() => new Rules({ unacked: 100_000 })).toThrow('10,000 at the most; got 100000')
  })

  it('lets the first pattern that covers a topic hold', () => {
    const rules = new Rules({
      topics: [
        { pattern: 'a.b', drop: 'newest' },
        { pattern: 'a.#', delivery: 'exactly-once' },
      ],
    })
    expect([rules.of('a.b'), rules.of('a.c'), rules.of('c')].map(({ drop, sure }) => [drop, sure])).toEqual([
      ['newest', false],
      ['oldest', true],
      ['oldest', false],
    ])
  })
})
