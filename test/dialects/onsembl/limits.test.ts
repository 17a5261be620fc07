import { describe, expect, it } from 'vitest'
import { type OnsemblOptions, onsembl } from '../../../bridge/dialects/onsembl/index.js'
import { anybody, signToken, verifyToken } from '../../../bridge/token.js'
import { settle } from '../../kit/quiet.js'
import { bench } from '../../kit/socket.js'
import { patient } from './agents.js'
import { allFit, onsemblWorld } from './dashboard.js'

const secret = 'a secret for tests'

/** A dashboard that is welcome, on a clock that moves when told. `ttl`: of its token. */
const still = async (settings: OnsemblOptions = {}, ttl?: number) => {
  const at = bench({ secret })
  const { clock } = at
  const token = ttl === undefined ? undefined : await signToken({ sub: 'ann', ttl, permissions: ['admin'] }, secret, clock.now())
  const admitted = token === undefined ? anybody : await verifyToken(token, secret, clock.now())
  const open = at.open({ dialect: onsembl(settings), admitted, ...(token === undefined ? {} : { token }) })
  at.system.spawn(patient, { id: 'agent-1', queue: 1_000 })
  await settle()
  const { wire, say } = open
  const errors = () => wire.ofType('error').map(({ payload }) => payload)
  const beat = async (sequence: number) => {
    say('heartbeat', { sequence })
    await settle()
  }
  const echoes = () => wire.ofType('heartbeat').map(({ payload }) => payload['sequence'])
  return { ...at, ...open, errors, beat, echoes }
}

describe('a heartbeat', () => {
  it('is echoed with its sequence', async () => {
    const { beat, echoes } = await still()
    await beat(1)
    expect(echoes()).toEqual([1])
  })

  it('keeps the connection for as long as it comes every 30 s', async () => {
    const { clock, beat, echoes, wire, errors } = await still()
    for (let at = 1; at <= 20; at++) {
      await clock.advance(30_000)
      await beat(at)
    }
    expect(echoes().length).toBe(20)
    expect(errors()).toEqual([])
    expect(wire.ended).toBeUndefined()
  })

  it('that stays away for 60 s ends the connection, and nothing asks for it before', async () => {
    const { clock, wire } = await still()
    await clock.advance(100)
    const frames = wire.frames.length
    await clock.advance(59_899)
    expect(wire.ended).toBeUndefined()
    expect([wire.frames.length, wire.pings]).toEqual([frames, 0])
    // All connections are looked at together, every 3 s.
    await clock.advance(6_001)
    expect(wire.ended?.code).toBe(1006)
  })

  it('may miss once', async () => {
    const { clock, beat, wire } = await still()
    await clock.advance(55_000)
    await beat(1)
    await clock.advance(55_000)
    expect(wire.ended).toBeUndefined()
  })

  it('comes a little early or late without being refused: by the network, by a timer, by a clock that is 5 % fast', async () => {
    const { clock, beat, errors } = await still()
    for (const wait of [31_000, 29_000, 38_000, 22_000, 35_000, 25_000, 30_500, 29_500]) {
      await clock.advance(wait)
      await beat(1)
    }
    for (let at = 0; at < 200; at++) {
      await clock.advance(28_500)
      await beat(at)
    }
    expect(errors()).toEqual([])
  })

  it('more often than that is refused with RATE_LIMIT, and when to try again', async () => {
    const { beat, echoes, errors, clock } = await still()
    for (let at = 1; at <= 4; at++) await beat(at)
    expect(echoes()).toEqual([1, 2])
    expect(errors()).toMatchObject([
      { code: 'RATE_LIMIT', recoverable: true, details: { retryAfter: 27_000 } },
      { code: 'RATE_LIMIT', recoverable: true },
    ])
    await clock.advance(27_000)
    await beat(5)
    expect(echoes()).toEqual([1, 2, 5])
  })
})

