/** Connections that are half open, and clients that read a byte a second. Ten thousand that never say who they are stand in `test/bridge/edge/strangers.test.ts`. */
import { describe, expect, it } from 'vitest'
import { type Client, connect } from '../../bridge/client.js'
import { createManualClock } from '../../src/clock.js'
import { open, setUp } from '../kit/world.js'
import { until } from './native-clients.js'
import { proxyFor } from './proxy.js'

const interval = 10_000

describe('a connection that is half open', () => {
  const world = async () => {
    const clock = createManualClock()
    const at = await setUp({ heartbeat: interval }, { clock })
    const proxy = await proxyFor(at.bridge.port)
    open.push(() => proxy.close())
    const token = await at.token({ ttl: 86_400_000 })
    const client = (url: string): Client => {
      const one = connect(url, { token, clock, reconnect: { delays: [50], jitter: 0 }, onError: () => {} })
      open.push(() => one.stop())
      return one
    }
    /** Time goes on, and what is said in it arrives. */
    const go = async (milliseconds: number, others: readonly Client[]) => {
      for (let gone = 0; gone < milliseconds; gone += interval / 10) {
        await clock.advance(interval / 10)
        for (const other of others) await other.view()
      }
    }
    return { ...at, clock, proxy, client, go }
  }

  it('is noticed by both sides after two pings that nobody answers, and gone on with', async () => {
    const { bridge, proxy, client, go, system, clock } = await world()
    const one = client(proxy.url)
    const other = client(bridge.url)
    const heard: unknown[] = []
    one.channel('team.#').subscribe(({ body }) => heard.push(body))
    await one.view()
    await other.view()
    expect(bridge.connections).toBe(2)
    proxy.weather = { swallows: true }
    void system.channel('team.blue').publish('meanwhile')
    // As long as two pings may yet be answered, nobody is given up.
    await go(2 * interval, [other])
    expect(bridge.connections).toBe(2)
    expect(one.connected.status).toBe('open')
    await go(1.5 * interval, [other])
    expect(bridge.connections).toBe(1)
    expect(one.connected.status).not.toBe('open')
    proxy.weather = {}
    proxy.fall()
    proxy.rise()
    await go(interval / 5, [other])
    const back = until(one.connection, ({ status }) => status === 'open')
    while (one.connected.status !== 'open') await clock.advance(50)
    await back
    await one.view()
    await expect.poll(() => heard).toEqual(['meanwhile'])
  })

  it('does not keep its session from whoever comes back before it is noticed', async () => {
    const { bridge, proxy, client, system } = await world()
    const one = client(proxy.url)
    const heard: unknown[] = []
    one.channel('team.#').subscribe(({ body }) => heard.push(body))
    await one.view()
    proxy.weather = { swallows: true }
    await system.channel('team.blue').publish('meanwhile')
    proxy.weather = {}
    // The server still believes in the old connection when the new one comes.
    one.reconnect()
    await one.view()
    await expect.poll(() => heard).toEqual(['meanwhile'])
    await expect.poll(() => bridge.connections).toBe(1)
  })
})

describe('a client that reads a byte a second', () => {
  const text = 'x'.repeat(10_000)
  /** Bytes that wait for whoever is furthest behind. */
  const behind = async (http: string, token: string): Promise<number> => {
    const page = await (await fetch(`${http}/metrics`, { headers: { authorization: `Bearer ${token}` } })).text()
    return Number(/^troupe_outbox_bytes_max (\S+)$/m.exec(page)?.[1])
  }

  it('costs no more than what may wait for it, holds up nobody, and is told what it did not get', async () => {
    const limits = { messages: 10_000, bytes: 1_048_576 }
    const { bridge, system, token, welcome, http } = await setUp({ outbox: limits })
    const operator = await token()
    const proxy = await proxyFor(bridge.port)
    open.push(() => proxy.close())
    const slow = connect(proxy.url, { token: await token({ sub: 'slow' }), onError: () => {} })
    open.push(() => slow.stop())
    const losses = new Set<string>()
    let seen = 0
    slow.losses.subscribe(({ topic, reason }) => losses.add(`${topic} ${reason}`))
    slow.channel('team.#').subscribe(() => seen++)
    await slow.view()
    const quick = await welcome()
    await quick.ask('subscribe', { patterns: ['team.#'] })
    proxy.weather = { trickle: 1_000 }
    const waited: number[] = []
    const all = 5_000
    for (let at = 1; at <= all; at++) {
      await system.channel('team.blue').publish({ at, text })
      // Whoever reads is not behind by more than a few.
      if (at % 100 > 0) continue
      await quick.until(({ payload }) => JSON.stringify(payload).includes(`"at":${at},`))
      waited.push(await behind(http, operator))
    }
    // 50 MB were said.
    expect(Math.max(...waited)).toBeGreaterThan(limits.bytes / 2)
    // Words about the connection, such as pings, are counted beside the events, and are few.
    expect(Math.max(...waited)).toBeLessThanOrEqual(limits.bytes + 4_096)
    expect(seen).toBeLessThan(all / 10)
    proxy.weather = {}
    await expect.poll(() => [...losses], { timeout: 20_000 }).toEqual(['team.blue overflow'])
    await expect.poll(() => seen, { timeout: 20_000 }).toBeGreaterThan(20)
    expect(bridge.connections).toBe(2)
  })
})
