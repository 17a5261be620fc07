/** claude-flow on the wire: real sockets, hand-written messages. */
import { describe, expect, it } from 'vitest'
import { task } from '../../../actors/index.js'
import { claudeFlow } from '../../../bridge/dialects/claude-flow/index.js'
import { setUp } from '../../kit/world.js'
import { connect, message, worker, world } from './dashboard.js'

describe('a connection', () => {
  it('opens with version-negotiation and lets in at once where no token is needed', async () => {
    const { dashboard } = await world()
    const one = await dashboard()
    expect(await one.type('version-negotiation')).toMatchObject({ version: '1.0.0', supportedVersions: ['1.0.0'] })
    expect(one.frames[0]?.type).toBe('version-negotiation')
    expect(await one.ask('subscribe', { topics: ['agent.status'] })).toMatchObject({ type: 'ack', success: true })
  })

  it('answers auth with an ack of its id, where no token is needed too', async () => {
    const { dashboard } = await world()
    const one = await dashboard()
    expect(await one.ask('auth', { token: 'whatever' })).toMatchObject({ type: 'ack', success: true })
  })

  it('needs a token that is accepted', async () => {
    const at = await setUp({ dialects: [claudeFlow] })
    const one = await connect(at.bridge.url)
    expect(await one.ask('auth', { token: 'forged' })).toMatchObject({ type: 'error', code: 'AUTHENTICATION_FAILED' })
    expect(await one.ended).toMatchObject({ code: 4401 })
    const two = await connect(at.bridge.url)
    expect(await two.ask('auth', { token: await at.token() })).toMatchObject({ type: 'ack', success: true })
    expect(await two.ask('auth', { token: await at.token() })).toMatchObject({ type: 'ack', success: true })
    expect(await two.ask('auth', { token: await at.token({ sub: 'eve' }) })).toMatchObject({ code: 'AUTHENTICATION_FAILED' })
    expect(await two.ask('subscribe', { topics: ['a'] })).toMatchObject({ type: 'ack' })
  })

  it('takes the token of the address', async () => {
    const at = await setUp({ dialects: [claudeFlow] })
    const one = await connect(`${at.bridge.url}/?token=${await at.token()}`)
    expect(await one.ask('subscribe', { topics: ['a'] })).toMatchObject({ type: 'ack' })
  })

  it('is refused work before it is let in, and may be let in all the same', async () => {
    const at = await setUp({ dialects: [claudeFlow] })
    const one = await connect(at.bridge.url)
    for (const [type, fields] of [
      ['subscribe', { topics: ['a'] }],
      ['publish', { topic: 'a', data: 1 }],
      ['ping', {}],
    ] as const) {
      expect(await one.ask(type, fields)).toMatchObject({ type: 'error', code: 'AUTHENTICATION_FAILED' })
    }
    expect(await one.ask('auth', { token: await at.token() })).toMatchObject({ type: 'ack', success: true })
    expect(await one.ask('publish', { topic: 'a', data: 1 })).toMatchObject({ type: 'ack', success: true })
  })

  it('may publish nothing at all', async () => {
    const { dashboard } = await world()
    const one = await dashboard()
    await one.ask('subscribe', { topics: ['m.x'] })
    expect(await one.ask('publish', { topic: 'm.x', broadcast: true })).toMatchObject({ type: 'ack', success: true })
    expect(await one.event('m.x')).toBeUndefined()
  })

  it('negotiates the version, before and after it is let in', async () => {
    const at = await setUp({ dialects: [claudeFlow] })
    const one = await connect(at.bridge.url)
    one.say(message('version-negotiation', { supportedVersions: ['0.9.0', '1.0.0'] }))
    await one.until((frame) => frame['selectedVersion'] === '1.0.0')
    await one.ask('auth', { token: await at.token() })
    one.say(message('version-negotiation', { supportedVersions: ['2.0.0'] }))
    expect(await one.type('error')).toMatchObject({ code: 'UNSUPPORTED_VERSION' })
    expect(await one.ended).toMatchObject({ code: 1002 })
  })

  it('is closed with 1002 when a message is of another version', async () => {
    const { dashboard } = await world()
    const one = await dashboard()
    const asked = { ...message('ping'), version: '9.9.9' }
    one.say(asked)
    expect(await one.type('error')).toMatchObject({ id: asked.id, code: 'UNSUPPORTED_VERSION' })
    expect(await one.ended).toMatchObject({ code: 1002 })
  })

  it('answers ping with the latency', async () => {
    const { dashboard } = await world()
    const one = await dashboard()
    one.say({ ...message('ping'), timestamp: Date.now() - 100 })
    expect((await one.type('pong'))['latency']).toBeGreaterThanOrEqual(100)
  })

  it('survives nonsense, and says what was expected', async () => {
    const { dashboard } = await world()
    const one = await dashboard()
    for (const nonsense of ['{', '[]', '{}', '{"type":"dance","id":"x","version":"1.0.0","timestamp":1}', '"x"'])
      one.say(nonsense)
    expect(await one.ask('subscribe', { topics: 'no list' })).toMatchObject({ code: 'INVALID_MESSAGE' })
    expect(one.frames.filter(({ type }) => type === 'error').map((frame) => frame['code'])).toEqual(
      Array(6).fill('INVALID_MESSAGE'),
    )
    expect(one.frames.find((frame) => frame['id'] === 'x')?.['message']).toMatch(/subscribe.*got "dance"/)
    expect(await one.ask('subscribe', { topics: ['a'] })).toMatchObject({ type: 'ack' })
  })

  it('closes when the bridge goes away', async () => {
    const { dashboard, bridge } = await world()
    const one = await dashboard()
    await bridge.close()
    expect(await one.ended).toMatchObject({ code: 1012 })
  })

  it('hears a word of the operator', async () => {
    const { dashboard, system } = await world()
    const one = await dashboard()
    await one.ask('subscribe', { topics: ['a'] })
    await system.notify('tea is ready')
    expect(await one.event('system.notice')).toMatchObject({ text: 'tea is ready', level: 'info' })
  })

  it('hears what is sent to it alone', async () => {
    const { dashboard, system } = await world()
    const one = await dashboard()
    await one.ask('subscribe', { topics: ['a'] })
    await system.client('anybody').send({ type: 'hint', text: 'psst' })
    expect(await one.event('client.anybody.message')).toMatchObject({ type: 'hint', text: 'psst', from: 'system' })
  })
})

