import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Outbox, type OutboxLimits } from '../../bridge/outbox.js'
import { Traffic } from '../../bridge/traffic.js'
import { type Prepared, prepare } from '../../bridge/ws.js'
import { createManualClock } from '../../src/clock.js'
import type { Envelope } from '../../src/protocol/envelope.js'
import type { Priority } from '../../src/protocol/priority.js'
import { ArrayWire } from '../kit/socket.js'

const frame = (content: object): readonly Prepared[] => [prepare(JSON.stringify(content))]

const outboxOf = (limits: Partial<OutboxLimits> = {}) => {
  const wire = new ArrayWire()
  let now = 0
  let stuck = 0
  let offset = 0
  /** Up to where the journal has kept everything; it begins as one in memory. */
  const kept = { upTo: Number.POSITIVE_INFINITY }
  const seqs = new Map<string, number>()
  const lost: string[] = []
  const traffic = new Traffic(createManualClock())
  const outbox: Outbox = new Outbox(
    wire,
    { messages: 1_000, bytes: 1_000_000, ...limits },
    {
      now: () => now,
      journal: {
        get head() {
          return offset
        },
        get durable() {
          return Math.min(offset, kept.upTo)
        },
      },
      held: () => {},
      dirty: () => {},
      traffic,
      lost: (topic) => void lost.push(topic),
      tellDropped: (dropped) => frame({ ...dropped }),
      tellMark: () => frame({ type: 'mark', sent: outbox.sent, oldest: outbox.oldest ?? null }),
      stuck: () => {
        stuck++
      },
    },
  )
  const event = (
    topic: string,
    { priority = 'normal' as Priority, ttl = undefined as number | undefined, body = '', inOrder = false } = {},
  ) => {
    const seq = (seqs.get(topic) ?? 0) + 1
    seqs.set(topic, seq)
    const envelope: Envelope = {
      id: `e${++offset}`,
      topic,
      seq,
      epoch: 'one',
      offset,
      timestamp: 0,
      source: 'test',
      priority,
      ...(ttl === undefined ? {} : { ttl }),
      event: { type: 'message', from: 'test', body },
    }
    outbox.event(envelope, frame({ type: 'message', topic, seq, body }), inOrder)
  }
  return {
    kept,
    outbox,
    traffic,
    wire,
    event,
    lost,
    says: () =>
      wire.frames.map((each) => `${each.type} ${'topic' in each ? `${each.topic} ${'seq' in each ? each.seq : ''}` : ''}`.trim()),
    at: (time: number) => {
      now = time
    },
    get stuck() {
      return stuck
    },
  }
}

