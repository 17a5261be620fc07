import { connect as connectTcp } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { agent } from '../../actors/index.js'
import { type Bridge, type BridgeOptions, openBridge, signToken } from '../../bridge/index.js'
import { createSystem, type System } from '../../src/system/system.js'
import { connectRaw, refusedUpgrade, type TestClient, type TestClientOptions } from '../kit/tclient.js'

const secret = 'a secret for tests'

const odd = agent('odd', {
  hears: { echo: { value: z.unknown() }, loop: {}, slow: {}, report: { times: z.number() } },
  says: { step: { at: z.number() } },
  on: {
    echo: ({ value }) => value,
    loop: () => {
      const loop: Record<string, unknown> = {}
      loop['loop'] = loop
      return loop
    },
    slow: (_, { signal }) => new Promise((done) => signal.addEventListener('abort', () => done('stopped'))),
    report({ times }, { say }) {
      for (let at = 1; at <= times; at++) say({ type: 'step', at })
      return times
    },
  },
})

interface Errors {
  readonly list: string[]
}

const open: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close()
})

const setUp = async (options: BridgeOptions = {}) => {
  const errors: Errors = { list: [] }
  const system: System = createSystem({ onError: (error, where) => errors.list.push(`${where}: ${error.message}`) })
  const bridge: Bridge = await openBridge(system, { port: 0, secret, spawnable: [odd], ...options })
  open.push(
    () => system.stop({ grace: 100 }),
    () => bridge.close(),
  )
  const token = (claims: Partial<Parameters<typeof signToken>[0]> = {}) =>
    signToken({ sub: 'ann', permissions: ['admin'], ttl: 60_000, ...claims }, secret)
  const client = async (settings: TestClientOptions = {}): Promise<TestClient> => {
    const one = await connectRaw(bridge.url, settings)
    open.push(() => one.close())
    return one
  }
  const welcome = async (settings: TestClientOptions = {}) => {
    const one = await client(settings)
    await one.hello({ token: await token() })
    return one
  }
  return { system, bridge, errors, token, client, welcome, http: bridge.url.replace('ws:', 'http:') }
}

describe.each(['json', 'msgpack'] as const)('over a socket, in %s', (codec) => {
  it('a command is answered, and what it caused is heard', async () => {
    const { welcome } = await setUp()
    const one = await welcome({ codec })
    expect(await one.ask('subscribe', { patterns: ['agent.ada.#'] })).toMatchObject({
      type: 'reply',
      payload: { patterns: ['agent.ada.#'] },
    })
    const spawned = one.say('agent.spawn', { definition: 'odd', id: 'ada' })
    const event = await one.until((frame) => frame.type === 'agent.spawned')
    expect(event).toMatchObject({
      channel: 'agent.ada.spawned',
      seq: 1,
      priority: 'normal',
      payload: { id: 'ada', definition: 'odd', hears: ['echo', 'loop', 'slow', 'report'] },
    })
    expect(Object.keys(event).sort()).toEqual(
      expect.arrayContaining(['channel', 'epoch', 'id', 'payload', 'priority', 'seq', 'source', 'timestamp', 'type']),
    )
    expect(await one.until((frame) => frame.correlationId === spawned && frame.type === 'reply')).toMatchObject({
      payload: { id: 'ada' },
    })
  })

  it('any value comes back as it went', async () => {
    const { welcome, system } = await setUp()
    system.spawn(odd, { id: 'ada' })
    const one = await welcome({ codec })
    const value = { text: 'ø → 漢字 \u0000', deep: [[[{ a: null }]]], number: -1.5e300, large: 2 ** 53 - 1, empty: {}, yes: true }
    expect((await one.ask('agent.ask', { to: 'ada', message: { type: 'echo', value } })).payload).toEqual({ value })
  })

  it('the answer comes after the events that led to it', async () => {
    const { welcome, system } = await setUp()
    system.spawn(odd, { id: 'ada' })
    const one = await welcome({ codec })
    await one.ask('subscribe', { patterns: ['agent.ada.said'] })
    await one.ask('agent.ask', { to: 'ada', message: { type: 'report', times: 500 } })
    expect(one.frames.filter((frame) => frame.type === 'agent.said').length).toBe(500)
    expect(one.frames.at(-1)?.type).toBe('reply')
  })

  it('a run of events is counted by the marks', async () => {
    const { welcome, system } = await setUp()
    const one = await welcome({ codec })
    await one.ask('subscribe', { patterns: ['team.#'] })
    for (let count = 0; count < 1_000; count++) await system.channel('team.blue').publish(count)
    const offset = system.journal.head
    await one.until((frame) => frame.type === 'mark' && (frame.payload['cursor'] as { offset: number }).offset === offset)
    let events = 0
    for (const frame of one.frames) {
      if (frame.type === 'message') expect(frame.payload['body']).toBe(events++)
      if (frame.type === 'mark') expect(frame.payload['dseq']).toBe(events)
    }
    expect(events).toBe(1_000)
  })
})

