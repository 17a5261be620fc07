/** Agents that get nowhere come on the list, and leave it when they go on. */
import { afterEach, describe, expect, it } from 'vitest'
import { agent } from '../../../actors/agent/define.js'
import { task } from '../../../actors/task/define.js'
import { createManualClock } from '../../../src/clock.js'
import { createSystem, type System, type SystemOptions } from '../../../src/system/system.js'

let system: System
const clock = createManualClock()
afterEach(async () => {
  const ended = system.stop({ force: true })
  await clock.advance(30_000)
  await ended
})

const worker = agent('worker', {
  hears: { work: {}, talk: {}, note: {} },
  on: {
    work: (_, { signal }) => new Promise((resolve) => signal.addEventListener('abort', resolve)),
    async talk(_, { sleep, progress }) {
      for (let done = 0; done < 100; done += 10) {
        await sleep(600)
        progress(done)
      }
      await sleep(5_000)
    },
    note: () => {},
  },
})
const open = (stalls: NonNullable<SystemOptions['stalls']>) => {
  system = createSystem({ clock, stalls, onError: () => {} })
  return system.spawn(worker, { id: 'w' })
}
const stalls = async (state: 'open' | 'resolved' = 'open') =>
  (await system.attention.list({ kind: 'stall', state })).map(({ title }) => title)

describe('an agent that is busy without a word', () => {
  it('is on the list until it speaks, however long it then works', async () => {
    const w = open({ silent: 1_000 })
    system.spawn(task({ to: w, message: { type: 'talk' } }))
    await clock.advance(6_100)
    expect(await stalls()).toEqual([])
    await clock.advance(1_000)
    expect(await stalls()).toEqual(['Agent w has been busy for 1000 ms without a word'])
    await clock.advance(5_000)
    expect(await stalls()).toEqual([])
    expect(await stalls('resolved')).toHaveLength(1)
  })

  it('comes off the list with its first word, and on it again', async () => {
    const w = open({ silent: 500 })
    system.spawn(task({ to: w, message: { type: 'talk' } }))
    await clock.advance(550)
    expect(await stalls()).toHaveLength(1)
    await clock.advance(60)
    expect(await stalls()).toHaveLength(0)
    await clock.advance(550)
    expect(await stalls()).toHaveLength(1)
  })

  it('is not looked for while it is idle, paused or gone', async () => {
    const w = open({ silent: 500 })
    await clock.advance(10_000)
    w.send({ type: 'work' })
    await clock.advance(100)
    await w.pause()
    await clock.advance(10_000)
    expect(await stalls()).toEqual([])
    await w.resume()
    await clock.advance(600)
    expect(await stalls()).toHaveLength(1)
    await w.kill()
    expect(await stalls()).toEqual([])
  })
})

describe('a message that nobody takes', () => {
  it('puts its agent on the list until it is taken', async () => {
    const w = open({ mailbox: 1_000 })
    const job = system.spawn(task({ to: w, message: { type: 'work' } }))
    await clock.advance(10)
    w.send({ type: 'note' })
    await clock.advance(1_000)
    expect(await stalls()).toEqual([])
    await clock.advance(260)
    expect(await stalls()).toEqual(['A message has waited for agent w for more than 1000 ms'])
    await job.cancel()
    await clock.advance(260)
    expect(await stalls()).toEqual([])
  })

  it('is found behind more urgent ones that are taken all the time', async () => {
    const w = open({ mailbox: 1_000 })
    system.spawn(task({ to: w, message: { type: 'work' } }))
    await clock.advance(10)
    w.send({ type: 'note' }, { priority: 'low' })
    await clock.advance(900)
    w.send({ type: 'note' }, { priority: 'critical' })
    await clock.advance(400)
    expect(await stalls()).toHaveLength(1)
  })

  it('is not looked for in the mailbox of one that is paused', async () => {
    const w = open({ mailbox: 1_000 })
    await w.ready
    await w.pause()
    w.send({ type: 'note' })
    await clock.advance(10_000)
    expect(await stalls()).toEqual([])
  })
})

describe('what is not declared', () => {
  it('is not watched: no message is stamped, and no timer waits', async () => {
    open({})
    await clock.advance(1)
    expect(system.listeners).toBe(6)
  })
})
