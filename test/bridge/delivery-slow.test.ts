/** Clients that read slowly or not at all: what goes, what is told, and that nothing grows. */
import { createHash, randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { type DropPolicy, Rules } from '../../bridge/delivery/rules.js'
import { settle } from '../kit/quiet.js'
import { bench } from '../kit/socket.js'
import { bodies, publish, welcomed } from '../kit/welcome.js'
import { open, setUp } from '../kit/world.js'

const policies = (...topics: readonly (readonly [string, DropPolicy])[]) =>
  new Rules({ topics: topics.map(([pattern, drop]) => ({ pattern, drop })) })

/** A client whose socket takes nothing, and an outbox of three events. */
const stalled = async (delivery: Rules) => {
  const at = bench({ limits: { delivery, outbox: { messages: 3, bytes: 1_048_576 } } })
  const client = await welcomed(at)
  client.say('subscribe', { patterns: ['#'] })
  await settle()
  client.wire.buffered = 2_000_000
  return { at, client }
}

const resumes = async ({ at, client }: Awaited<ReturnType<typeof stalled>>) => {
  client.wire.buffered = 0
  client.connection.drained()
  await settle()
  return client.wire
    .ofType('dropped')
    .map(({ payload }) => `${payload['topic']} ${payload['fromSeq']}-${payload['toSeq']}`)
    .concat(at.errors.map(({ message }) => message))
}

describe('a client that is too slow', () => {
  it('loses the oldest of the topics where the oldest goes, and nothing of others', async () => {
    const world = await stalled(policies(['keep.#', 'newest'], ['#', 'oldest']))
    await publish(world.at, 'keep.1', 'k1')
    for (const body of ['a', 'b', 'c']) await publish(world.at, 'team.a', body)
    expect(await resumes(world)).toEqual(['team.a 1-1'])
    expect(bodies(world.client)).toEqual(['k1', 'b', 'c'])
  })

  it('loses the newest of the topics where the newest goes', async () => {
    const world = await stalled(policies(['#', 'newest']))
    for (const body of ['a', 'b', 'c', 'd', 'e']) await publish(world.at, 'team.a', body)
    expect(await resumes(world)).toEqual(['team.a 4-5'])
    expect(bodies(world.client)).toEqual(['a', 'b', 'c'])
  })

  it('is told of the newest that went before a mark goes past them', async () => {
    const world = await stalled(policies(['#', 'newest']))
    for (const body of ['a', 'b', 'c', 'd']) await publish(world.at, 'team.a', body)
    await resumes(world)
    await world.at.clock.advance(100)
    const types = world.client.wire.frames.map(({ type }) => type).filter((type) => type !== 'message')
    expect(types.slice(-2)).toEqual(['dropped', 'mark'])
    expect(world.client.wire.ofType('mark').at(-1)?.payload).toMatchObject({
      dseq: 3,
      cursor: { offset: world.at.system.journal.head },
    })
  })

  it('is disconnected where that is the rule, and goes on from the journal without a loss', async () => {
    const { at, client } = await stalled(policies(['sure.#', 'disconnect'], ['#', 'oldest']))
    for (const body of ['a', 'b', 'c', 'd']) await publish(at, 'sure.1', body)
    expect(client.wire.ended).toEqual({ code: 1008, reason: 'The client does not read what it is sent.' })
    const again = await welcomed(at, { resume: { session: client.session } })
    await publish(at, 'sure.1', 'e')
    while (bodies(again).length < 5) await settle()
    expect(bodies(again)).toEqual(['a', 'b', 'c', 'd', 'e'])
    expect(again.wire.ofType('dropped')).toEqual([])
  })

  it('that acknowledges is sent from the journal later what cannot wait for it, without a loss', async () => {
    const delivery = new Rules({ topics: [{ pattern: 'orders.#', delivery: 'at-least-once' }] })
    const at = bench({ limits: { delivery, outbox: { messages: 10, bytes: 1_048_576 } } })
    const client = await welcomed(at, { acks: true })
    client.say('subscribe', { patterns: ['orders.#'] })
    await settle()
    client.wire.buffered = 2_000_000
    for (let count = 0; count < 500; count++) await publish(at, 'orders.1', count)
    client.wire.buffered = 0
    client.connection.drained()
    while (bodies(client).length < 500) await settle()
    await publish(at, 'orders.1', 500)
    await settle()
    expect(bodies(client)).toEqual(Array.from({ length: 501 }, (_, count) => count))
    expect(client.wire.ofType('dropped')).toEqual([])
  })
})

describe('the session of an absent client', () => {
  it('is bounded by what its patterns and filters weigh', async () => {
    const at = bench({ limits: { patternBytes: 2_000 } })
    const client = await welcomed(at)
    const filter = { sources: ['s'.repeat(200)] }
    client.say('subscribe', { patterns: Array.from({ length: 8 }, (_, count) => `team.${count}`), filter })
    client.say('subscribe', { patterns: ['team.9', 'team.10'], filter })
    // The same again weighs no more, and one that was left weighs nothing.
    client.say('subscribe', { patterns: ['team.1'], filter })
    client.say('unsubscribe', { patterns: ['team.1', 'team.2', 'team.never'] })
    client.say('subscribe', { patterns: ['team.9'], filter })
    await settle()
    const answers = client.wire.frames.slice(1).map(({ type, payload }) => payload['code'] ?? type)
    expect(answers).toEqual(['reply', 'TOO_MANY', 'reply', 'reply', 'reply'])
  })
})

/** A WebSocket made by hand, which says hello and subscribes, and reads nothing after that. */
const deaf = async (port: number, token: string): Promise<Socket> => {
  const socket = connect(port, '127.0.0.1')
  open.push(async () => void socket.destroy())
  socket.on('error', () => {})
  const key = randomBytes(16).toString('base64')
  socket.write(
    `GET /native HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
  )
  const accepted = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
  await heard(socket, accepted)
  say(socket, { id: '1', type: 'hello', payload: { token } })
  await heard(socket, 'welcome')
  say(socket, { id: '2', type: 'subscribe', payload: { patterns: ['flood.#'] } })
  await heard(socket, '"correlationId":"2"')
  socket.pause()
  return socket
}

const heard = (socket: Socket, text: string) =>
  new Promise<void>((resolve) => {
    let all = ''
    const hear = (piece: Buffer) => {
      all += piece.toString('latin1')
      if (!all.includes(text)) return
      socket.off('data', hear)
      resolve()
    }
    socket.on('data', hear)
  })

const say = (socket: Socket, frame: object) => {
  const text = Buffer.from(JSON.stringify(frame))
  const head = text.length < 126 ? [0x81, 0x80 | text.length] : [0x81, 0xfe, text.length >> 8, text.length & 0xff]
  // A mask of zeros leaves the text as it is.
  socket.write(Buffer.concat([Buffer.from([...head, 0, 0, 0, 0]), text]))
}

describe('sockets that are not read', () => {
  it('keep no more waiting than the outbox may hold, and delay nobody else', async () => {
    const dropped = new Map<string, number>()
    const { bridge, system, token, welcome } = await setUp({
      outbox: { messages: 50, bytes: 1_048_576 },
      onDropped: (connection) => void dropped.set(connection, (dropped.get(connection) ?? 0) + 1),
    })
    const mine = await token()
    for (let count = 0; count < 5; count++) await deaf(bridge.port, mine)
    const quick = await welcome()
    await quick.ask('subscribe', { patterns: ['flood.#'] })
    const body = 'x'.repeat(10_000)
    const events = 4_000
    let seen = 0
    for (let count = 1; count <= events; count++) {
      await system.channel('flood.1').publish(body)
      if (count % 20 > 0) continue
      // Whoever reads has all of it before the next is said, whatever the others do.
      await quick.until((frame) => frame.channel === 'flood.1' && frame.seq === count)
      seen = quick.frames.filter((frame) => frame.channel === 'flood.1').length
      expect(seen).toBe(count)
    }
    expect(seen).toBe(events)
    // 40 MB were said to each; what a socket may take and an outbox may hold is a few, so nearly all the rest was let go.
    expect(dropped.size).toBe(5)
    for (const lost of dropped.values()) expect(lost).toBeGreaterThan(events / 2)
  }, 60_000)
})