describe('both codecs', () => {
  it('say the same to two clients of one bridge', async () => {
    const { welcome, system } = await setUp()
    const [one, other] = await Promise.all([welcome({ codec: 'json' }), welcome({ codec: 'msgpack' })])
    for (const each of [one, other]) await each.ask('subscribe', { patterns: ['team.#'] })
    await system.channel('team.blue').publish({ at: new Date(0), none: undefined, list: [1, undefined] })
    const [left, right] = await Promise.all([one, other].map((each) => each.until((frame) => frame.type === 'message')))
    expect(right).toEqual(left)
  })
})

describe('a request that takes time', () => {
  it('is accepted first and answered later; others are answered meanwhile', async () => {
    const { welcome, system } = await setUp()
    system.spawn(odd, { id: 'ada' })
    const one = await welcome()
    await one.ask('task.create', { id: 't1', to: 'ada', message: { type: 'slow' } })
    const waiting = one.say('task.result', { id: 't1' })
    await one.until((frame) => frame.type === 'accepted' && frame.correlationId === waiting)
    expect((await one.ask('ping')).type).toBe('pong')
    await one.ask('task.cancel', { id: 't1' })
    expect(await one.until((frame) => frame.correlationId === waiting && frame.type !== 'accepted')).toMatchObject({
      type: 'error',
      payload: { code: 'CANCELLED' },
    })
  })

  it('is refused when too many wait already', async () => {
    const { welcome, system } = await setUp({ requests: 2 })
    system.spawn(odd, { id: 'ada' })
    const one = await welcome()
    await one.ask('task.create', { id: 't1', to: 'ada', message: { type: 'slow' } })
    one.say('task.result', { id: 't1' })
    one.say('task.result', { id: 't1' })
    expect(await one.ask('task.result', { id: 't1' })).toMatchObject({ type: 'error', payload: { code: 'TOO_MANY' } })
  })
})

describe('nobody harms the others', () => {
  it('a result that cannot be written is told to who asked, and the process lives', async () => {
    const { welcome, system, errors } = await setUp()
    system.spawn(odd, { id: 'ada' })
    const one = await welcome()
    expect(await one.ask('agent.ask', { to: 'ada', message: { type: 'loop' } })).toMatchObject({
      type: 'error',
      payload: { code: 'UNSUPPORTED' },
    })
    expect(await one.ask('ping')).toMatchObject({ type: 'pong' })
    expect(errors.list).toMatchObject([expect.stringContaining('the answer to agent.ask')])
  })

  it('garbage of every kind leaves other connections, and the bridge, as they were', async () => {
    const { welcome, client, bridge, errors } = await setUp()
    const good = await welcome()
    const bytes = (length: number) => Buffer.from(Array.from({ length }, (_, at) => (at * 7_919 + length * 104_729) % 256))
    for (const codec of ['json', 'msgpack'] as const) {
      const bad = await welcome({ codec })
      for (let length = 0; length < 200; length++) bad.socket.send(bytes(length), { binary: length % 2 === 0 })
      const closed = await Promise.race([bad.ask('ping').then(() => 'alive'), bad.closed.then(({ code }) => code)])
      // Text that is no UTF-8 ends a WebSocket by its own rules (1007); everything else is answered.
      expect(['alive', 1007]).toContain(closed)
      const early = await client({ codec })
      early.socket.send(bytes(50), { binary: true })
      expect((await early.closed).code).toBe(4401)
    }
    const raw = connectTcp(bridge.port, '127.0.0.1')
    raw.on('error', () => {})
    raw.end('GET / HTTP/9.9\r\n\u0000\r\n\r\n')
    await new Promise((resolve) => raw.once('close', resolve))
    expect((await good.ask('ping')).type).toBe('pong')
    expect(errors.list).toEqual([])
  })

  it('a whole number that JSON has no room for is quoted like any other value', async () => {
    const { welcome, errors } = await setUp()
    const one = await welcome({ codec: 'msgpack' })
    // {id: 'x', type: 'agent.pause', payload: {id: 2^63}}
    one.socket.send(
      Buffer.concat([
        Buffer.from([0x83, 0xa2, 0x69, 0x64, 0xa1, 0x78, 0xa4]),
        Buffer.from('type'),
        Buffer.from([0xab]),
        Buffer.from('agent.pause'),
        Buffer.from([0xa7]),
        Buffer.from('payload'),
        Buffer.from([0x81, 0xa2, 0x69, 0x64, 0xcf, 0x80, 0, 0, 0, 0, 0, 0, 0]),
      ]),
    )
    const error = await one.until((frame) => frame.type === 'error')
    expect(error).toMatchObject({
      correlationId: 'x',
      payload: { code: 'INVALID_MESSAGE', message: expect.stringContaining('9223372036854775808') },
    })
    expect(errors.list).toEqual([])
  })

  it('a message over the limit is answered, one of more than twice the limit ends its connection with 1009', async () => {
    const { welcome } = await setUp({ maxFrame: 10_000 })
    const one = await welcome()
    one.say('channel.publish', { topic: 'team.blue', body: 'x'.repeat(15_000) })
    expect((await one.until((frame) => frame.type === 'error')).payload).toMatchObject({ code: 'MESSAGE_TOO_LARGE' })
    expect((await one.ask('ping')).type).toBe('pong')
    one.say('channel.publish', { topic: 'team.blue', body: 'x'.repeat(25_000) })
    expect((await one.closed).code).toBe(1009)
  })

  it('one connection more than may be is closed with 1013', async () => {
    const { welcome, client, bridge } = await setUp({ maxConnections: 1 })
    const one = await welcome()
    expect((await (await client()).closed).code).toBe(1013)
    expect((await one.ask('ping')).type).toBe('pong')
    expect(bridge.connections).toBe(1)
  })

  it('a slow reader loses what it was too slow for, is told so, and the others are not held up', async () => {
    const { welcome, system } = await setUp({ outbox: { messages: 50 } })
    const [slow, quick] = [await welcome(), await welcome()]
    for (const each of [slow, quick]) await each.ask('subscribe', { patterns: ['team.#'] })
    slow.socket.pause()
    const body = 'x'.repeat(50_000)
    for (let count = 0; count < 400; count++) {
      await system.channel('team.blue').publish(body)
      if (count % 10 === 9) await quick.until((frame) => frame.seq === count + 1)
    }
    slow.socket.resume()
    await slow.until((frame) => frame.seq === 400)
    const dropped = slow.frames.filter((frame) => frame.type === 'dropped')
    const lost = dropped.reduce((sum, frame) => sum + Number(frame.payload['count']), 0)
    const sent = slow.frames.filter((frame) => frame.type === 'message').length
    expect(lost).toBeGreaterThan(0)
    expect(sent + lost).toBe(400)
    expect(quick.frames.filter((frame) => frame.type === 'message').length).toBe(400)
  })
})

