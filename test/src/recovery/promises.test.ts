/** What is promised of a restart, where it is easily broken. */
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { agent } from '../../../actors/agent/define.js'
import { approval, graph, task } from '../../../actors/task/define.js'
import { createLives } from '../../kit/mortal.js'
import { settle } from '../../kit/quiet.js'

const begun: string[] = []
const worker = agent('worker', {
  hears: { nap: { ms: z.number(), name: z.string().default('nap') }, fail: { after: z.number() }, part: {} },
  on: {
    async nap({ ms, name }, { sleep }) {
      begun.push(name)
      await sleep(ms)
      return name
    },
    async fail({ after }, { sleep, fail }) {
      await sleep(after)
      fail('not today')
    },
    async part(_, { sleep, subtask, id }) {
      await sleep(50)
      return subtask({ kind: 'task', to: id, message: { type: 'nap', ms: 1 } } as never)
    },
  },
})

describe('a system that goes on in another process', () => {
  it('is not emptied by one that was suspended without bringing it back', async () => {
    const lives = createLives()
    const first = lives.begin()
    await first.system.spawn(worker, { id: 'ada' }).ready
    first.kill()
    const careless = lives.begin()
    await careless.system.suspend()
    careless.kill()
    const { system } = lives.begin()
    expect((await system.recover([worker])).agents).toEqual(['ada'])
  })

  it('says what it remembers of and no event tells of any more', async () => {
    const lives = createLives()
    const first = lives.begin()
    await first.system.spawn(worker, { id: 'ada' }).ready
    first.kill()
    lives.journal.records.put('task/lost', lives.journal.records.get('agent/ada'))
    const { system } = lives.begin()
    expect((await system.recover([worker])).aside).toMatchObject([{ kind: 'task', id: 'lost' }])
  })

  it('writes its view down now and then, so that what is no longer kept is not missed', async () => {
    const lives = createLives()
    const first = lives.begin()
    await first.system.spawn(worker, { id: 'ada' }).ready
    await first.clock.advance(60_000)
    expect(lives.journal.records.get('view')).toMatchObject({ view: { agents: [{ id: 'ada' }] } })
  })

  it('a task in hand that fails, or begins a part, while it is suspended is tried again', async () => {
    const lives = createLives()
    const first = lives.begin()
    const ada = first.system.spawn(worker, { id: 'ada', concurrency: 2 })
    const again = { retries: 5, backoff: [10_000, 10_000] as const }
    first.system.spawn(task({ id: 'f', to: ada, message: { type: 'fail', after: 50 }, ...again }))
    await first.clock.advance(10)
    const suspended = first.system.suspend({ grace: 1_000 })
    await first.clock.advance(2_000)
    await suspended
    expect(first.system.state.tasks.get('f')).toMatchObject({ state: 'crashed' })
  })

  it('an agent that was to be paused is paused, however often it did not come to that', async () => {
    const lives = createLives()
    const slow = agent('slow', { hears: { x: {} }, start: ({ sleep }) => sleep(1_000), on: { x: () => {} } })
    const first = lives.begin()
    const ada = first.system.spawn(slow, { id: 'ada' })
    await ada.pause().catch(() => {})
    first.kill()
    for (let life = 0; life < 2; life++) {
      const next = lives.begin()
      await next.system.recover([slow])
      await next.clock.advance(10)
      next.kill()
    }
    const { system, clock } = lives.begin()
    await system.recover([slow])
    await clock.advance(2_000)
    expect(system.state.agents.get('ada')?.state).toBe('paused')
  })

  it('what is done once fails when it is put down half-way, and is handed to nobody', async () => {
    begun.length = 0
    const { system, clock } = createLives().begin()
    const ada = system.spawn(worker, { id: 'ada' })
    const once = system.spawn(task({ id: 'once', to: ada, message: { type: 'nap', ms: 1_000 }, once: true }))
    await clock.advance(10)
    await ada.freeze()
    await ada.resume()
    await clock.advance(5_000)
    await expect(once.result()).rejects.toMatchObject({ code: 'CRASHED' })
    expect(begun).toEqual(['nap'])
  })

  it('queues hold what waits now, after any number of restarts', async () => {
    const lives = createLives()
    const first = lives.begin()
    const ada = first.system.spawn(worker, { id: 'ada' })
    await ada.ready
    await ada.pause()
    for (const id of ['x', 'y', 'z']) first.system.spawn(task({ id, to: ada, message: { type: 'nap', ms: 1 } }))
    first.kill()
    for (let life = 0; life < 2; life++) {
      const next = lives.begin()
      await next.system.recover([worker])
      await settle()
      expect(next.system.state.agents.get('ada')?.queue).toEqual(['x', 'y', 'z'])
      next.kill()
    }
  })

  it('a state that a restart has ended does not come back', async () => {
    const counter = agent('counter', {
      hears: { add: {}, spoil: {}, sum: {} },
      state: () => ({ sum: 0 }),
      snapshot: { version: 1, save: ({ sum }) => ({ sum }), load: (data) => z.object({ sum: z.number() }).parse(data) },
      on: {
        add: (_, { state }) => void state.sum++,
        spoil(_, { state }) {
          state.sum = -1
          throw new Error('spoiled')
        },
        sum: (_, { state }) => state.sum,
      },
    })
    const lives = createLives()
    const first = lives.begin()
    const one = first.system.spawn(counter, { id: 'one' })
    await one.ready
    one.send({ type: 'add' })
    one.send({ type: 'spoil' })
    await first.clock.advance(60_000)
    expect(await one.ask({ type: 'sum' })).toBe(0)
    first.kill()
    const { system } = lives.begin()
    await system.recover([counter])
    expect(await system.ask('one', { type: 'sum' })).toBe(0)
  })

  it('is touched by nobody who does not know what it is made of', async () => {
    const lives = createLives()
    const first = lives.begin()
    await first.system.spawn(approval({ id: 'ok', question: '?' })).ready
    first.kill()
    const ignorant = lives.begin()
    await expect(ignorant.system.recover()).rejects.toMatchObject({ code: 'UNSUPPORTED' })
    expect((await ignorant.system.recover([worker])).tasks).toEqual(['ok'])
  })

  it('has no records of what has ended, whatever became of what it was a part of', async () => {
    const lives = createLives()
    const first = lives.begin()
    const ada = first.system.spawn(worker, { id: 'ada' })
    const nap = { to: ada, message: { type: 'nap', ms: 1_000 } } as const
    first.system.spawn(graph({ id: 'g', tasks: { one: { to: ada, message: { type: 'nap', ms: 1 } }, two: nap } }))
    await first.clock.advance(100)
    first.kill()
    lives.journal.records.delete('task/g')
    const { system } = lives.begin()
    expect((await system.recover([worker])).aside).toMatchObject([{ kind: 'task', id: 'g' }])
    expect([...lives.journal.records.list('task/')]).toEqual([])
  })

  it('is brought back once, before anything else, and never after its end', async () => {
    const lives = createLives()
    const { system } = lives.begin()
    const first = system.recover([worker])
    const early = system.spawn(worker).ready
    await expect(early).rejects.toMatchObject({ code: 'INVALID_STATE' })
    await expect(system.recover([worker])).rejects.toMatchObject({ code: 'INVALID_STATE' })
    await first
    await system.stop()
    const ended = lives.begin()
    await ended.system.stop()
    await expect(ended.system.recover([worker])).rejects.toMatchObject({ code: 'CLOSED' })
  })
})
