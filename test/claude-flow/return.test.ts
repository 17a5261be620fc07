/** `WSClient`: what it still knows and does when something was refused, cancelled, or went wrong on its way back. */
import { describe, expect, it } from 'vitest'
import type { WSServer } from '../../bridge/claude-flow/index.js'
import { all, next, stand, wait } from './stand.js'

const subscriptionsOf = (server: WSServer): string[] =>
  server.getConnectedClients().flatMap((id) => [...(server.getClient(id)?.subscriptions ?? [])])

/** The server ends the connection, and the client comes back. */
const lose = async (server: WSServer, one: Awaited<ReturnType<Awaited<ReturnType<typeof stand>>['client']>>) => {
  const back = next(one, 'authenticated')
  for (const id of server.getConnectedClients()) server.disconnectClient(id, 'go away')
  await back
}

describe('a client that comes back', () => {
  it('listens to what it listened to before something was refused', async () => {
    const { server, client } = await stand()
    const one = await client({ reconnect: true })
    await one.subscribe(['keep.me'])
    await expect(one.subscribe(['keep.me', 'new', 'bad topic!'])).rejects.toMatchObject({ code: 'SUBSCRIPTION_FAILED' })
    await lose(server, one)
    expect(subscriptionsOf(server)).toEqual(['keep.me'])
  })

  it('listens to more topics than one message may name', async () => {
    const { server, client } = await stand({ rateLimit: false }, { maxSubscriptionsPerClient: 3_300 })
    const one = await client({ reconnect: true })
    const topics = Array.from({ length: 2_200 }, (_, at) => `t.n${at}`)
    await one.subscribe(topics)
    await lose(server, one)
    expect(subscriptionsOf(server)).toEqual(topics)
    // All or none.
    const more = Array.from({ length: 1_200 }, (_, at) => `u.n${at}`)
    await expect(one.subscribe(more)).rejects.toMatchObject({ code: 'SUBSCRIPTION_FAILED' })
    expect(subscriptionsOf(server)).toEqual(topics)
    await one.unsubscribe(topics.slice(1))
    expect(subscriptionsOf(server)).toEqual(['t.n0'])
  })

  it('tries again when it was not let in, and tells why it was not', async () => {
    let asked = 0
    const { server, client } = await stand({
      host: '127.0.0.1',
      authenticate: async () => {
        if (++asked === 2) throw new Error('The database is away.')
        return true
      },
    })
    const one = await client({ reconnect: true, token: 'x' })
    await one.subscribe(['a'])
    const [attempts, failed] = [all(one, 'reconnecting'), all(one, 'reconnect-error')]
    await lose(server, one)
    expect(attempts).toEqual([{ attempt: 1 }, { attempt: 2 }])
    expect(failed).toMatchObject([{ code: 'AUTHENTICATION_FAILED' }])
    expect([one.isConnected, asked]).toEqual([true, 3])
    await wait(() => server.getConnectedClients().length === 1)
    expect(subscriptionsOf(server)).toEqual(['a'])
  })
})

describe('a client that leaves', () => {
  it('does not say later what it was told will not be said', async () => {
    const { server, make } = await stand()
    const published = all(server, 'publish')
    const one = make()
    const said = one.publish('a', 1)
    one.disconnect()
    await expect(said).rejects.toMatchObject({ code: 'DISCONNECTED' })
    expect(one.queueSize).toBe(0)
    await one.connect()
    await one.publish('a', 2)
    expect(published).toMatchObject([{ data: 2 }])
  })

  it('while it connects may connect anew', async () => {
    const { server, make } = await stand()
    const one = make()
    const errors = all(one, 'error')
    const first = one.connect().catch((error: Error) => error.message)
    one.disconnect()
    await one.connect()
    expect(await first).toMatch(/closed before/)
    expect([one.isConnected, errors.length]).toEqual([true, 0])
    await wait(() => server.getConnectedClients().length === 1)
  })
})
