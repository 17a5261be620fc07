/** Who of a swarm gets which of its tasks. */
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { agent, swarm, task } from '../../actors/index.js'
import { probe } from '../../actors/testing/index.js'
import { quietSystem, settle } from '../kit/quiet.js'

const worker = agent('worker', {
  hears: { work: { ms: z.number() } },
  on: {
    async work({ ms }, { sleep, id }) {
      await sleep(ms)
      return id
    },
  },
})

describe('a member that has nothing to do', () => {
  it.each(['cannot be done by anybody', 'is paused'])('takes over what waits with another, though a task %s', async (why) => {
    const { system, clock } = quietSystem()
    for (const id of ['a', 'b']) system.spawn(worker, { id })
    const squad = system.spawn(swarm({ goal: 'g', members: ['a', 'b'] }))
    const work = (ms: number, requires: readonly string[] = []) =>
      system.spawn(task({ to: squad, message: { type: 'work', ms }, requires }))
    await settle()
    const [long, short, ...waiting] = [work(10_000), work(100), work(10), work(10)]
    const odd = work(10, why === 'is paused' ? [] : ['gpu'])
    if (why === 'is paused') await odd.pause()
    await clock.advance(200)
    expect(await Promise.all(waiting.map((each) => each.result()))).toEqual(['b', 'b'])
    expect(await short?.result()).toBe('b')
    expect(system.state.tasks.get(odd.id)?.state).toBe('queued')
    await clock.advance(10_000)
    expect(await long?.result()).toBe('a')
    await system.stop()
  })

  it('does not take over what another begins at once, nor what another has taken over', async () => {
    const { system, clock, seen } = quietSystem()
    for (const id of ['a', 'b', 'c']) system.spawn(worker, { id, concurrency: 2 })
    const squad = system.spawn(swarm({ goal: 'g', members: ['a'] }))
    const jobs = Array.from({ length: 3 }, () => system.spawn(task({ to: squad, message: { type: 'work', ms: 100 } })))
    await settle()
    for (const id of ['b', 'c']) await squad.join(id)
    await clock.advance(200)
    expect(await Promise.all(jobs.map((job) => job.result()))).toEqual(['a', 'a', 'b'])
    expect(seen.events.filter((event) => event.type === 'swarm.handed-over')).toHaveLength(1)
    await system.stop()
  })
})

describe('a hand-over', () => {
  it('is told when it has happened, as it went: the last word counts', async () => {
    const { system, clock, seen } = quietSystem()
    for (const id of ['a', 'b', 'c']) system.spawn(worker, { id })
    const squad = system.spawn(swarm({ goal: 'g', members: ['a', 'b', 'c'] }))
    await settle()
    const job = system.spawn(task({ id: 'job', to: squad, message: { type: 'work', ms: 100 } }))
    await settle()
    const twice = ['b', 'c'].map((to) => squad.handOver({ task: job, to, reason: `${to} knows more` }))
    const told = () => seen.events.flatMap((event) => (event.type === 'swarm.handed-over' ? [[event.from, event.to]] : []))
    expect(told()).toEqual([])
    await Promise.all(twice)
    await clock.advance(50)
    await squad.handOver({ task: job, to: 'b', reason: 'after all' })
    await clock.advance(100)
    expect(await job.result()).toBe('b')
    expect(told()).toEqual([
      ['a', 'c'],
      ['c', 'b'],
    ])
    await system.stop()
  })

  it('that comes to nothing is not told', async () => {
    const { system, clock, seen } = quietSystem()
    for (const id of ['a', 'b']) system.spawn(worker, { id })
    const squad = system.spawn(swarm({ goal: 'g', members: ['a', 'b'] }))
    await settle()
    const job = system.spawn(task({ to: squad, message: { type: 'work', ms: 100 } }))
    await settle()
    const applied = squad.handOver({ task: job, to: 'b', reason: 'b knows more' })
    void system.agent('b').kill()
    await applied
    await clock.advance(200)
    expect(await job.result()).toBe('a')
    expect(seen.events.filter((event) => event.type === 'swarm.handed-over')).toEqual([])
    await system.stop()
  })
})

describe('a probe', () => {
  it.each([false, true])('does the tasks of a swarm, whatever they are (catchUnhandled: %s)', async (catchUnhandled) => {
    const { system } = quietSystem({ catchUnhandled })
    const ears = probe(system, { id: 'ears', answer: ({ type }) => `did ${type}` })
    const squad = system.spawn(swarm({ goal: 'g', members: [ears.ref] }))
    const job = system.spawn(task({ to: squad, message: { type: 'anything' } }))
    expect(await job.result()).toBe('did anything')
    expect(ears.heard).toEqual([{ type: 'anything' }])
    await system.stop()
  })
})
