/** A server that minds no rule, and a client that has to live with it: nothing is thrown, everything is told, and memory stays bounded. */
import { afterEach, describe, expect, it } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import { connect } from '../../bridge/client.js'
import { type Clock, createManualClock } from '../../src/clock.js'
import { jsonCodec } from '../../src/codec/json.js'
import { msgpackCodec } from '../../src/codec/msgpack.js'
import type { TroupeError } from '../../src/errors.js'

type Said = string | Uint8Array

interface Stage {
  /** Says something on the newest connection. */
  say(...what: Said[]): void
  readonly client: ReturnType<typeof connect>
  /** Connections so far. */
  readonly connections: () => number
  /** How the client says that it is. */
  readonly states: { readonly status: string; readonly lastError?: TroupeError }[]
  readonly reported: string[]
  /** Resolves when something is so, whatever the client hears until then. */
  until(so: () => boolean): Promise<void>
}

const open: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close()
})

const welcome = {
  ...{ session: 's', client: 'c', address: 'c', cursor: { epoch: 'e', offset: 0 }, resumed: false, permissions: ['admin'] },
  ...{ limits: { frame: 1_048_576, subscriptions: 1, outbox: 1 }, heartbeat: 60_000 },
}

const codecs = { json: jsonCodec, msgpack: msgpackCodec }

/** `greet`: what is said to each connection at its hello. */
const stage = async (codec: 'json' | 'msgpack', greet: (at: number) => readonly object[], clock?: Clock): Promise<Stage> => {
  const write = codecs[codec]
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  await new Promise((done) => server.once('listening', done))
  const sockets: WebSocket[] = []
  const [reported, states]: [string[], Stage['states']] = [[], []]
  const waiting: (() => void)[] = []
  const wake = () => {
    for (const each of waiting.splice(0)) each()
  }
  server.on('connection', (socket) => {
    sockets.push(socket)
    socket.on('error', () => {})
    socket.once('message', () => {
      for (const frame of greet(sockets.length)) socket.send(write.encode(frame))
    })
    socket.on('message', (data: Buffer, binary) => {
      const { id, type } = write.decode(binary ? data : data.toString()) as { id: string; type: string }
      if (type === 'metrics.get')
        socket.send(write.encode({ id: 'a', type: 'reply', correlationId: id, payload: { fine: true } }))
    })
    socket.on('message', wake)
    wake()
  })
  const { port } = server.address() as { port: number }
  const client = connect(`ws://127.0.0.1:${port}`, {
    ...{ token: 'x', codec, timeout: 2_000, reconnect: { delays: [1] } },
    ...(clock ? { clock } : {}),
    onError: (error: TroupeError, where: string) => {
      reported.push(`${where}: ${error.message}`)
      wake()
    },
  })
  client.connection.subscribe((state) => {
    states.push(state)
    wake()
  })
  open.push(
    () => client.stop(),
    async () => {
      for (const socket of sockets) socket.terminate()
      await new Promise((done) => server.close(done))
    },
  )
  return {
    ...{ client, states, reported },
    connections: () => sockets.length,
    say: (...what) => {
      for (const each of what) sockets.at(-1)?.send(each)
    },
    async until(so) {
      while (!so()) await new Promise<void>((done) => waiting.push(done))
    },
  }
}

const greeting = { id: 'w', type: 'welcome', payload: welcome }
const event = { id: 'e', type: 'message', channel: 'team.a', seq: 1, epoch: 'e', payload: { from: 'x', body: 1 } }

/** What is no frame that a client could act on, in a welcome's time and after it. */
const nonsense: Readonly<Record<string, unknown>> = {
  ...{
    null: null,
    'a number': 7,
    'a text': 'hello',
    'a list': [greeting],
    'an empty object': {},
    'a type that is none': { id: 'x', type: 5 },
  },
  ...{
    'an id that is a number': { id: 5, type: 'pong' },
    'a payload that is null': { ...event, payload: null },
    'a payload that is a list': { ...event, payload: [] },
  },
  'a channel that is a number': { ...event, channel: 5 },
  'a channel of a megabyte': { ...event, channel: 'x'.repeat(1_000_000) },
  'a number that is a text': { ...event, seq: '1' },
  'an answer to an object': { id: 'x', type: 'reply', correlationId: {}, payload: {} },
  'a mark of nothing': { id: 'x', type: 'mark', payload: { dseq: 0 } },
  'a mark without payload': { id: 'x', type: 'mark' },
  'a mark that was not reached': { id: 'x', type: 'mark', payload: { dseq: 99, cursor: { epoch: 'e', offset: 1 } } },
  'a mark with a cursor that is a list': { id: 'x', type: 'mark', payload: { dseq: 0, cursor: [] } },
  'an error without words': { id: 'x', type: 'error' },
  'a gap of nothing': { id: 'x', type: 'gap', payload: {} },
  'a delivery of nothing': { id: 'x', type: 'deliver', payload: {} },
  'a welcome without payload': { id: 'x', type: 'welcome' },
  'a welcome that pings for ever': { id: 'x', type: 'welcome', payload: { ...welcome, heartbeat: 0 } },
  'a welcome without a cursor': { id: 'x', type: 'welcome', payload: { ...welcome, cursor: null } },
}

