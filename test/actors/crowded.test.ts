/** Queues that are full: what was accepted waits for room, and what is new is refused. */
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { agent, graph, swarm, task } from '../../actors/index.js'
import type { SpawnOptions, TaskDeclaration } from '../../src/system/definition.js'
import { type QuietSystem, quietSystem, settle } from '../kit/quiet.js'

const worker = agent('worker', {
  hears: { work: { ms: z.number() } },
  on: {
    async work({ ms }, { sleep, id }) {
      await sleep(ms)
      return id
    },
  },
})

/** A worker with one task in hand and as many waiting as may. */
const fullWorker = async ({ system }: QuietSystem, id: string, queue = 1) => {
  system.spawn(worker, { id, queue })
  const mine: string[] = []
  for (let at = 0; at <= queue; at++) {
    mine.push(system.spawn(task({ to: id, message: { type: 'work', ms: 100 } })).id)
    await settle()
  }
  return mine
}

const setUp = (members: Readonly<Record<string, SpawnOptions>>) => {
  const quiet = quietSystem()
  const { system } = quiet
  for (const [id, options] of Object.entries(members)) system.spawn(worker, { id, ...options })
  const squad = system.spawn(swarm({ id: 'squad', goal: 'g', members: Object.keys(members) }))
  const work = (ms: number, more: Pick<TaskDeclaration, 'priority'> = {}) =>
    system.spawn(task({ to: squad, message: { type: 'work', ms }, ...more }))
  const state = (id: string) => system.state.tasks.get(id)?.state
  return { ...quiet, squad, work, state }
}

describe('the tasks of a swarm', () => {
  it('wait with the swarm while its members have no room, and are all done', async () => {
    const { system, clock, squad, work, state } = setUp({ a: { concurrency: 8, queue: 2 } })
    const jobs = Array.from({ length: 12 }, () => work(100))
    await settle()
    // As soon as one was taken up there was room for the next.
    expect(jobs.map(({ id }) => state(id)).filter((each) => each === 'running')).toHaveLength(8)
    await clock.advance(200)
    expect(await squad.result()).toEqual({ completed: 12, failed: 0, cancelled: 0 })
    await system.stop()
  })

  it('wait for room that others have taken', async () => {
    const quiet = quietSystem()
    const { system, clock } = quiet
    system.spawn(worker, { id: 'a', concurrency: 4, queue: 1 })
    const squad = system.spawn(swarm({ goal: 'g', members: ['a'] }))
    await settle()
    const direct = system.spawn(task({ to: 'a', message: { type: 'work', ms: 100 } }))
    const shared = system.spawn(task({ to: squad, message: { type: 'work', ms: 10 } }))
    expect([direct, shared].map(({ id }) => system.state.tasks.get(id)?.state)).toEqual(['assigned', 'queued'])
    await clock.advance(10)
    expect(await shared.result()).toBe('a')
    await clock.advance(100)
    expect(await direct.result()).toBe('a')
    await system.stop()
  })
})

describe('a hand-over', () => {
  it.each([['b'], [undefined]])('to a member without room (%s) is refused and changes nothing', async (to) => {
    const { system, clock, squad, work, seen } = setUp({ a: {} })
    const others = await fullWorker({ system } as QuietSystem, 'b')
    await squad.join('b')
    const [, waiting] = [work(100), work(100)]
    await settle()
    const before = system.state.tasks.get(waiting?.id ?? '')
    expect(before).toMatchObject({ state: 'assigned', agent: 'a' })
    await expect(squad.handOver({ task: waiting?.id ?? '', to, reason: 'b knows more' })).rejects.toMatchObject({
      code: 'QUEUE_FULL',
    })
    expect(system.state.tasks.get(waiting?.id ?? '')).toEqual(before)
    expect(seen.events.filter((event) => event.type === 'swarm.handed-over')).toEqual([])
    await clock.advance(200)
    expect([...system.state.tasks.values()].map(({ state }) => state)).toEqual(Array(2 + others.length).fill('completed'))
    expect(await waiting?.result()).toBe('a')
    await system.stop()
  })
})

