import { connect as connectTcp, type Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { createManualClock } from '../../../src/clock.js'
import { open, setUp } from '../../kit/world.js'

/** A message in one frame, as a client sends it: with a mask, of zeros. */
const frameOf = (text: string): Buffer => {
  const body = Buffer.from(text)
  const length = body.length < 126 ? [0x80 | body.length] : [0xfe, body.length >> 8, body.length & 255]
  return Buffer.concat([Buffer.from([0x81, ...length, 0, 0, 0, 0]), body])
}

const ping = Buffer.from([0x89, 0x80, 0, 0, 0, 0])

interface Raw {
  readonly socket: Socket
  /** Everything that was read, as text. */
  text(): string
  /** Resolves when that has been read. */
  until(pattern: RegExp): Promise<void>
  readonly closed: Promise<void>
}

/** A connection that was let in, byte by byte. */
const raw = async (port: number): Promise<Raw> => {
  const socket = connectTcp({ port, host: '127.0.0.1' })
  let text = ''
  let wake = () => {}
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  socket.on('error', () => {})
  socket.on('data', (data) => {
    text += data.toString('latin1')
    wake()
  })
  open.push(async () => socket.destroy())
  const until = async (pattern: RegExp): Promise<void> => {
    while (!pattern.test(text))
      await new Promise<void>((resolve) => {
        wake = resolve
      })
  }
  const head = [
    'GET /native HTTP/1.1',
    'Host: localhost',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
  ]
  socket.write([...head, 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', '', ''].join('\r\n'))
  await until(/101 Switching Protocols.*\r\n\r\n/s)
  return { socket, text: () => text, until, closed }
}

const still = async (options: Parameters<typeof setUp>[0] = {}) => {
  const clock = createManualClock()
  const world = await setUp(options, { clock })
  /** A raw connection that was welcomed. */
  const known = async (): Promise<Raw> => {
    const one = await raw(world.bridge.port)
    one.socket.write(frameOf(JSON.stringify({ id: 'h', type: 'hello', payload: { token: await world.token() } })))
    await one.until(/"type":"welcome"/)
    return one
  }
  return { ...world, clock, known }
}

describe('a client that sends a byte a second', () => {
  it('is cut when its hello is not there in time, told why', async () => {
    const { bridge, clock, token } = await still()
    const one = await raw(bridge.port)
    const hello = frameOf(JSON.stringify({ id: 'h', type: 'hello', payload: { token: await token() } }))
    for (let second = 0; second < 5; second++) {
      one.socket.write(hello.subarray(second, second + 1))
      await clock.advance(1_000)
    }
    await one.until(/AUTH_REQUIRED.*No hello came within 5000 ms/)
    // The farewell is not answered; nobody waits for that longer than the socket's own time.
    one.socket.destroy()
    await one.closed
    expect(bridge.connections).toBe(0)
  })

  it('is cut when no message of it is ever whole, however long it goes on', async () => {
    const { bridge, clock, known, welcome } = await still({ heartbeat: 1_000 })
    const one = await known()
    const other = await welcome()
    const message = frameOf(JSON.stringify({ id: 'r', type: 'view.get', payload: {} }))
    expect(bridge.connections).toBe(2)
    let gone = false
    void one.closed.then(() => {
      gone = true
    })
    let sent = 0
    for (let second = 0; second < 6 && !gone; second++) {
      one.socket.write(message.subarray(sent, ++sent))
      await other.ask('ping')
      await clock.advance(1_000)
    }
    await one.closed
    expect(sent).toBeLessThan(message.length)
    expect(bridge.connections).toBe(1)
  })
})

describe('a client that hardly reads', () => {
  const text = 'x'.repeat(20_000)

  it('has so much waiting for it and no more, and holds up nobody', async () => {
    const { system, known, welcome, clock, bridge } = await still({ outbox: { messages: 50 } })
    const slow = await known()
    const quick = await welcome()
    slow.socket.write(frameOf(JSON.stringify({ id: 's', type: 'subscribe', payload: { patterns: ['team.#'] } })))
    await slow.until(/"correlationId":"s"/)
    await quick.ask('subscribe', { patterns: ['team.#'] })
    slow.socket.pause()
    for (let at = 0; at < 1_500; at++) {
      await system.channel('team.blue').publish({ at, text })
      if (at % 25 === 24)
        await quick.until(({ payload }) => payload['at'] === at || JSON.stringify(payload).includes(`"at":${at},`))
      if (at % 100 === 0) slow.socket.write(ping)
    }
    expect(quick.frames.filter(({ channel }) => channel === 'team.blue')).toHaveLength(1_500)
    const { payload } = await quick.ask('metrics.get')
    expect(JSON.stringify(payload)).not.toContain('"deliveryRate":1,')
    // It says that it lives, and so it is kept, and told what it missed when it reads on.
    await clock.advance(30_000)
    expect(bridge.connections).toBe(2)
    slow.socket.resume()
    await slow.until(/"type":"dropped"/)
  })

  it('is closed when it goes on asking and never reads the answers', async () => {
    const { known, bridge } = await still({ outbox: { bytes: 100_000 }, subscriptions: 100_000 })
    const one = await known()
    one.socket.pause()
    const patterns = Array.from({ length: 300 }, (_, at) => `team.${'x'.repeat(100)}.${at}`)
    const ask = frameOf(JSON.stringify({ id: 's', type: 'subscribe', payload: { patterns } }))
    let gone = false
    void one.closed.then(() => {
      gone = true
    })
    while (!gone && bridge.connections > 0) await new Promise<void>((resolve) => one.socket.write(ask, () => resolve()))
    expect(bridge.connections).toBe(0)
  })
})
