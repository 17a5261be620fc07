import { connect as connectTcp } from 'node:net'
import { describe, expect, it } from 'vitest'
import { odd, setUp } from '../kit/world.js'

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

  it('a whole number that JSON has no room for is read as a text, and quoted like any other', async () => {
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
      payload: { code: 'NOT_FOUND', message: expect.stringContaining('9223372036854775808') },
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
