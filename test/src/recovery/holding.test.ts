/** Who holds a task, who is to have it, and how far its parts are: as it was when the process was killed. */
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { agent } from '../../../actors/agent/define.js'
import { swarm } from '../../../actors/swarm/define.js'
import { graph, task } from '../../../actors/task/define.js'
import { createLives } from '../../kit/mortal.js'
import { settle } from '../../kit/quiet.js'

const worker = agent('worker', {
  hears: { quick: {}, steps: {}, nap: {} },
  on: {
    quick: () => 'done',
    nap: (_, { sleep }) => sleep(100),
    async steps(_, { sleep, progress }) {
      await sleep(100)
      progress(50)
      await sleep(100)
    },
  },
})
const counter = agent('counter', {
  hears: { add: {} },
  state: () => ({ sum: 0 }),
  snapshot: { version: 1, save: ({ sum }) => ({ sum }), load: (data) => z.object({ sum: z.number() }).parse(data) },
  on: { add: (_, { state }) => void state.sum++ },
})

/** A life with a swarm of two. */
const twosome = async () => {
  const lives = createLives()
  const first = lives.begin()
  const members = ['ada', 'bob'].map((id) => first.system.spawn(worker, { id }))
  const squad = first.system.spawn(swarm({ id: 'squad', goal: 'x', members }))
  await squad.ready
  return { lives, first, squad }
}

describe('a task that was held', () => {
  it('by itself and by its swarm is held by who still does', async () => {
    const { lives, first, squad } = await twosome()
    const held = first.system.spawn(task({ id: 't', to: squad, message: { type: 'quick' }, needs: ['later'] }))
    await squad.pause()
    await held.pause()
    await squad.resume()
    first.kill()
    const { system } = lives.begin()
    await system.recover([worker])
    await system.task('t').resume()
    system.spawn(task({ id: 'later', to: 'squad', message: { type: 'quick' } }))
    await settle()
    expect(system.state.tasks.get('t')?.state).toBe('completed')
  })

  it('waits for nobody who left its swarm', async () => {
    const { lives, first, squad } = await twosome()
    first.system.spawn(task({ id: 't', to: squad, message: { type: 'quick' }, needs: ['later'] }))
    await squad.handOver({ task: 't', to: 'bob', reason: 'they know it' })
    await squad.leave('bob')
    first.kill()
    const { system } = lives.begin()
    await system.recover([worker])
    system.spawn(task({ id: 'later', to: 'squad', message: { type: 'quick' } }))
    await settle()
    expect(system.state.tasks.get('t')).toMatchObject({ state: 'completed', agent: 'ada' })
  })
})

it('a graph is as far as it was, and gets on from there', async () => {
  const lives = createLives()
  const first = lives.begin()
  first.system.spawn(worker, { id: 'ada' })
  const quick = { to: 'ada', message: { type: 'quick' } } as const
  const last = { to: 'ada', message: { type: 'steps' }, retries: 3, backoff: [1, 1] as const }
  first.system.spawn(graph({ id: 'g', tasks: { one: quick, two: quick, three: quick, last } }))
  await first.clock.advance(10)
  expect(first.system.state.tasks.get('g')?.progress).toBe(75)
  first.kill()
  const { system, clock } = lives.begin()
  await system.recover([worker])
  const seen = new Set<number>()
  system.listen('task.g.progress', ({ event }) => void (event.type === 'task.progress' && seen.add(event.progress)))
  await clock.advance(1_000)
  expect([...seen]).toEqual([87, 100])
  expect(system.state.tasks.get('g')).toMatchObject({ state: 'completed', progress: 100 })
})

it('of an agent that cannot be brought back, its state and its schedules are kept aside, and it has none in the view', async () => {
  const lives = createLives()
  const first = lives.begin()
  const one = first.system.spawn(counter, { id: 'one' })
  await first.system.schedule(one, { type: 'add' }, { every: 1_000 }, { id: 'beat' }).ready
  one.send({ type: 'add' })
  await settle()
  first.kill()
  const { system } = lives.begin()
  const { aside } = await system.recover([])
  expect(aside.map(({ kind, id }) => `${kind} ${id}`)).toEqual(['agent one', 'schedule beat'])
  expect([...lives.journal.records.list('aside/')].map(([key]) => key)).toEqual([
    'aside/agent/one',
    'aside/memory/one',
    'aside/schedule/beat',
  ])
  expect(lives.journal.records.get('aside/memory/one')).toMatchObject({ record: { data: { sum: 1 } } })
  expect(system.state.agents.get('one')).not.toHaveProperty('schedules')
})