describe('coming in', () => {
  it('the token may stand in the header, in the query, or in hello', async () => {
    const { bridge, token, client } = await setUp()
    const one = await client({ headers: { authorization: `Bearer ${await token({ sub: 'head' })}` } })
    expect((await one.hello()).payload).toMatchObject({ client: 'head' })
    const other = await connectRaw(`${bridge.url}/?token=${await token({ sub: 'query' })}`)
    open.push(() => other.close())
    expect((await other.hello()).payload).toMatchObject({ client: 'query' })
    expect((await other.hello()).payload).toMatchObject({ code: 'INVALID_MESSAGE' })
  })

  it('a token that is not accepted is told why, and costs the connection', async () => {
    const { client } = await setUp()
    const one = await client()
    expect((await one.hello({ token: 'nonsense' })).payload).toMatchObject({ code: 'AUTH_FAILED' })
    expect((await one.closed).code).toBe(4401)
    const none = await client()
    expect((await none.hello()).payload).toMatchObject({ code: 'AUTH_REQUIRED' })
  })

  it('a subprotocol that is not spoken, and none on a path that names none, are refused with what is spoken', async () => {
    const { bridge } = await setUp()
    expect(await refusedUpgrade(bridge.url, { protocols: ['graphql-ws'] })).toMatchObject({
      status: 400,
      body: { error: 'UNSUPPORTED', message: expect.stringContaining('troupe.v1+json, troupe.v1+msgpack') },
    })
    expect(await refusedUpgrade(bridge.url, { protocols: [] })).toMatchObject({
      status: 400,
      body: { message: expect.stringContaining('/native') },
    })
  })

  it('on /native no subprotocol is needed', async () => {
    const { bridge, token } = await setUp()
    const one = await connectRaw(`${bridge.url}/native`, { protocols: [] })
    open.push(() => one.close())
    expect(one.socket.protocol).toBe('')
    expect((await one.hello({ token: await token() })).type).toBe('welcome')
  })

  it('pages of other origins are refused unless they are named', async () => {
    const { bridge, client } = await setUp({ origins: ['https://dash.example'] })
    expect(await refusedUpgrade(bridge.url, { headers: { origin: 'https://evil.example' } })).toMatchObject({
      status: 403,
      body: { error: 'ORIGIN_REFUSED' },
    })
    expect(await refusedUpgrade(bridge.url, { headers: { origin: 'null' } })).toMatchObject({ status: 403 })
    await client({ headers: { origin: 'https://dash.example' } })
    await client({ headers: { origin: bridge.url.replace('ws:', 'http:') } })
  })

  it('without authentication a name that was made to point here is not at home', async () => {
    const { bridge, client } = await setUp({ auth: false })
    const host = `evil.example:${bridge.port}`
    expect(await refusedUpgrade(bridge.url, { headers: { origin: `http://${host}`, host } })).toMatchObject({ status: 403 })
    const one = await client({ headers: { origin: `http://localhost:${bridge.port}`, host: `localhost:${bridge.port}` } })
    expect((await one.hello()).payload).toMatchObject({ client: 'anybody' })
  })

  it('options that cannot be are refused with a sentence', async () => {
    const system = createSystem()
    const why = (options: BridgeOptions) =>
      openBridge(system, options).then(
        () => 'opened',
        (error: { code: string; message: string }) => `${error.code}: ${error.message}`,
      )
    expect(await why({ port: 0 })).toMatch(/^INVALID_OPTION: .*secret/)
    expect(await why({ port: 0, auth: false, host: '0.0.0.0' })).toMatch(/^INVALID_OPTION: .*127\.0\.0\.1/)
    expect(await why({ port: 0, auth: false, origins: ['*'] })).toMatch(/^INVALID_OPTION: .*origin/)
    expect(await why({ port: -1, secret })).toMatch(/^INVALID_OPTION: .*port/)
    expect(await why({ port: 0, secret, heartbeat: 0 })).toMatch(/^INVALID_OPTION: .*heartbeat/)
    await system.stop()
  })

  it('a port that is taken is refused with what to do', async () => {
    const { bridge, system } = await setUp()
    await expect(openBridge(system, { port: bridge.port, secret })).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      message: expect.stringMatching(/in use; stop what listens there, or choose another port/),
    })
  })
})

