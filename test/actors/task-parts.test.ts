/** Tasks that are made of tasks: parts, graphs, and what they go through together. */
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { agent, graph, task } from '../../actors/index.js'
import type { TaskRef } from '../../src/ref.js'
import type { GraphDeclaration } from '../../src/system/definition.js'
import { quietSystem, settle } from '../kit/quiet.js'

const worker = agent('worker', {
  hears: { work: { ms: z.number() }, fail: {}, add: {}, says: { text: z.string() }, report: {} },
  concurrency: 10,
  on: {
    async work({ ms }, { sleep }) {
      await sleep(ms)
      return ms
    },
    fail: (_, { fail }) => fail('it cannot be done'),
    add: (_, scope) => Object.values(scope.task?.needs ?? {}).reduce((sum: number, each) => sum + Number(each), 0),
    says: ({ text }) => text,
    async report(_, { progress, sleep }) {
      progress(50)
      await sleep(100)
    },
  },
})

const stage = (parts: (spawn: (ms: number) => TaskRef, scope: { fail(): TaskRef }) => unknown = () => 'whole') => {
  const quiet = quietSystem()
  const w = quiet.system.spawn(worker, { id: 'w' })
  const boss = agent('boss', {
    hears: { lead: {} },
    on: {
      lead: (_, { subtask }) =>
        parts((ms) => subtask(task({ to: 'w', message: { type: 'work', ms } })), {
          fail: () => subtask(task({ to: 'w', message: { type: 'fail' } })),
        }),
    },
  })
  const b = quiet.system.spawn(boss, { id: 'b' })
  const lead = (more: object = {}) => quiet.system.spawn(task({ id: 'lead', to: b, message: { type: 'lead' }, ...more }))
  const states = () => [...quiet.system.state.tasks.values()].map(({ state }) => state)
  return { ...quiet, w, b, lead, states }
}

describe('a task with parts', () => {
  it('is completed when its handler has returned and its parts are final, and its progress is their mean', async () => {
    const { system, clock, lead } = stage((part) => {
      part(100)
      part(200)
      return 'whole'
    })
    const t = lead()
    await settle()
    const parts = system.state.tasks.get('lead')?.parts ?? []
    expect(parts).toHaveLength(2)
    expect(parts.map((id) => system.state.tasks.get(id)?.parent)).toEqual(['lead', 'lead'])
    await clock.advance(150)
    expect(system.state.tasks.get('lead')).toMatchObject({ state: 'running', progress: 50 })
    expect(system.state.agents.get('b')).toMatchObject({ state: 'running', busy: false })
    await clock.advance(50)
    expect(await t.result()).toBe('whole')
    expect(system.state.tasks.get('lead')).toMatchObject({ state: 'completed', progress: 100 })
    await system.stop()
  })

  it('ends its parts with itself: by cancel, by failure, and before it is tried again', async () => {
    const first = stage((part) => {
      part(1_000)
      return 'whole'
    })
    const t = first.lead()
    await settle()
    expect(await t.cancel('enough')).toMatchObject({ state: 'cancelled', reached: 1 })
    expect(first.states()).toEqual(['cancelled', 'cancelled'])
    await first.system.stop()

    let tries = 0
    const second = stage((part) => {
      part(1_000)
      if (++tries === 1) throw new Error('bang')
      return 'whole'
    })
    const again = second.lead({ retries: 1 })
    await second.clock.advance(30_000)
    expect(await again.result()).toBe('whole')
    expect(second.states().sort()).toEqual(['cancelled', 'completed', 'completed'])
    await second.system.stop()
  })

  it('leaves it to its handler what the failure of a part means', async () => {
    const caught = stage(async (_, { fail }) =>
      fail()
        .result()
        .catch((error: Error) => error.message),
    )
    expect(await caught.lead().result()).toBe('it cannot be done')
    await caught.system.stop()
    const not = stage(async (_, { fail }) => fail().result())
    await expect(not.lead().result()).rejects.toMatchObject({ code: 'FAILED', message: 'it cannot be done' })
    await not.system.stop()
  })

  it('pauses its parts with itself, and one that was paused for itself stays so', async () => {
    const { system, clock, lead } = stage((part) => {
      part(100)
      part(100)
    })
    const t = lead()
    await settle()
    const [one = '', two = ''] = system.state.tasks.get('lead')?.parts ?? []
    await system.task(one).pause()
    expect(await t.pause()).toMatchObject({ state: 'paused', reached: 2 })
    await expect(system.task(two).resume()).rejects.toMatchObject({
      code: 'INVALID_STATE',
      message: expect.stringMatching(/is paused with lead/),
    })
    await t.resume()
    await clock.advance(1_000)
    expect([one, two].map((id) => system.state.tasks.get(id)?.state)).toEqual(['paused', 'completed'])
    await system.task(one).resume()
    await clock.advance(1_000)
    await t.result()
    await system.stop()
  })

  it('can have none when it has ended, and none that are of no task', async () => {
    const { system, w, lead } = stage()
    await lead().result()
    const late = system.spawn(task({ to: w, message: { type: 'work', ms: 1 }, parent: 'lead' }))
    await expect(late.ready).rejects.toMatchObject({ code: 'INVALID_STATE' })
    const lost = system.spawn(task({ to: w, message: { type: 'work', ms: 1 }, parent: 'nobody' }))
    await expect(lost.ready).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await system.stop()
  })

  it('gives its parts no more time than it has itself', async () => {
    const { system, clock, lead } = stage((part) => part(10_000))
    const t = lead({ deadline: 500 })
    const ended = expect(t.result()).rejects.toMatchObject({
      code: 'TIMEOUT',
      message: expect.stringMatching(/not over by its deadline of 500 ms/),
    })
    await settle()
    const [part = ''] = system.state.tasks.get('lead')?.parts ?? []
    expect(system.state.tasks.get(part)?.deadline).toBe(clock.now() + 500)
    await clock.advance(500)
    await ended
    expect(system.state.tasks.get(part)?.state).not.toBe('running')
    await clock.advance(20_000)
    await system.stop()
  })
})

