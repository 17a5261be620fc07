import { describe, expect, it } from 'vitest'
import { signToken } from '../../bridge/token.js'
import { settle } from '../kit/quiet.js'
import { bench } from '../kit/socket.js'
import { bodies, type Open, publish, welcomed } from '../kit/welcome.js'

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

  it('is told of a minute before its end, or at half of a shorter life, and again for the next one', async () => {
    const at = bench({ secret })
    const token = (ttl: number) => signToken({ sub: 'ann', ttl }, secret, at.clock.now())
    const { wire, say } = await welcomed(at, { token: await token(100_000) })
    const ends = at.clock.now() + 100_000
    const told = () => wire.ofType('expiring').map(({ payload }) => payload['expires'])
    await at.clock.advance(49_999)
    expect(told()).toEqual([])
    await at.clock.advance(1)
    expect(told()).toEqual([ends])
    const id = say('refresh', { token: await token(130_000) })
    await wire.until((frame) => frame.correlationId === id)
    await at.clock.advance(69_999)
    expect(told()).toEqual([ends])
    await at.clock.advance(1)
    expect(told()).toEqual([ends, at.clock.now() + 60_000])
    say('pong')
    await at.clock.advance(60_000)
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

  it('that covers less lets go of the patterns that it does not cover at all, and says which', async () => {
    const at = bench({ secret })
    const token = (read: string[]) => signToken({ sub: 'ann', ttl: 60_000, channels: { read } }, secret, at.clock.now())
    const open = await welcomed(at, { token: await token(['#']) })
    open.say('subscribe', { patterns: ['task.#', 'team.#'] })
    open.say('refresh', { token: await token(['team.#']) })
    const told = await open.wire.until((frame) => frame.type === 'error')
    expect(told).toMatchObject({ payload: { code: 'FORBIDDEN', details: { pattern: 'task.#' } } })
    const id = open.say('refresh', { token: await token(['#']) })
    await open.wire.until((frame) => frame.correlationId === id)
    await publish(at, 'task.t1', 'let go')
    await publish(at, 'team.blue', 'kept')
    await settle()
    expect(bodies(open)).toEqual(['kept'])
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
  it('leaves a client alone that answers, however late the beats are', async () => {
    const at = bench()
    const open = await welcomed(at)
    for (let beat = 0; beat < 8; beat++) {
      const asked = open.wire.ofType('ping').length
      // Each beat comes later than the answer to the last ping, as on a machine that is busy.
      await at.clock.advance(30_000)
      if (open.wire.ofType('ping').length > asked) open.say('pong', {})
    }
    expect(open.wire.ofType('ping').length).toBeGreaterThan(3)
    expect(open.wire.ended).toBeUndefined()
  })

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
    open.connection.tooLarge(1_500_000, 1_048_576)
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
