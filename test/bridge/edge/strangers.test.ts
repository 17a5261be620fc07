import { execFileSync } from 'node:child_process'
import { connect as connectTcp, type Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { createManualClock } from '../../../src/clock.js'
import { drivers } from '../../kit/drivers.js'
import { connectRaw, refusedUpgrade } from '../../kit/tclient.js'
import { open, setUp } from '../../kit/world.js'

const upgrade = [
  ...['GET /native HTTP/1.1', 'Host: localhost', 'Connection: Upgrade', 'Upgrade: websocket'],
  ...['Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', '', ''],
].join('\r\n')

interface Stranger {
  readonly socket: Socket
  /** The status of what it was answered, else `closed`. */
  readonly answer: Promise<string>
  readonly closed: Promise<void>
}

/** Connects, says what it is given, and nothing more. */
const stranger = (port: number, from: string, says: string): Stranger => {
  const socket = connectTcp({ port, host: '127.0.0.1', localAddress: from })
  const answer = new Promise<string>((resolve) => {
    socket.once('data', (data) => resolve(data.toString('latin1', 9, 12)))
    socket.once('close', () => resolve('closed'))
  })
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  socket.on('error', () => {})
  socket.write(says)
  return { socket, answer, closed }
}

const tally = (answers: readonly string[]): Record<string, number> => {
  const counts: Record<string, number> = {}
  for (const answer of answers) counts[answer] = (counts[answer] ?? 0) + 1
  return counts
}

/** As many as the machine lets one process have, when each is a socket at both ends. */
const crowd = (): number => {
  const most = execFileSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }).trim()
  return Math.min(10_000, most === 'unlimited' ? 10_000 : Math.floor((Number(most) - 500) / 3))
}