describe('publishing', () => {
  it('reaches who listens, numbered from 1, in order', async () => {
    const { dashboard } = await world()
    const [one, two] = [await dashboard(), await dashboard()]
    await one.ask('subscribe', { topics: ['room.blue'] })
    for (let at = 1; at <= 1_500; at++) two.say(message('publish', { topic: 'room.blue', data: { at } }))
    await one.event('room.blue', ({ at }) => at === 1_500)
    expect(one.events().map((frame) => frame['sequenceNumber'])).toEqual(Array.from({ length: 1_500 }, (_, at) => at + 1))
    expect(one.events().map((frame) => (frame['data'] as { at: number }).at)).toEqual(
      Array.from({ length: 1_500 }, (_, at) => at + 1),
    )
  })

  it('is not heard by who publishes, unless it says broadcast', async () => {
    const { dashboard } = await world()
    const [one, two] = [await dashboard(), await dashboard()]
    for (const each of [one, two]) await each.ask('subscribe', { topics: ['room'] })
    expect(await one.ask('publish', { topic: 'room', data: 1 })).toMatchObject({ type: 'ack', success: true })
    await one.ask('publish', { topic: 'room', data: 2, broadcast: true })
    await two.until((frame) => frame['data'] === 2)
    expect(two.events().map((frame) => frame['data'])).toEqual([1, 2])
    expect(one.events().map((frame) => [frame['data'], frame['sequenceNumber']])).toEqual([[2, 2]])
  })

  it('separates by / as well, and names what it says as the listener does', async () => {
    const { dashboard } = await world()
    const [one, two, three] = [await dashboard(), await dashboard(), await dashboard()]
    await one.ask('subscribe', { topics: ['test/topic'] })
    await two.ask('subscribe', { topics: ['test/*'] })
    await three.ask('publish', { topic: 'test/topic', data: 1 })
    await three.ask('publish', { topic: 'test.topic', data: 2 })
    for (const each of [one, two]) {
      await each.event('test/topic', (data) => (data as unknown) === 2)
      expect(each.events('test/topic').map((frame) => frame['data'])).toEqual([1, 2])
    }
  })

  it('on what is no topic, or is a pattern, fails with a sentence', async () => {
    const { dashboard } = await world()
    const one = await dashboard()
    for (const topic of ['a..b', 'a b', 'room.*', '.'.repeat(40)])
      expect(await one.ask('publish', { topic, data: 1 })).toMatchObject({
        type: 'error',
        code: 'PUBLISH_FAILED',
        message: expect.any(String),
      })
  })

  it('needs the right to', async () => {
    const at = await setUp({ dialects: [claudeFlow] })
    const one = await connect(`${at.bridge.url}/?token=${await at.token({ permissions: ['read'] })}`)
    expect(await one.ask('publish', { topic: 'room', data: 1 })).toMatchObject({ code: 'AUTHORIZATION_FAILED' })
    const two = await connect(
      `${at.bridge.url}/?token=${await at.token({ permissions: ['write'], channels: { write: ['blue.#'] } })}`,
    )
    expect(await two.ask('publish', { topic: 'room', data: 1 })).toMatchObject({ code: 'AUTHORIZATION_FAILED' })
    expect(await two.ask('publish', { topic: 'blue', data: 1 })).toMatchObject({ type: 'ack' })
    expect(await two.ask('subscribe', { topics: ['blue'] })).toMatchObject({ code: 'AUTHORIZATION_FAILED' })
  })

  it('on topics of the runtime is carried, and changes no view', async () => {
    const { dashboard, system } = await world()
    const ada = system.spawn(worker, { id: 'ada' })
    await ada.ready
    const [one, two] = [await dashboard(), await dashboard()]
    await two.ask('subscribe', { topics: ['agent.ada.status', 'agent.status'] })
    await one.ask('publish', { topic: 'agent.ada.status', data: { agentId: 'ada', status: 'error', timestamp: 1 } })
    expect(await two.event('agent.ada.status')).toEqual({ agentId: 'ada', status: 'error', timestamp: 1 })
    expect(system.state.agents.get('ada')?.state).toBe('running')
    expect(two.events('agent.status')).toEqual([])
  })
})