/** Bytes that no codec reads. */
const unreadable = {
  json: [
    '',
    '{',
    'hello',
    '['.repeat(100_000),
    '{"id":"x","type":"pong","payload":{"__proto__":{"admin":true}}}',
    `{"a":"${'x'.repeat(70_000)}`,
  ],
  msgpack: [
    '{}',
    new Uint8Array(),
    Uint8Array.of(0xc1),
    Uint8Array.of(0xdd, 255, 255, 255, 255),
    new Uint8Array(50_000).fill(0x91),
  ],
} as const

describe.each(['json', 'msgpack'] as const)('a server that minds no rule, in %s', (codec) => {
  it.each(Object.entries(nonsense))('says %s: it is told as an error, and the connection made anew', async (_, frame) => {
    const at = await stage(codec, (nth) => (nth === 1 ? [greeting, frame as object] : [greeting]))
    await at.until(() => at.connections() >= 2 && at.states.at(-1)?.status === 'open')
    expect(at.states.some(({ lastError }) => lastError?.code === 'BAD_FRAME' || lastError?.code === 'DROPPED')).toBe(true)
    // It is the same client, and is answered.
    await expect(at.client.metrics()).resolves.toEqual({ fine: true })
  })

  it('says what cannot be read, again and again: each costs its connection, and the client goes on', async () => {
    const at = await stage(codec, () => [greeting])
    for (const said of unreadable[codec]) {
      const connections = at.connections()
      await at.until(() => at.states.at(-1)?.status === 'open')
      at.say(said)
      await at.until(() => at.connections() > connections && at.states.at(-1)?.status === 'open')
    }
    await expect(at.client.metrics()).resolves.toEqual({ fine: true })
  })

  it('says things before the welcome, twice, and to nobody: they change nothing', async () => {
    const stray = [
      { ...event, payload: { from: 'x', body: 'early' } },
      { id: 'r', type: 'reply', correlationId: 'nobody', payload: {} },
      { id: 'r', type: 'pong', correlationId: 'nobody' },
      { id: 'd', type: 'dance', payload: { to: 'no music' } },
      { id: 'p', type: 'ping' },
    ]
    const at = await stage(codec, () => [
      ...stray,
      greeting,
      ...stray,
      greeting,
      { id: 'n', type: 'error', correlationId: 'nobody', payload: { code: 'constructor', message: '' } },
    ])
    await at.until(() => at.states.at(-1)?.status === 'open')
    await expect(at.client.metrics()).resolves.toEqual({ fine: true })
    expect(at.connections()).toBe(1)
  })

  it('sends it away for ever: it comes back within ten minutes', async () => {
    const clock = createManualClock()
    const at = await stage(
      codec,
      () => [greeting, { id: 'd', type: 'draining', payload: { reconnectAfter: 1e300 } }, { id: 'x', type: 'gap' }],
      clock,
    )
    await at.until(() => at.states.at(-1)?.status === 'waiting')
    await clock.advance(600_000)
    await at.until(() => at.connections() === 2)
  })

  it('answers with what nobody could build: a list of a million, and a text of ten megabytes', async () => {
    const at = await stage(codec, () => [greeting])
    await at.until(() => at.states.at(-1)?.status === 'open')
    const large = { ...event, payload: { from: 'x', body: 'x'.repeat(10_000_000) } }
    const many = { ...event, seq: 2, payload: { from: 'x', body: Array.from({ length: 1_000_000 }, () => 0) } }
    const heard: number[] = []
    at.client.channel('team.a').subscribe((each) => void heard.push(JSON.stringify(each).length))
    at.say(...[large, many, { ...event, seq: 3 }].map((frame) => codecs[codec].encode(frame)))
    await expect(at.client.metrics()).resolves.toEqual({ fine: true })
    expect(heard.map((length) => length > 1_000_000)).toEqual([true, true, false])
  })
})
