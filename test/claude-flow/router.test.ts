/** `WSRouter`. */
import { describe, expect, it } from 'vitest'
import { MessageSerializer, WSRouter } from '../../bridge/claude-flow/index.js'
import { plain } from '../kit/plain.js'
import { open } from '../kit/world.js'
import { all, next, stand, wait } from './stand.js'

describe('a router', () => {
  it('publishes to all who listen, numbered from 1', async () => {
    const { router, client } = await stand()
    const published = all(router, 'published')
    const one = await client()
    await one.subscribe(['a.*'])
    const events = all(one, 'event')
    await router.publish('a.b', 1)
    await router.publish('a.b', 2, 'somebody')
    await router.publish('agent.x.status', 3)
    await wait(() => events.length === 2)
    expect(events).toMatchObject([
      { topic: 'a.b', data: 1, sequenceNumber: 1 },
      { data: 2, sequenceNumber: 2 },
    ])
    expect(published).toEqual([
      { publisherId: 'server', topic: 'a.b', subscribers: 1, sequenceNumber: 1 },
      { publisherId: 'somebody', topic: 'a.b', subscribers: 1, sequenceNumber: 2 },
      { publisherId: 'server', topic: 'agent.x.status', subscribers: 0, sequenceNumber: 1 },
    ])
    await expect(router.publish('a b', 1)).rejects.toThrow(/topic/)
  })

  it('tells of what clients publish, and to how many it went', async () => {
    const { server, router, client } = await stand()
    const published = all(router, 'published')
    const [one, two] = [await client(), await client()]
    const [publisherId = ''] = server.getConnectedClients()
    for (const each of [one, two]) await each.subscribe(['a'])
    await one.publish('a', 1)
    await one.publish('a', 2, true)
    expect(published).toEqual([
      { publisherId, topic: 'a', subscribers: 1, sequenceNumber: 1 },
      { publisherId, topic: 'a', subscribers: 2, sequenceNumber: 2 },
    ])
  })

  it('asks middleware first, then tells the handler, then those who listen', async () => {
    const { router, client } = await stand()
    const order: unknown[] = []
    router.route({
      topic: 'orders/new',
      middleware: [async (data) => (data as { ok: boolean }).ok, () => order.push('second') > 0],
      handler: (data, id) => void order.push(['handler', data, id]),
    })
    const blocked = all(router, 'publish-blocked')
    const [one, two] = [await client(), await client()]
    await two.subscribe(['orders.new'])
    two.on('event', ({ data }) => order.push(['heard', data]))
    const answer = await one.sendAndWait(MessageSerializer.create('publish', { topic: 'orders.new', data: { ok: false } }))
    expect(answer).toMatchObject({ type: 'ack', success: false })
    expect(blocked).toEqual([{ publisherId: expect.any(String), topic: 'orders.new', data: { ok: false } }])
    await one.publish('orders.new', { ok: true })
    await router.publish('orders.new', { ok: false })
    expect(blocked).toHaveLength(2)
    await wait(() => order.length === 3)
    expect(order).toEqual(['second', ['handler', { ok: true }, expect.any(String)], ['heard', { ok: true }]])
    router.unroute('orders.new')
    await one.publish('orders.new', { ok: false })
    await wait(() => order.length === 4)
  })

  it('lets what one client publishes pass in the order in which it was said', async () => {
    const { server, router, client } = await stand()
    let release: (passes: boolean) => void = () => {}
    const held = new Promise<boolean>((resolve) => {
      release = resolve
    })
    router.route({ topic: 'slow', middleware: [() => held] })
    const heard = all(server, 'publish')
    const [one, two] = [await client(), await client()]
    await two.subscribe(['#'])
    const events = all<{ data: number }>(two, 'event')
    const said = Promise.all([one.publish('slow', 1), one.publish('fast', 2)])
    await wait(() => heard.length === 2)
    release(true)
    await said
    await wait(() => events.length === 2)
    expect(events.map(({ data }) => data)).toEqual([1, 2])
  })

  it('fails a publication whose handler fails', async () => {
    const { server, router, client } = await stand()
    const errors = all(server, 'error')
    router.route({
      topic: 'a',
      handler: () => {
        throw new Error('mine')
      },
    })
    await expect((await client()).publish('a', 1)).rejects.toMatchObject({ code: 'INTERNAL_ERROR' })
    await expect(router.publish('a', 1)).rejects.toThrow('mine')
    expect(errors).toHaveLength(1)
  })

  it('knows who listens to what', async () => {
    const { server, router, client } = await stand()
    const [one, two] = [await client(), await client()]
    const [first, second] = server.getConnectedClients()
    const news = all(router, 'subscribed')
    await one.subscribe(['a/b', 'c.*'])
    await two.subscribe(['a/b'])
    expect(news).toEqual([
      { clientId: first, topics: ['a/b', 'c.*'] },
      { clientId: second, topics: ['a/b'] },
    ])
    expect(router.getTopicSubscribers('a.b')).toEqual([first, second])
    expect(router.getAllSubscriptions()).toEqual(new Map([['a/b', [first, second]]]))
    const gone = next(router, 'unsubscribed')
    await one.unsubscribe(['a/b'])
    expect(await gone).toEqual({ clientId: first, topics: ['a/b'] })
    expect(router.getTopicSubscribers('a/b')).toEqual([second])
  })

  it('tells of too many subscriptions, and of patterns where there are none', async () => {
    const { router, client } = await stand({}, { maxSubscriptionsPerClient: 1 })
    const over = next(router, 'subscription-limit-exceeded')
    const one = await client()
    await expect(one.subscribe(['a', 'b'])).rejects.toMatchObject({ code: 'SUBSCRIPTION_FAILED' })
    expect(await over).toMatchObject({ topics: ['a', 'b'] })
    await one.subscribe(['#'])
    const { client: strict } = await stand({}, { enablePatterns: false })
    await expect((await strict()).subscribe(['#'])).rejects.toMatchObject({ code: 'SUBSCRIPTION_FAILED' })
  })

  it('drops the oldest for who does not read, and says so', async () => {
    const { router, url } = await stand({}, { queueSize: 10 })
    const dropped = all<{ clientId: string; topic: string; count: number }>(router, 'message-dropped')
    const one = await plain(url)
    open.push(() => one.close())
    one.say(MessageSerializer.create('subscribe', { topics: ['a'] }))
    await one.type('ack')
    one.socket.pause()
    const data = 'x'.repeat(1_000_000)
    for (let at = 0; at < 40; at++) await router.publish('a', { at, data })
    // At once, whether or not it ever reads again.
    expect(dropped.length).toBeGreaterThan(0)
    expect(dropped[0]).toEqual({ clientId: expect.any(String), topic: 'a', count: 1 })
    one.socket.resume()
    await one.until((frame) => (frame['data'] as { at?: number } | undefined)?.at === 39)
    const heard = one.frames.filter(({ type }) => type === 'event').length
    expect(heard + dropped.length).toBe(40)
  })

  it('loses nothing of a burst for who reads, however few may wait', async () => {
    const { router, client } = await stand({ rateLimit: false }, { queueSize: 100 })
    const dropped = all(router, 'message-dropped')
    const [one, two] = [await client(), await client()]
    await one.subscribe(['z.#'])
    const events = all<{ data: number; sequenceNumber: number }>(one, 'event')
    for (let at = 0; at < 2_000; at++) await router.publish('z.x', at)
    await Promise.all(Array.from({ length: 900 }, (_, at) => two.publish('z.x', 2_000 + at)))
    await wait(() => events.length === 2_900)
    expect(events.map(({ data }) => data)).toEqual(Array.from({ length: 2_900 }, (_, at) => at))
    expect(dropped).toEqual([])
  })

  it('may be made after the server was started', async () => {
    const { server, client } = await stand()
    const second = new WSRouter(server, { maxSubscriptionsPerClient: 1 })
    const over = next(second, 'subscription-limit-exceeded')
    await expect((await client()).subscribe(['a', 'b'])).rejects.toThrow(/1 subscription/)
    await over
  })
})
