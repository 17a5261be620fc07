/** Clients behind a bad network: what they are told arrives once and in order all the same. `DROP=2000 npx vitest run test/faults/proxy.test.ts` drops for 2 seconds. */
import { describe, expect, it } from 'vitest'
import { type Client, type ConnectOptions, connect } from '../../bridge/client.js'
import { createSeededIds } from '../../src/ids.js'
import { open, setUp } from '../kit/world.js'
import { pause, until } from './native-clients.js'
import { type BadNetwork, proxyFor, type Weather } from './proxy.js'

/** Milliseconds that the network is down, again and again; it is up for a quarter of that. */
const drop = Number(process.env['DROP'] ?? 150)
const count = 200
const codecs = ['json', 'msgpack'] as const

const world = async () => {
  const at = await setUp()
  const proxy = await proxyFor(at.bridge.port)
  open.push(() => proxy.close())
  const client = async (options: ConnectOptions = {}): Promise<Client> => {
    const one = connect(proxy.url, { token: await at.token(), reconnect: { delays: [5, 20] }, onError: () => {}, ...options })
    open.push(() => one.stop())
    return one
  }
  return { ...at, proxy, client }
}

const listening = async (client: Client) => {
  const heard: unknown[] = []
  const losses: unknown[] = []
  client.channel('team.#').subscribe(({ body }) => heard.push(body))
  client.losses.subscribe((loss) => losses.push(loss))
  await client.view()
  return { heard, losses }
}

/** Says one after the other while `goesOn`, each until it is acknowledged: what was refused for want of a connection never left. Answers how many. */
const sayWhile = async (client: Client, goesOn: () => boolean): Promise<number> => {
  let n = 0
  for (; n < count || goesOn(); n++) {
    await pause(2)
    for (let said = false; !said; ) {
      await until(client.connection, ({ status }) => status === 'open')
      said = await client
        .channel('team.blue')
        .publish(n)
        .then(
          () => true,
          (error: { code: string }) => {
            if (error.code !== 'DISCONNECTED') throw error
            return false
          },
        )
    }
  }
  return n
}

const all = Array.from({ length: count }, (_, n) => n)

describe.each(codecs)('in %s', { timeout: 60_000 + drop * 100 }, (codec) => {
  it('everything that is published arrives once and in order, though the network drops again and again', async () => {
    const { proxy, client } = await world()
    const [speaker, hearer] = [await client({ codec }), await client({ codec })]
    const { heard, losses } = await listening(hearer)
    const stop = proxy.rhythm(drop / 4, drop)
    while (proxy.cuts === 0) await pause(5)
    const from = proxy.cuts
    const said = await sayWhile(speaker, () => proxy.cuts < from + 6)
    stop()
    await expect.poll(() => heard.length, { timeout: 20_000 }).toBeGreaterThanOrEqual(said)
    expect(heard).toEqual(Array.from({ length: said }, (_, n) => n))
    expect(losses).toEqual([])
  })

  it('everything that is published meanwhile arrives once and in order at who was away', async () => {
    const { proxy, client, system } = await world()
    const { heard, losses } = await listening(await client({ codec }))
    const stop = proxy.rhythm(drop / 4, drop)
    for (const n of all) {
      await system.channel('team.blue').publish(n)
      if (n % 10 === 0) await pause(drop / 5)
    }
    expect(proxy.cuts).toBeGreaterThan(1)
    stop()
    await expect.poll(() => heard.length, { timeout: 20_000 }).toBeGreaterThanOrEqual(count)
    expect(heard).toEqual(all)
    expect(losses).toEqual([])
  })

  it('frames that are cut in the middle are not taken for whole ones', async () => {
    const { proxy, client, system } = await world()
    const ids = createSeededIds(7, () => 0)
    proxy.weather = { cutAfter: () => 1 + Math.floor(ids.random() * 20_000) }
    const { heard, losses } = await listening(await client({ codec }))
    for (const n of all) {
      void system.channel('team.blue').publish(n, { metadata: { text: 'x'.repeat(500) } })
      if (n % 10 === 0) await pause(5)
    }
    await expect.poll(() => heard.length, { timeout: 20_000 }).toBeGreaterThanOrEqual(count)
    expect(proxy.cuts).toBeGreaterThan(5)
    expect(heard).toEqual(all)
    expect(losses).toEqual([])
  })

  it.each([
    ['to the client', { toClient: 30 }],
    ['to the server', { toServer: 30 }],
    ['both ways', { toClient: 20, toServer: 20 }],
  ] as const)('what is late %s is in order', async (_, delay) => {
    const { proxy, client } = await world()
    const weather: Weather = { delay }
    proxy.weather = weather
    const [speaker, hearer] = [await client({ codec }), await client({ codec })]
    const { heard, losses } = await listening(hearer)
    await Promise.all(all.map((n) => speaker.channel('team.blue').publish(n)))
    await expect.poll(() => heard.length, { timeout: 20_000 }).toBeGreaterThanOrEqual(count)
    expect(heard).toEqual(all)
    expect(losses).toEqual([])
  })
})

/** Kept beside the others, so that a proxy that lets everything through cannot make them pass. */
describe('the proxy itself', () => {
  const connected = async (proxy: BadNetwork, client: Client) => {
    await client.view()
    return proxy.cuts
  }

  it('loses what goes through it: without coming back, a client hears no more', async () => {
    const { proxy, client, system } = await world()
    const one = await client({ reconnect: false })
    const heard: unknown[] = []
    one.channel('team.#').subscribe({ next: ({ body }) => heard.push(body), error: () => {} })
    const before = await connected(proxy, one)
    await system.channel('team.blue').publish('first')
    await expect.poll(() => heard).toEqual(['first'])
    proxy.fall()
    await until(one.connection, ({ status }) => status === 'closed')
    await system.channel('team.blue').publish('second')
    expect(proxy.cuts).toBe(before + 1)
    expect(heard).toEqual(['first'])
  })
})