describe('the outbox of a connection', () => {
  it('writes what waits in one write', () => {
    const { outbox, wire, event } = outboxOf()
    event('a.1')
    event('a.1')
    outbox.note(frame({ type: 'pong' }))
    outbox.flush()
    expect(wire.writes).toEqual([3])
  })

  it('says an answer after the events that waited when it was given', () => {
    const { outbox, event, says } = outboxOf()
    event('a.1')
    outbox.reply(frame({ type: 'reply' }))
    event('a.1')
    outbox.flush()
    expect(says()).toEqual(['message a.1 1', 'reply', 'message a.1 2'])
  })

  it('gives an answer although what it waited for was dropped', () => {
    const { outbox, event, says, wire, lost } = outboxOf({ messages: 1 })
    wire.buffered = 2_000_000
    event('a.1')
    outbox.reply(frame({ type: 'reply' }))
    event('b.1')
    expect(lost).toEqual(['a.1'])
    wire.buffered = 0
    outbox.flush()
    expect(says()).toContain('reply')
  })

  it('sends urgent events first, without changing the order of one entity', () => {
    const { outbox, event, says } = outboxOf()
    event('agent.a.status')
    event('agent.b.status')
    event('agent.b.said', { priority: 'critical' })
    outbox.flush()
    expect(says()).toEqual(['message agent.b.status 1', 'message agent.b.said 1', 'message agent.a.status 1'])
  })

  it('sends everything in the order in which it happened, where a protocol wants that', () => {
    const { event, outbox, says } = outboxOf()
    event('agent.a.x', { priority: 'low', inOrder: true })
    event('agent.b.x', { priority: 'critical', inOrder: true })
    event('agent.a.x', { inOrder: true })
    outbox.flush()
    expect(says()).toEqual(['message agent.a.x 1', 'message agent.b.x 1', 'message agent.a.x 2'])
  })

  it('drops the oldest when too many events wait, and tells of the loss before the events that follow', () => {
    const { outbox, event, says, wire, lost } = outboxOf({ messages: 2 })
    wire.buffered = 2_000_000
    for (let count = 0; count < 5; count++) event('a.1')
    // Who owns it knows at once, the client when it reads again.
    expect(lost).toEqual(['a.1', 'a.1', 'a.1'])
    wire.buffered = 0
    outbox.flush()
    expect(says()).toEqual(['session.dropped a.1', 'message a.1 4', 'message a.1 5'])
    expect(wire.frames[0]).toMatchObject({ fromSeq: 1, toSeq: 3, count: 3, reason: 'overflow' })
  })

  it('writes what waits when it is full and the socket takes more, and drops nothing', () => {
    const { outbox, event, wire, lost } = outboxOf({ messages: 100 })
    for (let count = 0; count < 250; count++) event('a.1')
    outbox.flush()
    const small = outboxOf({ bytes: 1_000 })
    for (let count = 0; count < 5; count++) small.event('a.1', { body: 'x'.repeat(300) })
    small.outbox.flush()
    expect([lost, small.lost]).toEqual([[], []])
    expect(wire.ofType('message').map((each) => each.seq)).toEqual(Array.from({ length: 250 }, (_, at) => at + 1))
    expect(small.wire.ofType('message')).toHaveLength(5)
    // The event that came when all others were written is not claimed to be.
    expect(wire.ofType('mark')).toMatchObject([
      { sent: 100, oldest: 101 },
      { sent: 200, oldest: 201 },
    ])
  })

  it('drops by bytes as well as by number', () => {
    const { outbox, event, wire } = outboxOf({ bytes: 1_000 })
    wire.buffered = 2_000_000
    for (let count = 0; count < 5; count++) event('a.1', { body: 'x'.repeat(300) })
    wire.buffered = 0
    outbox.flush()
    expect(wire.ofType('message').length).toBe(2)
    expect(wire.ofType('session.dropped')).toMatchObject([{ fromSeq: 1, toSeq: 3 }])
  })

  it('does not deliver what has no time left, and says so', () => {
    const { outbox, event, says, wire, at } = outboxOf()
    event('a.1', { ttl: 10 })
    event('a.1')
    at(10)
    outbox.flush()
    expect(says()).toEqual(['session.dropped a.1', 'message a.1 2'])
    expect(wire.frames[0]).toMatchObject({ reason: 'expired' })
    expect(outbox.sent).toBe(1)
  })

  it('counts what was delivered, and what was dropped for whatever reason', () => {
    const { outbox, event, at, traffic, wire } = outboxOf({ messages: 4 })
    wire.buffered = 2_000_000
    for (let count = 0; count < 5; count++) event('a.1')
    wire.buffered = 0
    outbox.flush()
    event('a.1', { ttl: 10 })
    for (let count = 0; count < 2; count++) event('a.1')
    at(10)
    outbox.flush()
    // Of eight, one found no room and one was too old.
    expect(traffic.facts().messages.deliveryRate).toBe(0.75)
  })

  it('writes nothing at all, answers included, while the socket is full, and goes on when it has drained', () => {
    const { outbox, event, wire } = outboxOf()
    wire.buffered = 2_000_000
    event('a.1')
    outbox.note(frame({ type: 'pong' }))
    outbox.reply(frame({ type: 'reply' }))
    outbox.flush()
    expect(wire.frames).toEqual([])
    wire.buffered = 0
    outbox.flush()
    expect(wire.frames.map((each) => each.type)).toEqual(['pong', 'message', 'reply'])
  })

  it('gives up on a client that asks and asks and does not read', () => {
    const bench = outboxOf({ bytes: 2_000 })
    bench.wire.buffered = 2_000_000
    for (let count = 0; count < 100; count++) {
      bench.outbox.note(frame({ type: 'error', text: 'x'.repeat(100) }))
      bench.outbox.flush()
    }
    expect(bench.stuck).toBeGreaterThan(0)
  })

  it('gives the socket little more at once than it may hold', () => {
    const { outbox, event, wire } = outboxOf({ messages: 10_000, bytes: 100_000_000 })
    for (let count = 0; count < 100; count++) event('a.1', { body: 'x'.repeat(100_000) })
    outbox.flush()
    expect(wire.frames.length).toBe(11)
    expect(outbox.size).toBe(89)
  })

  it('tells how far the client has come at the latest after 100 events', () => {
    const { outbox, event, wire } = outboxOf()
    for (let count = 0; count < 250; count++) event('a.1')
    outbox.flush()
    expect(wire.ofType('mark')).toMatchObject([
      { sent: 100, oldest: 101 },
      { sent: 200, oldest: 201 },
    ])
    expect(wire.frames.findIndex((each) => each.type === 'mark')).toBe(100)
  })

  it('sends nothing for an event that its dialect has no word for', () => {
    const { outbox, wire } = outboxOf()
    const event = { type: 'message', from: 'test', body: null } as const
    outbox.event(
      { id: 'e', topic: 'a.1', seq: 1, epoch: 'one', offset: 1, timestamp: 0, source: 'test', priority: 'normal', event },
      [],
    )
    outbox.flush()
    expect([wire.frames.length, outbox.sent, outbox.oldest]).toEqual([0, 0, undefined])
  })

  it('never claims more than was sent or told: everything below its oldest is one or the other', () => {
    const step = fc.oneof(
      fc.record({
        topic: fc.constantFrom('a.1', 'a.2', 'b.1.x'),
        priority: fc.constantFrom<Priority>('low', 'normal', 'high', 'critical'),
      }),
      fc.constant('flush' as const),
      fc.constant('block' as const),
      fc.constant('commit' as const),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.boolean(), (steps, lasting) => {
        const { outbox, wire, event, kept } = outboxOf({ messages: 8 })
        if (lasting) kept.upTo = 0
        let events = 0
        for (const each of steps) {
          if (each === 'block') wire.buffered = wire.buffered === 0 ? 2_000_000 : 0
          else if (each === 'flush') outbox.flush()
          else if (each === 'commit') kept.upTo = Math.max(kept.upTo, events)
          else {
            event(each.topic, { priority: each.priority })
            events++
          }
        }
        expect(wire.ofType('message').length).toBeLessThanOrEqual(kept.upTo)
        kept.upTo = Number.POSITIVE_INFINITY
        const waiting = outbox.size
        wire.buffered = 0
        outbox.flush()
        const lost = wire
          .ofType('session.dropped')
          .reduce((sum, each) => sum + Number((each as unknown as { count: number }).count), 0)
        expect(waiting).toBeLessThanOrEqual(8)
        expect(wire.ofType('message').length + lost).toBe(events)
        expect(outbox.oldest).toBeUndefined()
        const last = new Map<string, number>()
        for (const each of wire.ofType('message')) {
          const { topic = '', seq = 0 } = each as { topic?: string; seq?: number }
          expect(seq).toBeGreaterThan(last.get(topic) ?? 0)
          last.set(topic, seq)
        }
      }),
    )
  })
})
