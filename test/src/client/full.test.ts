/** What a client offers beyond single verbs: filters, batches, keys, pages, notices. */
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { agent } from '../../../actors/agent/define.js'
import { connect } from '../../../bridge/client.js'
import type { Notice } from '../../../src/client/options.js'
import { TroupeError } from '../../../src/errors.js'
import { open, setUp } from '../../kit/world.js'

const heard: number[] = []
const counter = agent('counter', {
  hears: { count: { at: z.number() } },
  on: {
    count({ at }) {
      heard.push(at)
      return heard.length
    },
  },
})

const world = async (codec: 'json' | 'msgpack' = 'json') => {
  heard.length = 0
  const { system, bridge, token } = await setUp({ spawnable: [counter] })
  const remote = connect(bridge.url, { token: await token(), codec, onError: () => {}, reconnect: { delays: [0], jitter: 0 } })
  open.push(() => remote.stop())
  await remote.view()
  return { system, bridge, remote }
}
const settled = async (remote: { view(): Promise<unknown> }) => void (await remote.view())

describe('a filtered channel of a client', () => {
  it('delivers to each listener what it wants, and asks the server for what all of them want', async () => {
    const { system, remote } = await world()
    const all: unknown[] = []
    const urgent: unknown[] = []
    const own: unknown[] = []
    const high = remote.channel('team.blue', { minPriority: 'high' }).subscribe(({ body }) => urgent.push(body))
    remote.channel('team.blue', { sources: ['ann'] }).subscribe(({ body }) => own.push(body))
    await settled(remote)
    await system.channel('team.blue').publish(1)
    await system.channel('team.blue').publish(2, { priority: 'critical' })
    await remote.channel('team.blue').publish(3)
    const everything = remote.channel('team.blue').subscribe(({ body }) => all.push(body))
    await settled(remote)
    await system.channel('team.blue').publish(4)
    await settled(remote)
    everything.unsubscribe()
    high.unsubscribe()
    await settled(remote)
    await system.channel('team.blue').publish(5, { priority: 'critical' })
    await remote.channel('team.blue').publish(6)
    await settled(remote)
    expect({ all, urgent, own }).toEqual({ all: [4], urgent: [2], own: [3, 6] })
  })

  it('is the same in process', async () => {
    const { system } = await world()
    const urgent: unknown[] = []
    system.channel('team.blue', { minPriority: 'high' }).subscribe(({ body }) => urgent.push(body))
    await system.channel('team.blue').publish(1)
    await system.channel('team.blue').publish(2, { priority: 'high' })
    expect(urgent).toEqual([2])
  })
})

describe.each(['json', 'msgpack'] as const)('a batch of a client in %s', (codec) => {
  it('carries out everything that was asked in it, in order', async () => {
    const { remote } = await world(codec)
    const spawned: Promise<void>[] = []
    const answers: Promise<unknown>[] = []
    remote.batch(() => {
      spawned.push(remote.spawn(counter, { id: 'c' }).ready)
      for (let at = 0; at < 2_500; at++) answers.push(remote.ask('c', { type: 'count', at }))
    })
    await Promise.all(spawned)
    const outcomes = await Promise.allSettled(answers)
    // More than 1,000 at once wait for nobody: the bridge says so, and the others are carried out.
    const done = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
    expect(done).toEqual(done.map((_, at) => at + 1))
    expect(heard).toEqual([...heard].sort((a, b) => a - b))
    expect(done.length).toBeGreaterThanOrEqual(999)
  })

  it('lets what cannot be written fail alone', async () => {
    const { system, remote } = await world(codec)
    system.spawn(counter, { id: 'c' })
    const round: { type: string; self?: unknown } = { type: 'count' }
    round.self = round
    const asked: Promise<unknown>[] = []
    remote.batch(() => {
      asked.push(remote.ask('c', { type: 'count', at: 1 }), remote.ask('c', round), remote.ask('c', { type: 'count', at: 2 }))
    })
    expect((await Promise.allSettled(asked)).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  })
})

describe('a view of a client', () => {
  it('is whole, however many pages it came in', async () => {
    const { system, remote } = await world()
    for (let i = 0; i < 2_345; i++) system.spawn(counter, { id: `c${i}` })
    expect((await remote.view()).agents.size).toBe(2_345)
  })

  it('is asked for anew where the server has lost the rest of it', async () => {
    const asked: string[] = []
    const { system, bridge, token } = await setUp({
      guard: (command) => {
        if (command.type !== 'view.get') return
        asked.push(command.next === undefined ? 'first' : 'next')
        if (asked.length === 2) throw new TroupeError('ENDED', 'The rest of that view is no longer kept.')
      },
    })
    for (let i = 0; i < 1_500; i++) system.spawn(counter, { id: `c${i}` })
    const remote = connect(bridge.url, { token: await token(), onError: () => {} })
    open.push(() => remote.stop())
    expect((await remote.view()).agents.size).toBe(1_500)
    expect(asked.slice(0, 4)).toEqual(['first', 'next', 'first', 'next'])
  })
})

describe('a notice', () => {
  it('reaches the client', async () => {
    const { system, remote } = await world()
    const notices: Notice[] = []
    remote.notices.subscribe((notice) => notices.push(notice))
    await system.notify('Upgrade at noon.', { level: 'critical' })
    await remote.notify('Now.')
    await settled(remote)
    expect(notices).toEqual([
      { level: 'critical', text: 'Upgrade at noon.', from: 'system' },
      { level: 'info', text: 'Now.', from: 'ann' },
    ])
  })
})
