import { describe, expect, it } from 'vitest'
import { signToken } from '../../bridge/token.js'
import { createManualClock } from '../../src/clock.js'
import { createSeededIds } from '../../src/ids.js'
import { createMemoryJournal } from '../../src/journal/memory.js'
import { settle } from '../kit/quiet.js'
import { type Bench, bench } from '../kit/socket.js'

type Open = ReturnType<Bench['open']>

const welcomed = async (at: Bench, payload: object = {}, options: Parameters<Bench['open']>[0] = {}) => {
  const open = at.open(options)
  open.say('hello', payload)
  const welcome = await open.wire.until((frame) => frame.type === 'welcome')
  return { ...open, session: String(welcome.payload['session']) }
}

const publish = (at: Bench, topic: string, body: unknown) => at.system.channel(topic).publish(body)
const bodies = ({ wire }: Pick<Open, 'wire'>) => wire.ofType('message').map((frame) => frame.payload['body'])
const cursorOf = (at: Bench) => ({ epoch: at.system.journal.epoch, offset: at.system.journal.head })

describe('before the welcome', () => {
  it('a connection that says nothing is told why and closed with 4401 when its time is up', async () => {
    const at = bench()
    const { wire } = at.open()
    await at.clock.advance(4_999)
    expect(wire.ended).toBeUndefined()
    await at.clock.advance(1)
    expect(wire.ofType('error')[0]?.payload).toMatchObject({ code: 'AUTH_REQUIRED' })
    expect(wire.ended?.code).toBe(4401)
  })

  it.each([
    ['a command', (open: Open) => open.say('view.get')],
    ['a ping', (open: Open) => open.say('ping')],
    ['a token to refresh', (open: Open) => open.say('refresh', { token: 'x' })],
    ['an unknown word', (open: Open) => open.say('abracadabra')],
    ['no frame at all', (open: Open) => open.connection.message('{{{')],
    ['a message over the limit', (open: Open) => open.connection.tooLarge(2_000_000)],
  ])('%s costs the connection', async (_, say) => {
    const open = bench().open()
    say(open)
    await settle()
    expect(open.wire.frames).toMatchObject([{ type: 'error', payload: { code: 'AUTH_REQUIRED' } }])
    expect(open.wire.ended?.code).toBe(4401)
  })

  it('a second frame while the token is read costs the connection, and nothing of it is kept', async () => {
    const at = bench()
    const open = at.open()
    open.say('hello')
    open.say('subscribe', { patterns: ['#'] })
    await settle()
    expect(open.wire.ended?.code).toBe(4401)
    expect(open.wire.ofType('welcome')).toEqual([])
  })

  it('a welcome answers hello and says who the client is, its rights and its limits', async () => {
    const at = bench()
    const { wire } = await welcomed(at)
    expect(wire.frames).toMatchObject([
      {
        type: 'welcome',
        correlationId: 'r1',
        payload: {
          client: 'anybody',
          resumed: false,
          permissions: ['admin'],
          cursor: cursorOf(at),
          heartbeat: 30_000,
          limits: { frame: 1_048_576 },
        },
      },
    ])
  })

  it('leaves no timer behind when the connection goes', async () => {
    const at = bench({ sessionWindow: 0 })
    const { connection } = await welcomed(at)
    const early = at.open()
    connection.closed()
    early.connection.closed()
    await at.clock.advance(0)
    expect(at.clock.pending).toBe(0)
  })
})

describe('a subscription', () => {
  it('delivers an event once, however many patterns cover it', async () => {
    const at = bench()
    const open = await welcomed(at)
    open.say('subscribe', { patterns: ['team.#', 'team.*', 'team.blue'] })
    await publish(at, 'team.blue', 1)
    await settle()
    expect(bodies(open)).toEqual([1])
  })

  it('delivers what happens after it was asked for, the reply first', async () => {
    const at = bench()
    const open = await welcomed(at)
    await publish(at, 'team.blue', 'before')
    const before = at.system.journal.head
    const id = open.say('subscribe', { patterns: ['team.#'] })
    await publish(at, 'team.blue', 'after')
    await settle()
    expect(open.wire.frames.slice(1).map((frame) => frame.type)).toEqual(['reply', 'message'])
    expect(open.wire.frames[1]).toMatchObject({
      correlationId: id,
      payload: { patterns: ['team.#'], cursor: { offset: before } },
    })
    expect(bodies(open)).toEqual(['after'])
  })

  it('ends when it is taken back', async () => {
    const at = bench()
    const open = await welcomed(at)
    open.say('subscribe', { patterns: ['team.#'] })
    open.say('unsubscribe', { patterns: ['team.#', 'never.asked'] })
    await publish(at, 'team.blue', 1)
    await settle()
    expect(bodies(open)).toEqual([])
  })

  it('is all or nothing: one pattern that is none refuses the whole list', async () => {
    const at = bench()
    const open = await welcomed(at)
    open.say('subscribe', { patterns: ['team.#', 'a b'] })
    await publish(at, 'team.blue', 1)
    await settle()
    expect(open.wire.ofType('error')[0]?.payload).toMatchObject({ code: 'INVALID_MESSAGE' })
    expect(bodies(open)).toEqual([])
  })

  it('is refused beyond the limit', async () => {
    const at = bench({ limits: { subscriptions: 2 } })
    const open = await welcomed(at)
    open.say('subscribe', { patterns: ['a', 'b'] })
    open.say('subscribe', { patterns: ['a'] })
    open.say('subscribe', { patterns: ['c'] })
    await settle()
    expect(open.wire.frames.slice(1).map((frame) => frame.payload['code'] ?? frame.type)).toEqual(['reply', 'reply', 'TOO_MANY'])
  })

  it('goes on after an event that no codec can write', async () => {
    const at = bench()
    const open = await welcomed(at)
    open.say('subscribe', { patterns: ['team.#'] })
    const loop: Record<string, unknown> = {}
    loop['loop'] = loop
    await publish(at, 'team.blue', loop)
    await publish(at, 'team.blue', 'next')
    await settle()
    expect(bodies(open)).toEqual(['next'])
    expect(at.errors.map(({ where }) => where)).toEqual(['a frame'])
  })
})