describe('plain HTTP', () => {
  it('says that it lives and is ready, that a path wants a WebSocket, and that there is nothing elsewhere', async () => {
    const { http } = await setUp()
    const get = async (path: string) => {
      const response = await fetch(http + path)
      return { status: response.status, body: await response.json() }
    }
    expect(await get('/healthz')).toMatchObject({ status: 200, body: { status: 'ok', connections: 0, agents: 0 } })
    expect(await get('/readyz')).toMatchObject({ status: 200, body: { status: 'ok' } })
    expect(await get('/')).toMatchObject({ status: 426, body: { error: 'UPGRADE_REQUIRED' } })
    expect(await get('/native')).toMatchObject({ status: 426 })
    expect(await get('/elsewhere')).toMatchObject({ status: 404, body: { error: 'NOT_FOUND' } })
  })
})

describe('going away', () => {
  it('a bridge that drains says so, is no longer ready, and takes nobody in', async () => {
    const { bridge, welcome, http } = await setUp()
    const one = await welcome()
    bridge.drain({ reason: 'a new version', grace: 500 })
    const draining = await one.until((frame) => frame.type === 'draining')
    expect(draining.payload).toMatchObject({ reason: 'a new version', grace: 500 })
    expect(draining.payload['reconnectAfter']).toBeGreaterThanOrEqual(500)
    expect((await fetch(`${http}/readyz`)).status).toBe(503)
    expect((await fetch(`${http}/healthz`)).status).toBe(200)
    expect(await refusedUpgrade(bridge.url)).toMatchObject({ status: 503, body: { error: 'DRAINING' } })
    expect((await one.ask('ping')).type).toBe('pong')
  })

  it('closing closes everybody with 1012, once or twice', async () => {
    const { bridge, welcome, client } = await setUp()
    const [one, early] = [await welcome(), await client()]
    await Promise.all([bridge.close(), bridge.close()])
    expect((await one.closed).code).toBe(1012)
    expect((await early.closed).code).toBe(1012)
    expect(bridge.connections).toBe(0)
  })

  it('closing does not wait for a client that never answers, nor for one that was refused and stays', async () => {
    const { bridge } = await setUp()
    const hang = (headers: string) =>
      new Promise<void>((resolve) => {
        const raw = connectTcp({ port: bridge.port, host: '127.0.0.1', allowHalfOpen: true })
        raw.on('error', () => {})
        open.push(async () => raw.destroy())
        raw.write(
          `GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n${headers}\r\n`,
        )
        raw.once('data', () => resolve())
      })
    await hang('Sec-WebSocket-Protocol: troupe.v1+json\r\n')
    await hang('Sec-WebSocket-Protocol: unknown\r\n')
    await bridge.close()
    expect(bridge.connections).toBe(0)
  })
})
