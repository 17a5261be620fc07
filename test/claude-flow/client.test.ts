/** `WSClient`: comes back, asks again, keeps what it could not say. */
import { describe, expect, it } from 'vitest'
import { MessageSerializer, WSClient, WSServer } from '../../bridge/claude-flow/index.js'
import { createManualClock } from '../../src/clock.js'
import { open } from '../kit/world.js'
import { all, next, stand } from './stand.js'

const again = async (port: number) => {
  const server = new WSServer({ port })
  await server.start()
  open.push(() => server.shutdown())
  return server
}

describe('a client', () => {
  it('connects once, however often it is asked, and leaves', async () => {
    const { server, make } = await stand()
    const one = make()
    expect([one.readyState, one.isConnected, one.queueSize]).toEqual([3, false, 0])
    const [connected, welcomes] = [all(one, 'connected'), all(one, 'authenticated')]
    await Promise.all([one.connect(), one.connect()])
    await one.connect()
    expect([one.readyState, one.isConnected]).toEqual([1, true])
    expect([connected.length, welcomes.length, server.getConnectedClients().length]).toEqual([1, 1, 1])
    const gone = next(one, 'disconnected')
    one.disconnect()
    expect(one.isConnected).toBe(false)
    expect(await gone).toEqual({ code: 1000, reason: 'Client disconnect' })
    await one.connect()
    expect(one.isConnected).toBe(true)
  })

  it('rejects when nobody is there, though nobody listens for errors', async () => {
    const one = new WSClient({ url: 'ws://127.0.0.1:1' })
    await expect(one.connect()).rejects.toThrow(/ECONNREFUSED/)
    expect(one.readyState).toBe(3)
  })

  it('hears events by their names', async () => {
    const { router, client } = await stand()
    const one = await client()
    await one.subscribe(['a.b'])
    const [any, named] = [next(one, 'event'), next(one, 'event:a.b')]
    await router.publish('a.b', { x: 1 })
    expect(await any).toMatchObject({ type: 'event', topic: 'a.b', data: { x: 1 }, sequenceNumber: 1 })
    expect(await named).toBe(await any)
    const nothing = next<{ data: unknown }>(one, 'event:a.b')
    await router.publish('a.b', undefined)
    expect((await nothing).data).toBeUndefined()
  })

  it('pings, and hears the answer', async () => {
    const { client } = await stand()
    const one = await client({ pingInterval: 5 })
    expect(await next(one, 'pong')).toMatchObject({ latency: expect.any(Number) })
  })

  it('keeps what it says until it is connected, as much as it may', async () => {
    const { server, make } = await stand()
    const published = all(server, 'publish')
    const one = make({ queueSize: 2 })
    const full = next(one, 'queue-full')
    const said = one.publish('a', 1)
    one.send(MessageSerializer.create('publish', { topic: 'a', data: 2 }))
    await expect(one.publish('a', 3)).rejects.toThrow(/queueSize/)
    expect(await full).toMatchObject({ data: 3 })
    await one.subscribe(['a'])
    expect(one.queueSize).toBe(2)
    await one.connect()
    await said
    await one.publish('a', 4)
    expect(published).toMatchObject([{ data: 1 }, { data: 2 }, { data: 4 }])
    expect(one.queueSize).toBe(0)
  })

  it('subscribes to what is wanted while it is let in', async () => {
    const { server, make } = await stand({ host: '127.0.0.1', authenticate: async () => true })
    const one = make({ token: 'x' })
    await one.subscribe(['before'])
    one.on('connected', () => void one.subscribe(['meanwhile']))
    await one.connect()
    const [id = ''] = server.getConnectedClients()
    expect([...(server.getClient(id)?.subscriptions ?? [])]).toEqual(['before', 'meanwhile'])
  })

  it('gives up on an answer that does not come, and does not say later what nobody waits for', async () => {
    const clock = createManualClock()
    const one = new WSClient({ url: 'ws://127.0.0.1:1', clock, messageTimeout: 100 })
    const said = one.publish('a', 1).catch((error: Error) => error.message)
    expect(one.queueSize).toBe(1)
    await clock.advance(100)
    expect(await said).toMatch(/timeout/i)
    expect(one.queueSize).toBe(0)
    expect(clock.pending).toBe(0)
  })

  it('comes back by itself, listens again, and says what waited', async () => {
    const { server, make } = await stand()
    const { port } = server
    const one = make({ reconnect: true })
    await one.connect()
    await one.subscribe(['a'])
    const [attempts, gone] = [all(one, 'reconnecting'), next(one, 'disconnected')]
    await server.shutdown()
    await gone
    const waiting = one.publish('b', 1)
    const back = next(one, 'authenticated')
    const second = await again(port)
    const published = all(second, 'publish')
    await back
    await waiting
    expect(attempts[0]).toEqual({ attempt: 1 })
    expect(published).toMatchObject([{ topic: 'b', data: 1 }])
    const [id = ''] = second.getConnectedClients()
    expect([...(second.getClient(id)?.subscriptions ?? [])]).toEqual(['a'])
  })

  it('waits twice as long each time, up to its interval, and gives up after so many attempts', async () => {
    const { server, make } = await stand()
    const clock = createManualClock()
    const one = make({ reconnect: true, reconnectInterval: 300, reconnectMaxAttempts: 4, clock })
    await one.connect()
    const attempts: number[] = []
    const start = clock.now()
    one.on('reconnecting', () => attempts.push(clock.now() - start))
    const failed = all(one, 'reconnect-error')
    const gone = next(one, 'disconnected')
    await server.shutdown()
    await gone
    const over = new Promise<Error>((resolve) =>
      one.on('error', (error: Error) => /come back/.test(error.message) && resolve(error)),
    )
    for (const delay of [100, 200, 300, 300]) {
      const ended = next(one, 'disconnected')
      await clock.advance(delay)
      await ended
    }
    expect((await over).message).toMatch(/4 attempts/)
    expect(attempts).toEqual([0, 100, 300, 600])
    expect(failed).toHaveLength(4)
  })

  it('does not come back when it was not let in, or left by itself', async () => {
    const { make } = await stand({ host: '127.0.0.1', authenticate: () => false })
    const one = make({ reconnect: true, token: 'x' })
    const attempts = all(one, 'reconnecting')
    const gone = next(one, 'disconnected')
    await expect(one.connect()).rejects.toMatchObject({ code: 'AUTHENTICATION_FAILED' })
    await gone
    const { client } = await stand()
    const two = await client({ reconnect: true })
    const left = next(two, 'disconnected')
    two.on('reconnecting', (news) => attempts.push(news))
    two.disconnect()
    await left
    expect(attempts).toEqual([])
  })

  it('rejects what was said and not answered when the connection is lost', async () => {
    const { server, router, client } = await stand()
    let asked: () => void = () => {}
    const reached = new Promise<void>((resolve) => {
      asked = resolve
    })
    router.route({
      topic: 'a',
      middleware: [
        () => {
          asked()
          return new Promise(() => {})
        },
      ],
    })
    const one = await client()
    const said = one.publish('a', 1).catch((error: Error) => error.message)
    await reached
    const [id = ''] = server.getConnectedClients()
    server.disconnectClient(id, 'enough')
    expect(await said).toMatch(/Connection closed/)
  })

  it('tells of what it cannot read, and of errors that answer nothing', async () => {
    const { server, client } = await stand()
    const one = await client()
    const [id = ''] = server.getConnectedClients()
    const [odd, error, other] = [next(one, 'invalid-message'), next(one, 'error'), next(one, 'message')]
    server.sendMessage(id, { ...MessageSerializer.create('ping', {}), type: 'dance' } as never)
    server.sendMessage(id, MessageSerializer.create('error', { code: 'INTERNAL_ERROR', message: 'Sorry.' }))
    server.sendMessage(id, MessageSerializer.create('ping', {}))
    expect(JSON.parse(String(await odd))).toMatchObject({ type: 'dance' })
    expect(await error).toMatchObject({ message: 'Sorry.', code: 'INTERNAL_ERROR' })
    expect(await other).toMatchObject({ type: 'ping' })
    const unreadable = next(one, 'parse-error')
    server.sendMessage(id, { id: 'x' } as never)
    expect(await unreadable).toMatchObject({ error: expect.any(Error) })
  })

  it('leaves a server that speaks no version of its own', async () => {
    const { server, client } = await stand()
    const one = await client()
    const [id = ''] = server.getConnectedClients()
    const [error, gone] = [next<Error>(one, 'error'), next(one, 'disconnected')]
    server.sendMessage(id, MessageSerializer.create('version-negotiation', { supportedVersions: ['9.0.0'] }))
    expect((await error).message).toMatch(/version.*9\.0\.0/)
    await gone
  })
})
