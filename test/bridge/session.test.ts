import { describe, expect, it } from 'vitest'
import { settle } from '../kit/quiet.js'
import { bench } from '../kit/socket.js'
import { bodies, cursorOf, type Open, publish, welcomed } from '../kit/welcome.js'

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
    ['a message over the limit', (open: Open) => open.connection.tooLarge(2_000_000, 65_536)],
  ])('%s costs the connection', async (_, say) => {
    const open = bench().open()
    say(open)
    await settle()
    expect(open.wire.frames).toMatchObject([{ type: 'error', payload: { code: 'AUTH_REQUIRED' } }])
    expect(open.wire.ended?.code).toBe(4401)
  })

  it('a hello that cannot be read is answered as such, by its id', async () => {
    const open = bench().open()
    const id = open.say('hello', { token: 7 })
    await settle()
    expect(open.wire.frames).toMatchObject([{ type: 'error', correlationId: id, payload: { code: 'AUTH_REQUIRED' } }])
    expect(open.wire.frames[0]?.payload['message']).toMatch(/has to be a hello that can be read\..*token/)
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

  it('hears an event of which no codec can write some part, with words in its place', async () => {
    const at = bench()
    const open = await welcomed(at)
    open.say('subscribe', { patterns: ['team.#'] })
    const loop: Record<string, unknown> = { at: 1 }
    loop['loop'] = loop
    await publish(at, 'team.blue', loop)
    await publish(at, 'team.blue', 'next')
    await settle()
    expect(bodies(open)).toEqual([{ at: 1, loop: '[refers to itself]' }, 'next'])
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
