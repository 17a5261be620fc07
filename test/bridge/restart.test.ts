/** Clients that stay while the process behind their bridge is another. */

import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { levelStore } from 'troupe/journal/level'
import { afterEach, describe, expect, it } from 'vitest'
import { task } from '../../actors/index.js'
import { connect } from '../../bridge/client.js'
import { openBridge, signToken } from '../../bridge/index.js'
import { openJournal } from '../../src/journal/open.js'
import { createSystem } from '../../src/system/system.js'
import { worker } from '../kit/worker.js'
import { secret } from '../kit/world.js'

const undo: (() => unknown)[] = []
afterEach(async () => {
  for (const each of undo.splice(0).reverse()) await each()
})

const freePort = () =>
  new Promise<number>((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })

const world = async () => {
  const dir = mkdtempSync(join(tmpdir(), 'troupe-restart-'))
  undo.push(() => rmSync(dir, { recursive: true, force: true }))
  const port = await freePort()
  const begin = async () => {
    const journal = await openJournal({ stores: { disk: levelStore(dir) } })
    const system = createSystem({ journal, onError: () => {} })
    const recovered = await system.recover([worker])
    const bridge = await openBridge(system, { port, secret, spawnable: [worker] })
    const end = async () => {
      bridge.drain()
      await system.suspend({ grace: 100 })
      await bridge.close()
      await journal.close()
    }
    return { system, bridge, recovered, end }
  }
  const token = await signToken({ sub: 'ann', permissions: ['admin'], agents: ['*'], ttl: 600_000 }, secret)
  const client = () => {
    const one = connect(`ws://127.0.0.1:${port}`, { token, reconnect: { delays: [10, 50] }, onError: () => {} })
    undo.push(() => one.stop())
    return one
  }
  return { begin, client }
}

describe('over a restart on the same directory', { timeout: 60_000 }, () => {
  it('a client goes on with its session and hears each event once, in order', async () => {
    const { begin, client } = await world()
    let life = await begin()
    undo.push(() => life.end())
    const ann = client()
    const heard: unknown[] = []
    const losses: unknown[] = []
    ann.losses.subscribe((loss) => losses.push(loss))
    ann.channel('team.#').subscribe(({ body }) => heard.push(body))
    await ann.view()
    for (let at = 0; at < 50; at++) await ann.channel('team.blue').publish(at)
    await life.end()
    life = await begin()
    for (let at = 50; at < 100; at++) void life.system.channel('team.blue').publish(at)
    await ann.view()
    await expect.poll(() => heard.length, { timeout: 20_000 }).toBeGreaterThanOrEqual(100)
    expect(heard).toEqual(Array.from({ length: 100 }, (_, at) => at))
    expect(losses).toEqual([])
  })

  it('an agent that works elsewhere waits for its client, and does what was given to it meanwhile', async () => {
    const { begin, client } = await world()
    let life = await begin()
    undo.push(() => life.end())
    const bob = client()
    const done: unknown[] = []
    const registered = bob.register({ id: 'far', definition: 'far', hears: ['job'] }, async (delivery) => {
      done.push(delivery.message)
      return 'well'
    })
    await registered.ready
    await life.end()
    life = await begin()
    expect(life.recovered.agents).toEqual(['far'])
    const job = life.system.spawn(task({ id: 'j', to: 'far', message: { type: 'job' } }))
    expect(await job.result()).toBe('well')
    expect(done).toHaveLength(1)
  })

  it('nothing is acknowledged that nobody keeps: what is said while a process ends is said again to the next', async () => {
    const { begin, client } = await world()
    let life = await begin()
    undo.push(() => life.end())
    const ann = client()
    await ann.view()
    const acknowledged: number[] = []
    let stop = false
    const talking = (async () => {
      for (let at = 0; !stop; at++) {
        await ann.channel('team.blue').publish(at)
        acknowledged.push(at)
      }
    })()
    await expect.poll(() => acknowledged.length).toBeGreaterThan(20)
    await life.end()
    life = await begin()
    const before = acknowledged.length
    await expect.poll(() => acknowledged.length, { timeout: 20_000 }).toBeGreaterThan(before + 20)
    stop = true
    await talking
    const said: unknown[] = []
    const { journal } = life.system
    for (let cursor = { epoch: journal.epoch, offset: 0 }, more = true; more; ) {
      const page = await journal.read(cursor, (topic) => topic === 'team.blue', 100)
      said.push(...page.entries.map(({ event }) => 'body' in event && event.body))
      cursor = { ...page.cursor }
      more = page.more
    }
    expect(said.filter((body) => acknowledged.includes(body as number))).toEqual(acknowledged)
  })
})