describe('a task that was accepted', () => {
  it('waits for room when what it needs is done, the most urgent first', async () => {
    const { system, clock, seen } = quietSystem()
    system.spawn(worker, { id: 'a', queue: 1 })
    const first = system.spawn(task({ to: 'a', message: { type: 'work', ms: 10 } }))
    await settle()
    const next = (id: string, priority: 'low' | 'normal' | 'high') =>
      system.spawn(task({ id, to: 'a', priority, needs: [first], message: { type: 'work', ms: 10 } }))
    const parts = [next('x', 'normal'), next('y', 'low'), next('z', 'high'), next('u', 'normal')]
    await clock.advance(10)
    expect(system.state.tasks.get('y')).toMatchObject({ state: 'queued', blocked: false })
    expect(seen.events).toContainEqual(
      expect.objectContaining({ type: 'task.status', id: 'z', reason: 'it waits for room in the queue of a' }),
    )
    await expect(system.spawn(task({ to: 'a', message: { type: 'work', ms: 1 } })).ready).rejects.toMatchObject({
      code: 'QUEUE_FULL',
    })
    await clock.advance(100)
    expect(await Promise.all(parts.map((part) => part.result()))).toEqual(['a', 'a', 'a', 'a'])
    const begun = seen.events.flatMap((event) => (event.type === 'task.status' && event.state === 'running' ? [event.id] : []))
    expect(begun.slice(1)).toEqual(['x', 'z', 'u', 'y'])
    await system.stop()
  })

  it('waits for room when it is tried again', async () => {
    const { system, clock } = quietSystem()
    system.spawn(worker, { id: 'a', queue: 1 })
    const message = { type: 'work', ms: 100 } as const
    const slow = system.spawn(task({ to: 'a', message, timeout: 50, retries: { TIMEOUT: 1 }, backoff: [10, 10] }))
    await settle()
    const others = [system.spawn(task({ to: 'a', message }))]
    await clock.advance(55)
    others.push(system.spawn(task({ to: 'a', message })))
    await clock.advance(10)
    expect(system.state.tasks.get(slow.id)).toMatchObject({ state: 'queued', attempt: 1 })
    await clock.advance(300)
    expect(system.state.tasks.get(slow.id)).toMatchObject({ state: 'failed', attempt: 2, error: { code: 'TIMEOUT' } })
    expect(await Promise.all(others.map((other) => other.result()))).toEqual(['a', 'a'])
    await system.stop()
  })

  it('can be cancelled while it waits for room', async () => {
    const { system, clock } = quietSystem()
    const first = system.spawn(worker, { id: 'a', queue: 1 })
    const root = system.spawn(task({ to: first, message: { type: 'work', ms: 10 } }))
    await settle()
    const parts = [1, 2, 3].map(() => system.spawn(task({ to: first, needs: [root], message: { type: 'work', ms: 1_000 } })))
    await clock.advance(10)
    const [, , last] = parts
    expect(parts.map(({ id }) => system.state.tasks.get(id)?.state)).toEqual(['running', 'assigned', 'queued'])
    await last?.cancel()
    const late = system.spawn(task({ to: 'a', needs: [root], message: { type: 'work', ms: 1 } }))
    await expect(late.ready).rejects.toMatchObject({ code: 'QUEUE_FULL' })
    await first.stop({ force: true })
    expect(parts.map(({ id }) => system.state.tasks.get(id)?.state)).toEqual(['cancelled', 'failed', 'cancelled'])
    await system.stop()
  })

  it('fails with the agent for whose room it waits', async () => {
    const { system, clock } = quietSystem()
    const first = system.spawn(worker, { id: 'a', queue: 1 })
    const root = system.spawn(task({ to: first, message: { type: 'work', ms: 10 } }))
    await settle()
    const parts = [1, 2, 3, 4].map(() => system.spawn(task({ to: first, needs: [root], message: { type: 'work', ms: 1_000 } })))
    await clock.advance(10)
    await first.stop({ force: true })
    expect(parts.map(({ id }) => system.state.tasks.get(id)?.error?.code)).toEqual([
      ...['KILLED', 'NOT_RUNNING', 'NOT_RUNNING', 'NOT_RUNNING'],
    ])
    await system.stop()
    expect(clock.pending).toBe(0)
  })

  it.each([
    ['needing one', 'root'],
    ['at once', undefined],
  ])('as one of a wide graph, %s, is done like the others', async (_, need) => {
    const { system, clock } = quietSystem()
    const to = system.spawn(worker, { id: 'a' })
    const message = { type: 'work', ms: 0 } as const
    const parts = Array.from({ length: 350 }, (_, at) => [`p${at}`, { to, message, needs: need ? [need] : [] }])
    const whole = system.spawn(graph({ tasks: { root: { to, message }, ...Object.fromEntries(parts) } }))
    await clock.advance(1_000)
    expect(Object.values((await whole.result()) as object)).toEqual(Array(351).fill('a'))
    await system.stop()
  })
})