describe('subscriptions', () => {
  it('are told when they are too many, and stay as they were', async () => {
    const { dashboard } = await world()
    const one = await dashboard()
    const names = Array.from({ length: 101 }, (_, at) => `t${at}`)
    expect(await one.ask('subscribe', { topics: names })).toMatchObject({
      type: 'error',
      code: 'SUBSCRIPTION_FAILED',
      message: expect.stringMatching(/100/),
    })
    expect(await one.ask('subscribe', { topics: names.slice(0, 100) })).toMatchObject({ type: 'ack' })
    expect(await one.ask('subscribe', { topics: ['t1'] })).toMatchObject({ type: 'ack' })
    expect(await one.ask('subscribe', { topics: [], patterns: ['more.#'] })).toMatchObject({ code: 'SUBSCRIPTION_FAILED' })
    expect(await one.ask('unsubscribe', { topics: ['t1', 'never'] })).toMatchObject({ type: 'ack' })
    expect(await one.ask('subscribe', { topics: [], patterns: ['more.#'] })).toMatchObject({ type: 'ack' })
  })

  it('end when they are taken back', async () => {
    const { dashboard } = await world()
    const [one, two] = [await dashboard(), await dashboard()]
    await one.ask('subscribe', { topics: ['a', 'b', 'a.#'] })
    await one.ask('unsubscribe', { topics: ['a', 'a.#'] })
    await two.ask('publish', { topic: 'a', data: 1 })
    await two.ask('publish', { topic: 'b', data: 2 })
    await one.event('b')
    expect(one.events().map((frame) => frame['data'])).toEqual([2])
  })

  const published = ['agent.123.status', 'agent.123.status.health', 'agent.status', 'agent.x.y.status', 'agent', 'task.1.status']
  it.each([
    ['agent.*.status', ['agent.123.status']],
    ['agent.#', ['agent.123.status', 'agent.123.status.health', 'agent.status', 'agent.x.y.status', 'agent']],
    ['agent.#.status', ['agent.123.status', 'agent.status', 'agent.x.y.status']],
    ['#.status', ['agent.123.status', 'agent.status', 'agent.x.y.status', 'task.1.status']],
    ['#', published],
    ['*.*.status', ['agent.123.status', 'task.1.status']],
    ['agent.*', ['agent.status']],
  ])('by the pattern %s hear what it covers', async (pattern, heard) => {
    const { dashboard } = await world()
    const [one, two] = [await dashboard(), await dashboard()]
    await one.ask('subscribe', { topics: [pattern, 'end'] })
    for (const topic of published) await two.ask('publish', { topic, data: 1 })
    await two.ask('publish', { topic: 'end', data: 1 })
    await one.event('end')
    expect(
      one
        .events()
        .map((frame) => frame['topic'])
        .filter((topic) => topic !== 'end'),
    ).toEqual(heard)
  })

  it('hear an event once, however many of them cover it', async () => {
    const { dashboard } = await world()
    const [one, two] = [await dashboard(), await dashboard()]
    await one.ask('subscribe', { topics: ['a.b', 'a.*'], patterns: ['#'] })
    await two.ask('publish', { topic: 'a.b', data: 1 })
    await two.ask('publish', { topic: 'end', data: 1 })
    await one.event('end')
    expect(one.events('a.b')).toHaveLength(1)
  })

  it('hear only what the token covers', async () => {
    const at = await setUp({ dialects: [claudeFlow] })
    const token = await at.token({ permissions: ['read'], channels: { read: ['task.#', 'swarm.#'] } })
    const one = await connect(`${at.bridge.url}/?token=${token}`)
    expect(await one.ask('subscribe', { topics: ['#', 'swarm.s.consensus'] })).toMatchObject({ type: 'ack' })
    expect(await one.ask('subscribe', { topics: ['agent.status'] })).toMatchObject({ code: 'AUTHORIZATION_FAILED' })
    at.system.spawn(worker, { id: 'ada' })
    await at.system.spawn(task({ id: 't1', to: 'ada', message: { type: 'add', a: 1, b: 2 } })).result()
    await one.event('task.t1.completed')
    expect(one.events().filter((frame) => String(frame['topic']).startsWith('agent'))).toEqual([])
  })

  it('of patterns can be switched off', async () => {
    const { dashboard } = await world({ patterns: false })
    const one = await dashboard()
    expect(await one.ask('subscribe', { topics: ['a.*'] })).toMatchObject({ code: 'SUBSCRIPTION_FAILED' })
    expect(await one.ask('subscribe', { topics: ['a'] })).toMatchObject({ type: 'ack' })
  })
})

describe('the rate limit', () => {
  it('is none by default, and told with the id of the message where there is one', async () => {
    const { dashboard } = await world({ rateLimit: { maxMessages: 3, windowMs: 60_000 } })
    const one = await dashboard()
    for (let at = 0; at < 3; at++) expect(await one.ask('publish', { topic: 'a', data: at })).toMatchObject({ type: 'ack' })
    expect(await one.ask('publish', { topic: 'a', data: 4 })).toMatchObject({ type: 'error', code: 'RATE_LIMIT_EXCEEDED' })
    one.say(message('ping'))
    await one.type('pong')
  })
})