describe('connections that never say who they are', () => {
  it('in thousands, from many addresses, take so many places and harm nobody', { timeout: 120_000 }, async () => {
    const clock = createManualClock()
    const { bridge, token, welcome } = await setUp({}, { clock })
    const life = 86_400_000 * 3_650 * 20
    const known = await welcome()
    const [count, addresses] = [crowd(), 100]
    expect(count).toBeGreaterThan(300)
    const strangers: Stranger[] = []
    open.push(async () => {
      for (const { socket } of strangers) socket.destroy()
    })
    const answers: string[] = []
    const wave = Math.min(500, count)
    for (let at = 0; at < count; at += wave) {
      const come = Array.from({ length: wave }, (_, one) =>
        stranger(bridge.port, `127.0.1.${1 + ((at + one) % addresses)}`, upgrade),
      )
      strangers.push(...come)
      answers.push(...(await Promise.all(come.map(({ answer }) => answer))))
      expect((await known.ask('ping')).type).toBe('pong')
    }
    const { 101: taken = 0, ...refused } = tally(answers)
    expect(taken).toBeGreaterThanOrEqual(Math.min(1_000, count))
    expect(Object.keys(refused).filter((status) => status !== '503' && status !== 'closed')).toEqual([])
    expect(bridge.connections).toBeLessThanOrEqual(1_001)
    // Who comes from an address that took nothing is let in all the same, and others may still be told things.
    const newcomer = await connectRaw(bridge.url, { from: '127.0.2.1' })
    open.push(() => newcomer.close())
    expect((await newcomer.hello({ token: await token({ ttl: life }) })).type).toBe('welcome')
    await newcomer.ask('subscribe', { patterns: ['team.blue'] })
    await known.ask('channel.publish', { topic: 'team.blue', body: { text: 'hi' } })
    expect((await newcomer.until(({ channel }) => channel === 'team.blue')).payload).toBeDefined()
    // When their time is over they are gone, all of them.
    await clock.advance(5_000)
    for (const { socket } of strangers) socket.end()
    await Promise.all(strangers.map(({ closed }) => closed))
    expect((await newcomer.ask('ping')).type).toBe('pong')
    expect(bridge.connections).toBe(2)
  })

  it('of one address are a hundred at the most; whoever is welcome is none of them', async () => {
    const { bridge, welcome } = await setUp({ maxUnauthenticated: { perAddress: 2 } })
    await Promise.all([1, 2].map(() => welcome()))
    const two = [1, 2].map(() => stranger(bridge.port, '127.0.0.1', upgrade))
    expect(await Promise.all(two.map(({ answer }) => answer))).toEqual(['101', '101'])
    expect(await refusedUpgrade(bridge.url)).toMatchObject({ status: 503, body: { error: 'FULL' } })
    two[0]?.socket.destroy()
    await two[0]?.closed
    await expect.poll(() => connectRaw(bridge.url).then(({ socket }) => socket.terminate(), String)).toBeUndefined()
    two[1]?.socket.destroy()
  })

  it('and ask for nothing at all are cut when their time is over, whatever they trickle', async () => {
    const clock = createManualClock()
    const { bridge } = await setUp({}, { clock })
    const silent = stranger(bridge.port, '127.0.0.1', '')
    const slow = stranger(bridge.port, '127.0.0.1', 'GET /native HTTP/1.1\r\nHost: local')
    const page = stranger(bridge.port, '127.0.0.1', 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n')
    expect(await page.answer).toBe('200')
    for (let second = 0; second < 5; second++) {
      slow.socket.write('x')
      await clock.advance(1_000)
    }
    await Promise.all([silent.closed, slow.closed])
    expect(await silent.answer).toBe('closed')
    page.socket.destroy()
  })

  it('and say nothing make room for another address before their time', async () => {
    const { bridge } = await setUp({ maxUnauthenticated: { total: 2 } })
    const first = await connectRaw(bridge.url)
    const second = await connectRaw(bridge.url)
    const other = await connectRaw(bridge.url, { from: '127.0.0.2' })
    expect(await first.closed).toMatchObject({ code: 1013, reason: expect.stringContaining('say hello at once') })
    for (const one of [second, other]) one.socket.terminate()
  })

  it('may say so many bytes, in one message, in many, or in pings', async () => {
    const { bridge } = await setUp({ maxUnauthenticated: { bytes: 2_048 } })
    const excess = async (say: (one: Awaited<ReturnType<typeof connectRaw>>) => void) => {
      const one = await connectRaw(bridge.url)
      say(one)
      const error = await one.until((frame) => frame.type === 'error')
      expect((await one.closed).code).toBe(4401)
      return error.payload
    }
    expect(await excess((one) => one.say('hello', { token: 'x'.repeat(4_096) }))).toMatchObject({
      code: 'AUTH_REQUIRED',
      message: expect.stringContaining('may send 2048 bytes'),
    })
    const pings = await excess((one) => {
      for (let at = 0; at < 40; at++) one.socket.ping('x'.repeat(100))
    })
    expect(pings).toMatchObject({ code: 'AUTH_REQUIRED' })
    // In pieces of one message that never ends.
    const endless = await excess((one) => {
      for (let at = 0; at < 40; at++) one.socket.send('x'.repeat(100), { fin: false })
    })
    expect(endless).toMatchObject({ code: 'AUTH_REQUIRED' })
  })

  it('and go on after they have said too much are cut', async () => {
    const { bridge } = await setUp({ maxUnauthenticated: { bytes: 2_048 } })
    const one = stranger(bridge.port, '127.0.0.1', upgrade)
    expect(await one.answer).toBe('101')
    // The head of a message of 2 MB, and then what it may be made of.
    one.socket.write(Buffer.from([0x82, 0xff, 0, 0, 0, 0, 0, 0x1f, 0xff, 0xff, 0, 0, 0, 0]))
    const more = () => one.socket.write(Buffer.alloc(65_536), (error) => error || more())
    more()
    await one.closed
    expect(one.socket.bytesWritten).toBeLessThan(16 * 1_048_576)
  })

  it('may say more as soon as they are known, be it by the token of their address', async () => {
    const { bridge, token, welcome } = await setUp({ maxUnauthenticated: { bytes: 2_048 } })
    const one = await welcome()
    expect((await one.ask('channel.publish', { topic: 'a', body: { text: 'x'.repeat(10_000) } })).type).toBe('reply')
    const driver = drivers.find(({ name }) => name === 'onsembl') ?? expect.fail('there is no such driver')
    const dash = await driver.enter(bridge.url, await token())
    open.push(() => dash.close())
    dash.say({ ...driver.nonsense, text: 'x'.repeat(10_000) })
    await dash.until(driver.refuses)
    await driver.beat(dash)
    expect(dash.socket.readyState).toBe(1)
  })
})
