/** `WSServer`. */
import { describe, expect, it } from 'vitest'
import { MessageSerializer, WSServer } from '../../bridge/claude-flow/index.js'
import { signToken } from '../../bridge/index.js'
import { createSystem } from '../../src/system/system.js'
import { plain } from '../kit/plain.js'
import { open, secret } from '../kit/world.js'
import { all, next, stand, wait } from './stand.js'

describe('a server', () => {
  it('tells that it started, who connects and who leaves', async () => {
    const server = new WSServer({ port: 0 })
    const started = next(server, 'started')
    await server.start()
    open.push(() => server.shutdown())
    expect(await started).toEqual({ port: server.port, host: '127.0.0.1' })
    const [connections, welcomes, left] = [all(server, 'connection'), all(server, 'authenticated'), all(server, 'disconnect')]
    const one = await plain(`ws://127.0.0.1:${server.port}/any/path`)
    await one.type('version-negotiation')
    const [clientId = ''] = server.getConnectedClients()
    expect([connections, welcomes]).toEqual([[{ clientId }], [{ clientId }]])
    expect(server.getClient(clientId)).toMatchObject({ id: clientId, authenticated: true, messageCount: 0 })
    await one.close()
    await wait(() => left.length > 0)
    expect(left).toEqual([{ clientId }])
    expect([server.getConnectedClients(), server.getClient(clientId)]).toEqual([[], undefined])
  })

  it('is started once, and can be started again after it was shut down', async () => {
    const { server, url } = await stand()
    await expect(server.start()).rejects.toThrow(/started already/)
    const down = next(server, 'shutdown')
    // The second one, too, is over when the port is free.
    void server.shutdown()
    await server.shutdown()
    await down
    await server.shutdown()
    await expect(plain(url)).rejects.toThrow()
    await server.start()
    expect(server.getConnectedClients()).toEqual([])
  })

  it('says why it cannot start', async () => {
    const { server } = await stand()
    const second = new WSServer({ port: server.port })
    const errors = all(second, 'error')
    await expect(second.start()).rejects.toThrow(/in use/)
    expect(errors).toHaveLength(1)
    await expect(new WSServer({ port: 0, host: '0.0.0.0' }).start()).rejects.toThrow(/authentication/i)
    expect(() => new WSServer({ server: {} } as object)).toThrow(/port/)
  })

  it('asks the application who may come in, and says what they are', async () => {
    const asked: unknown[] = []
    const { server, client, make } = await stand({
      host: '127.0.0.1',
      authenticate: async (token, metadata) => {
        asked.push([token, metadata])
        if (token === 'odd') throw new Error('The directory is down.')
        return token === 'good'
      },
    })
    const welcomes = all(server, 'authenticated')
    await client({ token: 'good', metadata: { name: 'ann' } })
    await client({ token: 'good' })
    await expect(make({ token: 'bad' }).connect()).rejects.toThrow(/not accepted/)
    await expect(make({ token: 'odd' }).connect()).rejects.toThrow(/not accepted/)
    expect(asked).toEqual([
      ['good', { name: 'ann' }],
      ['good', undefined],
      ['bad', undefined],
      ['odd', undefined],
    ])
    const [first = ''] = server.getConnectedClients()
    expect(welcomes[0]).toEqual({ clientId: first, metadata: { name: 'ann' } })
    expect(server.getClient(first)?.metadata).toEqual({ name: 'ann' })
  })

  it('closes whoever does not say in time who it is', async () => {
    const { url } = await stand({ host: '127.0.0.1', authenticate: () => true, authTimeout: 30 })
    const one = await plain(url)
    expect(await one.type('error')).toMatchObject({ code: 'AUTHENTICATION_FAILED' })
    expect(await one.ended).toMatchObject({ code: 4401 })
  })

  it('may grant less than everything, or take tokens of Troupe', async () => {
    const { client } = await stand({ host: '127.0.0.1', authenticate: () => ({ permissions: ['read'], read: ['blue.#'] }) })
    const one = await client({ token: 'x' })
    await one.subscribe(['blue.room'])
    await expect(one.subscribe(['red.room'])).rejects.toMatchObject({ code: 'AUTHORIZATION_FAILED' })
    await expect(one.publish('blue.room', 1)).rejects.toMatchObject({ code: 'AUTHORIZATION_FAILED' })
    const signed = await stand({ host: '127.0.0.1', secret })
    const two = await signed.client({ token: await signToken({ sub: 'ann', ttl: 60_000 }, secret) })
    await two.subscribe(['blue.room'])
  })

  it('takes as many clients as it may', async () => {
    const { server, client, url } = await stand({ maxConnections: 2 })
    await client()
    await client()
    const third = await plain(url)
    expect(await third.ended).toMatchObject({ code: 1013 })
    expect(server.getConnectedClients()).toHaveLength(2)
  })

  it('says something to one, to all, and ends one', async () => {
    const { server, client } = await stand()
    const [one, two] = [await client(), await client()]
    const [first = '', second = ''] = server.getConnectedClients()
    const heard = [all(one, 'event'), all(two, 'event')]
    expect(server.sendMessage(first, MessageSerializer.create('event', { topic: 'only', data: 1 }))).toBe(true)
    expect(server.sendMessage('nobody', MessageSerializer.create('ping', {}))).toBe(false)
    server.broadcast(MessageSerializer.create('event', { topic: 'all', data: 2 }))
    await wait(() => heard.every((events) => events.length > 0) && heard[0]?.length === 2)
    expect(heard).toMatchObject([[{ topic: 'only' }, { topic: 'all' }], [{ topic: 'all' }]])
    const gone = next(two, 'disconnected')
    server.disconnectClient(second, 'enough')
    expect(await gone).toEqual({ code: 1000, reason: 'enough' })
    expect(server.getConnectedClients()).toEqual([first])
    const failures = all(server, 'send-error')
    const loop: Record<string, unknown> = {}
    loop['loop'] = loop
    expect(server.sendMessage(first, MessageSerializer.create('event', { topic: 'x', data: loop }))).toBe(false)
    expect(failures).toHaveLength(1)
  })

  it('keeps what is said in order, whoever says it', async () => {
    const { server, router, client } = await stand()
    const one = await client()
    const [id = ''] = server.getConnectedClients()
    await one.subscribe(['a'])
    const events = all<{ data: number }>(one, 'event')
    for (let at = 0; at < 10; at += 2) {
      await router.publish('a', at)
      server.sendMessage(id, MessageSerializer.create('event', { topic: 'a', data: at + 1 }))
    }
    await wait(() => events.length === 10)
    expect(events.map(({ data }) => data)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  })

  it('tells of what its clients do', async () => {
    const { server, client } = await stand()
    const [subscribed, unsubscribed, published, said] = ['subscribe', 'unsubscribe', 'publish', 'message'].map((name) =>
      all(server, name),
    )
    const one = await client()
    const [clientId = ''] = server.getConnectedClients()
    await one.subscribe(['a', 'b.*'])
    expect([...(server.getClient(clientId)?.subscriptions ?? [])]).toEqual(['a', 'b.*'])
    await one.publish('b/c', { x: 1 }, true)
    await one.unsubscribe(['a'])
    one.send(MessageSerializer.create('pong', {}))
    await wait(() => said?.length === 1)
    expect(subscribed).toEqual([{ clientId, topics: ['a', 'b.*'] }])
    expect(unsubscribed).toEqual([{ clientId, topics: ['a'] }])
    expect(published).toEqual([{ clientId, topic: 'b/c', data: { x: 1 }, broadcast: true }])
    expect(said).toMatchObject([{ clientId, message: { type: 'pong' } }])
  })

  it('refuses more messages than its rate allows, by default 100 in a minute', async () => {
    const { client } = await stand()
    const one = await client()
    for (let at = 0; at < 100; at++) await one.publish('a', at)
    await expect(one.publish('a', 100)).rejects.toMatchObject({ code: 'RATE_LIMIT_EXCEEDED' })
    const { client: free } = await stand({ rateLimit: false })
    const two = await free()
    for (let at = 0; at < 150; at++) await two.publish('a', at)
  })

  it('is not harmed by listeners that throw', async () => {
    const { server, client } = await stand()
    const errors = all(server, 'error')
    server.on('connection', () => {
      throw new Error('mine')
    })
    server.on('subscribe', async () => Promise.reject(new Error('late')))
    const one = await client()
    await one.subscribe(['a'])
    await wait(() => errors.length === 2)
    expect(errors.map(String)).toEqual(['Error: mine', 'Error: late'])
  })

  it('leaves a system that it was given alone', async () => {
    const system = createSystem()
    open.push(() => system.stop())
    const { server } = await stand({ system })
    await server.shutdown()
    expect(system.draining).toBe(false)
  })
})