describe('the limits', () => {
  it('are 10 commands in a minute', async () => {
    const { system, say, errors, clock, wire } = await still()
    const request = () => say('command:request', { agentId: 'agent-1', command: 'wait', priority: 'normal' })
    for (let at = 0; at < 12; at++) request()
    await settle()
    expect(system.state.tasks.size).toBe(10)
    expect(errors()).toMatchObject([
      { code: 'RATE_LIMIT', recoverable: true, message: expect.stringContaining('10 commands in 60 s') },
      { code: 'RATE_LIMIT', recoverable: true, details: { retryAfter: 6_000 } },
    ])
    await clock.advance(6_000)
    request()
    await settle()
    expect(system.state.tasks.size).toBe(11)
    allFit({ frames: wire.frames as never })
  })

  it('are 100 messages in a second, of whatever kind', async () => {
    const { connection, errors, clock } = await still()
    for (let at = 0; at < 101; at++) connection.message('nonsense')
    await settle()
    const codes = () => errors().map(({ code }) => code)
    expect(codes().slice(0, 100)).toEqual(Array.from({ length: 100 }, () => 'INVALID_MESSAGE'))
    expect(codes().slice(100)).toEqual(['RATE_LIMIT'])
    await clock.advance(1_000)
    connection.message('nonsense')
    await settle()
    expect(codes().at(-1)).toBe('INVALID_MESSAGE')
  })

  it('can be set', async () => {
    const { say, beat, errors, echoes } = await still({ commandsPerMinute: 1, messagesPerSecond: 4, heartbeat: 1_000 })
    for (let at = 0; at < 2; at++) say('command:request', { agentId: 'agent-1', command: 'wait', priority: 'normal' })
    await beat(1)
    await beat(2)
    await beat(3)
    expect(errors().map(({ message }) => String(message).replace(/;.*/, ''))).toEqual([
      'The limit is 1 commands in 60 s, 1 at once',
      'The limit is 4 messages in 1 s, 4 at once',
    ])
    expect(echoes()).toEqual([1, 2])
  })

  it('are each dashboard its own', async () => {
    const { open, system } = await still()
    const two = open({ dialect: onsembl({}), admitted: anybody })
    for (let at = 0; at < 10; at++) two.say('command:request', { agentId: 'agent-1', command: 'wait', priority: 'normal' })
    const three = open({ dialect: onsembl({}), admitted: anybody })
    three.say('command:request', { agentId: 'agent-1', command: 'wait', priority: 'normal' })
    await settle()
    expect(system.state.tasks.size).toBe(11)
  })

  it('are 1 MB for a message: one more byte is refused, and the connection lives', async () => {
    const { dashboard } = await onsemblWorld()
    const one = await dashboard()
    one.say(' '.repeat(1_048_577))
    expect(await one.payload('error')).toMatchObject({ code: 'INVALID_MESSAGE', details: { reason: 'MESSAGE_TOO_LARGE' } })
    one.tell('heartbeat', { sequence: 1 })
    await one.type('heartbeat')
  })
})

describe('a token that is about to expire', () => {
  it('is announced with TOKEN_EXPIRING a minute before, then the connection is closed with AUTH_FAILED', async () => {
    const { clock, beat, errors, wire } = await still({}, 150_000)
    for (let at = 0; at < 3; at++) {
      await clock.advance(29_999)
      await beat(at)
    }
    expect(errors()).toEqual([])
    await clock.advance(3)
    await settle()
    expect(errors()).toMatchObject([{ code: 'TOKEN_EXPIRING', recoverable: true, message: expect.stringContaining('60 s') }])
    await clock.advance(30_000)
    await beat(4)
    await clock.advance(30_000)
    expect(errors().at(-1)).toMatchObject({ code: 'AUTH_FAILED', recoverable: false })
    expect(wire.ended?.code).toBe(4401)
    allFit({ frames: wire.frames as never })
  })

  it('is replaced in time with token:refresh, and the connection lives on', async () => {
    const { clock, beat, errors, wire, say } = await still({}, 100_000)
    await clock.advance(50_000)
    await wire.until(({ type }) => type === 'error')
    say('token:refresh', { token: await signToken({ sub: 'ann', ttl: 1_000_000 }, secret, clock.now()) })
    await wire.until(() => wire.ofType('connection:ack').length === 2)
    await clock.advance(50_001)
    await beat(1)
    expect(errors().map(({ code }) => code)).toEqual(['TOKEN_EXPIRING'])
    expect(wire.ended).toBeUndefined()
  })
})