describe('a graph of tasks', () => {
  it('is done in the order of its needs, hands results on by name, and results in all of them', async () => {
    const { system, clock, w } = stage()
    const whole = system.spawn(
      graph({
        id: 'g',
        tasks: {
          sum: { to: w, message: { type: 'add' }, needs: { left: 'two', right: 'three' } },
          two: { to: w, message: { type: 'work', ms: 2 } },
          three: { to: w, message: { type: 'work', ms: 3 }, needs: ['two'] },
        },
      }),
    )
    await clock.advance(10)
    expect(await whole.result()).toEqual({ sum: 5, two: 2, three: 3 })
    expect(system.state.tasks.get('g')).toMatchObject({ state: 'completed', progress: 100, title: 'graph' })
    await system.stop()
  })

  it('is refused as a whole, with nothing left of it', async () => {
    const { system, w } = stage()
    const one = { to: w, message: { type: 'work', ms: 1 } }
    const refused: readonly (readonly [GraphDeclaration, RegExp])[] = [
      [
        graph({ tasks: { a: { ...one, needs: ['b'] }, b: { ...one, needs: ['c'] }, c: { ...one, needs: ['a'] } } }),
        /a needs b needs c needs a/,
      ],
      [graph({ tasks: { a: one, b: { ...one, to: 'nobody' } } }), /none with the id nobody/],
      [graph({ tasks: { a: one, b: { ...one, message: { type: 'work' } } } }), /does not fit/],
      [graph({ tasks: { 'a.b': one } }), /named like ids/],
      [graph({ tasks: { ab: one, b: { ...one, needs: ['ba'] } } }), /b of the graph needs ba, which is neither .*\(ab, b\)/],
    ]
    for (const [declared, why] of refused) await expect(system.spawn(declared).ready).rejects.toThrow(why)
    expect(system.state.tasks.size).toBe(0)
    await system.stop()
  })

  it('fails when one of its tasks does, once the rest is final, and names it', async () => {
    const { system, clock, w } = stage()
    const whole = system.spawn(
      graph({
        tasks: {
          bad: { to: w, message: { type: 'fail' } },
          after: { to: w, message: { type: 'work', ms: 1 }, needs: ['bad'] },
          anyway: { to: w, message: { type: 'says', text: 'cleaned' }, needs: ['bad'], evenIfNeedsFail: true },
          beside: { to: w, message: { type: 'work', ms: 50 } },
        },
      }),
    )
    const ended = expect(whole.result()).rejects.toMatchObject({
      code: 'FAILED',
      details: { tasks: ['bad', 'after'], code: 'FAILED' },
    })
    await clock.advance(49)
    expect(system.state.tasks.get(whole.id)?.state).toBe('running')
    await clock.advance(1)
    await ended
    await system.stop()
  })

  it('is cancelled, paused and timed as one', async () => {
    const { system, clock, w, states } = stage()
    const long = { to: w, message: { type: 'work', ms: 1_000 } }
    const first = system.spawn(graph({ tasks: { a: long, b: { ...long, needs: ['a'] } } }))
    await settle()
    expect(await first.cancel()).toMatchObject({ reached: 2 })
    expect(states()).toEqual(['cancelled', 'cancelled', 'cancelled'])
    const second = system.spawn(graph({ deadline: 1_500, tasks: { a: long, b: { ...long, needs: ['a'] } } }))
    const ended = expect(second.result()).rejects.toMatchObject({ code: 'TIMEOUT' })
    await clock.advance(1_500)
    await ended
    const third = system.spawn(graph({ tasks: { a: long, b: long } }))
    await settle()
    await third.pause()
    await clock.advance(5_000)
    await third.resume()
    await clock.advance(1_000)
    expect(await third.result()).toEqual({ a: 1_000, b: 1_000 })
    await system.stop()
  })
})

