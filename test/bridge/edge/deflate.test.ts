import { describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { deflateLimits } from '../../../bridge/edge/deflate.js'
import { createManualClock } from '../../../src/clock.js'
import { connectRaw } from '../../kit/tclient.js'
import { open, setUp } from '../../kit/world.js'

/** A client that offers to compress, welcome. */
const compressing = async (
  options: Parameters<typeof setUp>[0] = {},
  codec: 'json' | 'msgpack' = 'json',
  settings: Parameters<typeof setUp>[1] = {},
) => {
  const world = await setUp({ deflate: true, ...options }, settings)
  const one = await connectRaw(world.bridge.url, { deflate: true, codec })
  open.push(() => one.close())
  await one.hello({ token: await world.token() })
  return { ...world, one }
}

describe('compression', () => {
  it('is off unless it is asked for, on both sides', async () => {
    const { bridge } = await setUp()
    const offering = await connectRaw(bridge.url, { deflate: true })
    const on = await setUp({ deflate: true })
    const silent = await connectRaw(on.bridge.url)
    for (const one of [offering, silent]) {
      expect(one.socket.extensions).toBe('')
      one.socket.terminate()
    }
  })

  it.each(['json', 'msgpack'] as const)('carries what is said in %s, each way, in order', async (codec) => {
    const { one, bridge } = await compressing({}, codec)
    expect(one.socket.extensions).toBe('permessage-deflate')
    await one.ask('subscribe', { patterns: ['team.#'] })
    const bodies = Array.from({ length: 60 }, (_, at) => ({ at, text: 'long '.repeat(at % 3 === 0 ? 2_000 : 1) }))
    for (const body of bodies) one.say('channel.publish', { topic: 'team.blue', body })
    await one.until(({ channel, payload }) => channel === 'team.blue' && JSON.stringify(payload).includes('"at":59'))
    const heard = one.frames.filter(({ channel }) => channel === 'team.blue').map(({ payload }) => payload['body'] ?? payload)
    expect(heard).toEqual(bodies)
    expect(bridge.connections).toBe(1)
  })

  it('is within bounds that both sides agree on', async () => {
    const agreed = async (deflate: true | object) => {
      const { bridge } = await setUp({ deflate })
      const socket = new WebSocket(bridge.url, ['troupe.v1+json'], { perMessageDeflate: true })
      const header = await new Promise((resolve) => {
        socket.once('upgrade', ({ headers }) => resolve(headers['sec-websocket-extensions']))
      })
      socket.terminate()
      return header
    }
    const bounded = [
      'server_no_context_takeover',
      'client_no_context_takeover',
      'server_max_window_bits=12',
      'client_max_window_bits=12',
    ]
    expect(
      String(await agreed(true))
        .split('; ')
        .sort(),
    ).toEqual(['permessage-deflate', ...bounded].sort())
    expect(
      String(await agreed({ contextTakeover: true, windowBits: 10 }))
        .split('; ')
        .sort(),
    ).toEqual([...['client_max_window_bits=10', 'permessage-deflate', 'server_max_window_bits=10']])
  })

  it('goes on when what waited has been compressed, however much that was', async () => {
    const outbox = { messages: 100_000, bytes: 268_435_456 }
    // Time stands still, so that no mark falls due that would be a reason to write.
    const { one, system } = await compressing({ outbox }, 'json', { clock: createManualClock() })
    await one.ask('subscribe', { patterns: ['team.#'] })
    // What waits is much, and what the socket is given little: it is never full, and never says that it is free again.
    const text = 'x'.repeat(8_000)
    for (let at = 0; at < 1_500; at++) system.channel('team.blue').publish({ type: 'message', body: { at, text } })
    await one.until(({ channel, payload }) => channel === 'team.blue' && JSON.stringify(payload).includes('"at":1499'))
    expect(one.frames.filter(({ channel }) => channel === 'team.blue')).toHaveLength(1_500)
    expect(one.frames.filter(({ type }) => type === 'dropped')).toEqual([])
  })

  it('cuts a bomb when it has unpacked more than a message may have, and harms nobody else', async () => {
    const { one, welcome } = await compressing()
    const other = await welcome()
    one.socket.send(Buffer.alloc(100 * 1_048_576, 0x20).toString('latin1'))
    expect((await one.closed).code).toBe(1009)
    expect((await other.ask('ping')).type).toBe('pong')
  })

  it('tells who is welcome that a message is too large when it was unpacked, and lives', async () => {
    const { one } = await compressing()
    one.socket.send(' '.repeat(1_500_000))
    expect((await one.until(({ type }) => type === 'error')).payload).toMatchObject({ code: 'MESSAGE_TOO_LARGE' })
    expect((await one.ask('ping')).type).toBe('pong')
  })

  it('lets nobody unpack more than a stranger may say', async () => {
    const { bridge } = await setUp({ deflate: true })
    const one = await connectRaw(bridge.url, { deflate: true })
    one.say('hello', { token: 'x'.repeat(500_000) })
    expect((await one.until(({ type }) => type === 'error')).payload).toMatchObject({
      message: expect.stringContaining('may send 65536 bytes'),
    })
    expect((await one.closed).code).toBe(4401)
  })

  it.each([{ windowBits: 8 }, { windowBits: 16 }, { memLevel: 0 }, { concurrency: 0 }, { threshold: -1 }])(
    'refuses %j as an option',
    (options) => {
      expect(() => deflateLimits(options)).toThrow(/The option deflate\.\w+ expects a whole number/)
    },
  )
})