describe('a mark', () => {
  it('comes 100 ms after events were sent, with their number and the place in the journal', async () => {
    const at = bench()
    const open = await welcomed(at)
    open.say('subscribe', { patterns: ['team.#'] })
    await publish(at, 'team.blue', 1)
    await publish(at, 'other', 1)
    await at.clock.advance(99)
    expect(open.wire.ofType('mark')).toEqual([])
    await at.clock.advance(1)
    expect(open.wire.ofType('mark')).toMatchObject([{ payload: { dseq: 1, cursor: cursorOf(at) } }])
    await at.clock.advance(1_000)
    expect(open.wire.ofType('mark').length).toBe(1)
  })

  it('never passes an event that still waits for a slow client', async () => {
    const at = bench()
    const open = await welcomed(at)
    open.say('subscribe', { patterns: ['team.#'] })
    await publish(at, 'team.blue', 1)
    await settle()
    const sent = at.system.journal.head
    open.wire.buffered = 2_000_000
    await publish(at, 'team.blue', 2)
    await at.clock.advance(100)
    open.wire.buffered = 0
    open.connection.drained()
    await settle()
    expect(open.wire.ofType('mark')[0]?.payload).toMatchObject({ dseq: 1, cursor: { offset: sent } })
    expect(open.wire.frames.slice(-2).map((frame) => frame.type)).toEqual(['mark', 'message'])
  })
})

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
    expect(mark?.payload).toMatchObject({ dseq: before.length, cursor: { offset: cursor.offset + before.length } })
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
    const at = bench({ system: { journal: createMemoryJournal({ clock, ids, events: 5 }) } })
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

  it('takes a cursor of another epoch for a gap, and starts from now', async () => {
    const at = bench()
    const first = await welcomed(at)
    first.say('subscribe', { patterns: ['team.#'] })
    await publish(at, 'team.blue', 1)
    first.connection.closed()
    const second = await welcomed(at, { resume: { session: first.session, cursor: { epoch: 'another', offset: 1 } } })
    await publish(at, 'team.blue', 2)
    await settle()
    expect(second.wire.frames[0]?.payload['cursor']).toEqual({ epoch: at.system.journal.epoch, offset: 1 })
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

describe('a token', () => {
  const secret = 'a secret for tests'

  it('that ends closes the connection at that moment, with a sentence', async () => {
    const at = bench({ secret })
    const token = await signToken({ sub: 'ann', ttl: 10_000 }, secret, at.clock.now())
    const { wire } = await welcomed(at, { token })
    expect(wire.ofType('welcome')[0]?.payload['expires']).toBe(at.clock.now() + 10_000)
    await at.clock.advance(9_999)
    expect(wire.ended).toBeUndefined()
    await at.clock.advance(1)
    expect(wire.frames.at(-1)).toMatchObject({ type: 'error', payload: { code: 'AUTH_EXPIRED' } })
    expect(wire.ended?.code).toBe(4401)
  })

  it('that is renewed in time keeps the connection and changes its rights', async () => {
    const at = bench({ secret })
    const token = (ttl: number, read: string[], sub = 'ann') =>
      signToken({ sub, ttl, channels: { read } }, secret, at.clock.now())
    const open = await welcomed(at, { token: await token(10_000, ['#']) })
    open.say('subscribe', { patterns: ['#'] })
    const id = open.say('refresh', { token: await token(60_000, ['task.#']) })
    const reply = await open.wire.until((frame) => frame.correlationId === id)
    expect(reply).toMatchObject({ type: 'reply', payload: { expires: at.clock.now() + 60_000 } })
    await at.clock.advance(20_000)
    await publish(at, 'team.blue', 'no longer')
    await publish(at, 'task.t1', 'still')
    await settle()
    expect(bodies(open)).toEqual(['still'])
    expect(open.wire.ended).toBeUndefined()
  })

  it('of somebody else does not renew', async () => {
    const at = bench({ secret })
    const token = (sub: string) => signToken({ sub, ttl: 60_000 }, secret, at.clock.now())
    const open = await welcomed(at, { token: await token('ann') })
    const id = open.say('refresh', { token: await token('bob') })
    const refused = await open.wire.until((frame) => frame.correlationId === id)
    expect(refused).toMatchObject({ type: 'error', payload: { code: 'AUTH_FAILED' } })
    expect(open.wire.ended).toBeUndefined()
  })

  it('of the header serves when hello brings none', async () => {
    const at = bench({ secret })
    const token = await signToken({ sub: 'ann', ttl: 60_000 }, secret, at.clock.now())
    const { wire } = await welcomed(at, {}, { token })
    expect(wire.ofType('welcome')[0]?.payload['client']).toBe('ann')
  })
})

describe('the heartbeat', () => {
  it('asks a silent client, twice, and then takes it for dead', async () => {
    const at = bench()
    const { wire } = await welcomed(at)
    await at.clock.advance(30_000)
    expect([wire.ofType('ping').length, wire.pings]).toEqual([1, 1])
    await at.clock.advance(30_000)
    expect(wire.ended).toBeUndefined()
    await at.clock.advance(30_000)
    expect(wire.ofType('ping').length).toBe(2)
    expect(wire.ended?.code).toBe(1006)
  })

  it.each([
    ['any frame, even a bad one', (open: Open) => open.connection.message('nonsense')],
    ['the answer that every WebSocket gives by itself', (open: Open) => open.connection.alive()],
  ])('takes %s for life', async (_, live) => {
    const at = bench()
    const open = await welcomed(at)
    for (let count = 0; count < 10; count++) {
      await at.clock.advance(29_000)
      live(open)
    }
    expect(open.wire.ended).toBeUndefined()
  })
})

describe('what cannot be understood', () => {
  it.each([
    ['text that is no JSON', 'nonsense', 'BAD_FRAME'],
    ['a list', '[1,2]', 'BAD_FRAME'],
    ['null', 'null', 'BAD_FRAME'],
    ['a frame without an id', '{"type":"ping"}', 'INVALID_MESSAGE'],
    ['a word that there is not', '{"id":"x","type":"dance"}', 'INVALID_MESSAGE'],
    ['a payload of the wrong shape', '{"id":"x","type":"agent.pause","payload":{"id":7}}', 'INVALID_MESSAGE'],
    ['a key that reaches into prototypes', '{"id":"x","type":"ping","payload":{"__proto__":{}}}', 'BAD_FRAME'],
    ['a depth that no message has', '['.repeat(10_000), 'BAD_FRAME'],
  ])('%s is answered and the connection lives on', async (_, text, code) => {
    const at = bench()
    const open = await welcomed(at)
    open.connection.message(text)
    open.say('ping')
    await settle()
    expect(open.wire.frames.slice(1).map((frame) => frame.payload['code'] ?? frame.type)).toEqual([code, 'pong'])
    expect(at.errors).toEqual([])
  })

  it('quotes what came, shortly, and names the frame it answers', async () => {
    const open = await welcomed(bench())
    open.connection.message(JSON.stringify({ id: 'mine', type: 'agent.pause', payload: { id: 'no good '.repeat(1_000) } }))
    await settle()
    const error = open.wire.frames.at(-1)
    expect(error).toMatchObject({ type: 'error', correlationId: 'mine' })
    expect(error?.payload['details']).toBeUndefined()
    const message = String(error?.payload['message'])
    expect(message).toContain('agent.pause')
    expect(message).toContain('"no good no good')
    expect(message.length).toBeLessThan(400)
  })

  it('is answered a message too large with both sizes', async () => {
    const open = await welcomed(bench())
    open.connection.tooLarge(1_500_000)
    await settle()
    expect(open.wire.frames.at(-1)?.payload).toMatchObject({
      code: 'MESSAGE_TOO_LARGE',
      message: expect.stringMatching(/1048576.*1500000/),
    })
  })
})

it('a client that reads nothing but keeps asking loses its connection, not the server its memory', async () => {
  const at = bench({ limits: { outbox: { messages: 100, bytes: 100_000 } } })
  const open = await welcomed(at)
  open.wire.buffered = 2_000_000
  for (let count = 0; count < 2_000 && !open.wire.ended; count++) {
    open.say('dance')
    await settle()
  }
  expect(open.wire.ended?.code).toBe(1008)
})