describe('how often a task is tried again', () => {
  it('is as often as it says, with growing waits, and not after the last', async () => {
    const { system, clock, seen } = quietSystem()
    const flaky = agent('flaky', {
      hears: { flaky: {}, fail: {} },
      state: () => ({ tries: 0 }),
      on: {
        flaky: (_, { state, fail }) => (++state.tries < 3 ? fail(`try ${state.tries}`) : state.tries),
        fail: (_, { fail }) => fail('it cannot be done'),
      },
    })
    const w = system.spawn(flaky)
    const t = system.spawn(task({ id: 't', to: w, message: { type: 'flaky' }, retries: 2, backoff: [100, 1_000] }))
    await settle()
    expect(system.state.tasks.get('t')?.state).toBe('crashed')
    const first = system.state.tasks.get('t')?.retryAt ?? 0
    expect(Math.abs(first - clock.now() - 100)).toBeLessThanOrEqual(20)
    await clock.advance(first - clock.now() - 1)
    expect(system.state.tasks.get('t')).toMatchObject({ state: 'crashed', attempt: 1 })
    await clock.advance(1)
    expect(system.state.tasks.get('t')).toMatchObject({ state: 'crashed', attempt: 2 })
    await clock.advance(240)
    expect(system.state.tasks.get('t')).not.toHaveProperty('retryAt')
    expect(await t.result()).toBe(3)
    expect(seen.states('t').filter((state) => state === 'crashed')).toHaveLength(2)
    await expect(system.spawn(task({ to: w, message: { type: 'fail' } })).result()).rejects.toMatchObject({
      code: 'FAILED',
      message: 'it cannot be done',
    })
  })

  it('can be said for each kind of failure', async () => {
    const { system, clock, w } = stage()
    const attempts = async (type: 'fail' | 'work', retries: object, more: object = {}) => {
      const t = system.spawn(
        task({ to: w, message: { type, ms: 100 } as { type: 'work'; ms: number }, retries, backoff: [1, 1], ...more }),
      )
      const ended = t.result().catch(() => {})
      await clock.advance(5_000)
      await ended
      return system.state.tasks.get(t.id)?.attempt
    }
    expect(await attempts('fail', { FAILED: 3 })).toBe(4)
    expect(await attempts('fail', { default: 2 })).toBe(3)
    expect(await attempts('fail', { default: 2, FAILED: 0 })).toBe(1)
    expect(await attempts('work', { default: 5, TIMEOUT: 1 }, { timeout: 50 })).toBe(2)
    await system.stop()
  })
})

describe('the time of one attempt', () => {
  it('stands still while its agent is paused', async () => {
    const { system, clock, w } = stage()
    const t = system.spawn(task({ to: w, message: { type: 'work', ms: 300 }, timeout: 500 }))
    await clock.advance(50)
    await w.pause()
    await clock.advance(10_000)
    await w.resume()
    await clock.advance(500)
    expect(await t.result()).toBe(300)
    await system.stop()
  })
})
