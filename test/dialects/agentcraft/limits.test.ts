/** Time and limits, on a clock that stands still unless told otherwise; and frames that nobody planned for. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { agent, swarm, task } from '../../../actors/index.js'
import type { Dialect } from '../../../bridge/dialect.js'
import { agentcraft, inbound } from '../../../bridge/dialects/agentcraft/index.js'
import { anybody } from '../../../bridge/token.js'
import { settle } from '../../kit/quiet.js'
import { bench } from '../../kit/socket.js'
import { allFit } from './dashboard.js'

const setUp = (
  settings: Parameters<typeof agentcraft>[0] = {},
  limits: NonNullable<Parameters<typeof bench>[0]>['limits'] = {},
) => {
  const stand = bench({ limits })
  const dialect = agentcraft(settings) as Dialect
  const open = async (id = 'client', admitted = anybody) => {
    const { connection, wire } = stand.open({ dialect, admitted, params: { id } })
    await settle()
    const say = async (frame: unknown) => {
      connection.message(typeof frame === 'string' ? frame : JSON.stringify(frame))
      await settle()
    }
    return { connection, wire, say, of: (type: string) => wire.ofType(type) }
  }
  return { ...stand, open }
}

describe('the heartbeat', () => {
  it('is a ping after 30 s of silence; pong is heard, and answered by nothing', async () => {
    const { clock, open } = setUp()
    const { of, say, wire } = await open()
    await clock.advance(29_000)
    expect(of('ping')).toEqual([])
    await clock.advance(4_000)
    expect(of('ping')).toEqual([{ type: 'ping', timestamp: expect.any(Number) }])
    const before = wire.frames.length
    await say({ type: 'pong' })
    for (let at = 0; at < 10; at++) {
      await clock.advance(33_000)
      await say({ type: 'pong' })
    }
    expect(wire.frames.slice(before).every(({ type }) => type === 'ping')).toBe(true)
    expect(of('ping').length).toBeGreaterThan(5)
    expect(wire.ended).toBeUndefined()
  })

  it('ends a connection that answers none of two pings, in no way', async () => {
    const { clock, open } = setUp()
    const { of, wire } = await open()
    await clock.advance(100_000)
    expect(of('ping')).toHaveLength(2)
    expect(wire.ended?.code).toBe(1006)
  })

  it('is content with a browser that answers for its page', async () => {
    const { clock, open } = setUp({ heartbeat: 10_000, missedPings: 1 })
    const { connection, wire } = await open()
    for (let at = 0; at < 20; at++) {
      await clock.advance(11_000)
      connection.alive()
    }
    expect(wire.pings).toBeGreaterThan(10)
    expect(wire.ended).toBeUndefined()
  })
})

describe('the limit of messages', () => {
  it('is 60 a minute for a client id, also over a reconnect; each more is answered with an error, and pong is free', async () => {
    const { clock, open } = setUp()
    const ann = { ...anybody, sub: 'ann' }
    const first = await open('client', ann)
    for (let at = 0; at < 40; at++) await first.say({ type: 'get_session_state', session_id: 'x' })
    first.connection.close(1000, 'bye')
    const { say, of } = await open('client', ann)
    for (let at = 0; at < 100; at++) await say({ type: 'pong' })
    for (let at = 0; at < 22; at++) await say(at === 0 ? 'not JSON' : { type: 'get_session_state', session_id: 'x' })
    expect(of('session_not_found')).toHaveLength(19)
    expect(of('error').map((frame) => 'message' in frame && frame.message)).toEqual([
      expect.stringMatching(/JSON/),
      ...Array.from({ length: 2 }, () => expect.stringMatching(/^The limit is 60 messages in 60 s.*try again in \d+ ms/)),
    ])
    const other = await open('other', ann)
    await other.say({ type: 'get_session_state', session_id: 'x' })
    expect(other.of('session_not_found')).toHaveLength(1)
    await clock.advance(1_000)
    await say({ type: 'get_session_state', session_id: 'x' })
    expect(of('session_not_found')).toHaveLength(20)
  })

  it('can be another', async () => {
    const { open } = setUp({ messagesPerMinute: 1 })
    const { say, of } = await open()
    await say({ type: 'stop_log_streaming' })
    await say({ type: 'stop_log_streaming' })
    expect([of('log_streaming_stopped').length, of('error').length]).toEqual([1, 1])
    expect(() => agentcraft({ messagesPerMinute: 0 })).toThrow('whole number of 1 or more')
  })
})

describe('nonsense', () => {
  it.each([
    ['not JSON', /JSON/],
    [[1], /an array/],
    [{ type: 'dance' }, /no message of type "dance".*get_session_logs/],
    [{}, /no message of type nothing/],
    [{ type: 'constructor' }, /no message of type/],
    [{ type: 'get_session_state' }, /get_session_state needs a session_id.*got nothing/],
    [{ type: 'get_session_logs', session_id: 7 }, /needs a session_id.*got 7/],
    [{ type: 'start_log_streaming', session_id: '' }, /needs a session_id/],
  ])('%j is answered with an error, and the connection lives', async (frame, sentence) => {
    const { open } = setUp()
    const { say, of } = await open()
    await say(frame)
    const [error] = of('error')
    expect(error).toEqual({ type: 'error', message: expect.stringMatching(sentence), timestamp: expect.any(Number) })
    await say({ type: 'stop_log_streaming' })
    expect(of('log_streaming_stopped')).toHaveLength(1)
  })

  it('of any kind never breaks it, and what is valid is always answered with a frame that fits', async () => {
    const { open, system, clock, errors } = setUp({ messagesPerMinute: 1_000_000 })
    const idle = agent('idle', { hears: { work: {} }, on: { work: (_, { output }) => output('done') } })
    system.spawn(idle, { id: 'ada' })
    const crew = system.spawn(swarm({ id: 's', goal: 'x', members: ['ada'] }))
    const { say, of, wire } = await open()
    const valid = fc.record({
      type: fc.constantFrom(...Object.keys(inbound)),
      session_id: fc.oneof(fc.constant('s'), fc.string({ minLength: 1, maxLength: 256 })),
    })
    const mutated = fc.oneof(fc.json(), fc.string(), fc.record({ type: fc.anything(), session_id: fc.anything() }))
    await fc.assert(
      fc.asyncProperty(valid, mutated, async (frame, odd) => {
        const before = wire.frames.length
        await say(frame)
        expect(wire.frames.length - before).toBe(frame.type === 'pong' ? 0 : 1)
        expect(of('error')).toEqual(wire.frames.filter(({ type }) => type === 'error'))
        await say(odd)
        system.spawn(task({ to: crew, message: { type: 'work' } }))
        await clock.advance(100)
        await settle()
      }),
      { numRuns: 50 },
    )
    allFit(wire.frames)
    expect(errors).toEqual([])
    expect(wire.ended).toBeUndefined()
  })
})

describe('output', () => {
  it('is gathered for 50 ms, and what is too much of it is left out with a word', async () => {
    const { open, system, clock } = setUp({ output: { buffer: 10, chunk: 4 } })
    const loud = agent('loud', {
      hears: { work: {} },
      on: {
        work: async (_, { output, sleep }) => {
          for (const text of ['one', 'two', 'three', 'four']) output(text)
          await sleep(1_000)
        },
      },
    })
    system.spawn(loud, { id: 'ada', name: 'Ada' })
    const crew = system.spawn(swarm({ id: 's', goal: 'x', members: ['ada'] }))
    const { of } = await open()
    system.spawn(task({ to: crew, message: { type: 'work' } }))
    await clock.advance(40)
    expect(of('crew_output')).toEqual([])
    await clock.advance(20)
    await settle()
    expect(of('crew_output')).toMatchObject([
      { data: { content: '[2 pieces of output were left out]\nthreefour', output_type: 'stdout', agent_name: 'Ada' } },
    ])
  })
})

describe('a client that reads too slowly', () => {
  it('is told what was left out, and what to do', async () => {
    const { open, system } = setUp({}, { outbox: { messages: 3, bytes: 1_000_000 } })
    const { of } = await open()
    const calm = agent('calm', { hears: {}, on: {} })
    for (let at = 0; at < 5; at++) system.spawn(calm, { id: `a${at}` })
    await settle()
    expect(of('error').length).toBeGreaterThan(0)
    expect(of('error')[0]).toMatchObject({
      message: expect.stringMatching(
        /^\d+ messages about agent\.a0\.\w+ were left out, since the client reads too slowly; ask for/,
      ),
    })
  })
})

describe('a crowd', () => {
  it('is told with those who are busy first, as many as the option says', async () => {
    const { open, system, clock } = setUp({ pushedAgents: 3 })
    const worker = agent('worker', { hears: { work: {} }, on: { work: (_, { sleep }) => sleep(1_000) } })
    const members = Array.from({ length: 10 }, (_, at) => system.spawn(worker, { id: `w${at}` }).id)
    const crew = system.spawn(swarm({ id: 's', goal: 'x', members }))
    await settle()
    const { of } = await open()
    system.spawn(task({ to: crew, message: { type: 'work' } }))
    await clock.advance(10)
    const last = of('agent_status_update').at(-1) as unknown as {
      state: { total_agents: number; active_agents: { status: string }[] }
    }
    expect(last.state.total_agents).toBe(10)
    expect(last.state.active_agents.map(({ status }) => status)).toEqual(['processing', 'idle', 'idle'])
  })
})
