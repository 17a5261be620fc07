/** Pauses that nothing but a resume ends, and failures that nobody else would hear of. */
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { agent, swarm, task } from '../../actors/index.js'
import { restart, resume, stop } from '../../src/system/strategy.js'
import { quietSystem, settle } from '../kit/quiet.js'

const shaky = agent('shaky', {
  hears: { crash: { ms: z.number() }, go: {} },
  on: {
    async crash({ ms }, { sleep }) {
      if (ms > 0) await sleep(ms)
      throw new Error('bang')
    },
    go: () => 'went',
  },
})

describe('a paused agent', () => {
  it.each([restart({ backoff: [10, 10] }), resume()])('stays paused through a crash ($directive)', async (onFailure) => {
    const { system, clock, seen } = quietSystem()
    // It looks at no checkpoint, so a pause does not hold it.
    const late = () => new Promise((_, fail) => clock.after(50, () => fail(new Error('bang'))))
    const a = system.spawn(agent('late', { hears: { late: {}, go: {} }, on: { late, go: () => 'went' } }), { id: 'a', onFailure })
    a.send({ type: 'late' })
    await settle()
    await a.pause()
    await clock.advance(100)
    expect(seen.states('a')).toContain('crashed')
    expect(system.state.agents.get('a')?.state).toBe('paused')
    const answer = a.ask({ type: 'go' })
    await clock.advance(100)
    await a.resume()
    expect(await answer).toBe('went')
    await system.stop()
  })

  it('stays paused when it is restarted, and can be paused while it waits for that', async () => {
    const { system, clock, seen } = quietSystem()
    const a = system.spawn(shaky, { id: 'a', onFailure: restart({ backoff: [1_000, 1_000] }) })
    await a.ready
    await a.pause()
    await a.restart()
    await settle()
    expect(system.state.agents.get('a')?.state).toBe('paused')
    await a.resume()
    a.send({ type: 'crash', ms: 0 })
    await settle()
    expect(await a.pause()).toMatchObject({ state: 'crashed' })
    await clock.advance(2_000)
    expect(seen.states('a').at(-1)).toBe('paused')
    await system.stop()
  })
})

describe('an agent', () => {
  it('that could not start has nothing to resume, and stops', async () => {
    const { system } = quietSystem()
    const broken = agent('broken', {
      ...{ hears: { go: {} }, on: { go: () => 'went' } },
      state: () => {
        throw new Error('no state')
      },
    })
    const a = system.spawn(broken, { id: 'a', onFailure: resume() })
    await expect(a.ready).rejects.toMatchObject({ code: 'NOT_RUNNING', message: expect.stringMatching(/it could not start/) })
    expect(system.state.agents.get('a')?.state).toBe('stopped')
    await system.stop()
  })

  it('that fails while it stops is heard of', async () => {
    const { system, clock, errors } = quietSystem()
    const a = system.spawn(shaky, { id: 'a' })
    a.send({ type: 'crash', ms: 50 })
    await settle()
    const stopped = a.stop()
    await clock.advance(50)
    await stopped
    expect(errors).toEqual([{ where: 'agent a, which is stopping', message: 'bang' }])
    await system.stop()
  })

  it('whose declaration cannot be read leaves its id free', async () => {
    const { system } = quietSystem()
    const metadata = Object.defineProperty({}, 'x', {
      enumerable: true,
      get() {
        throw new Error('no')
      },
    })
    await expect(system.spawn(shaky, { id: 'a', metadata }).ready).rejects.toMatchObject({ message: 'no' })
    await system.spawn(shaky, { id: 'a' }).ready
    await system.stop()
  })
})

describe('a paused swarm', () => {
  const setUp = async () => {
    const quiet = quietSystem()
    const { system, clock } = quiet
    for (const id of ['a', 'b']) system.spawn(shaky, { id })
    const squad = system.spawn(swarm({ id: 'squad', goal: 'g', members: ['a'] }))
    await squad.pause()
    const jobs = [1, 2, 3].map(() => system.spawn(task({ to: squad, message: { type: 'go' } })))
    await squad.leave('a')
    const states = () => jobs.map(({ id }) => system.state.tasks.get(id)?.state)
    return { system, clock, squad, jobs, states, state: () => system.state.swarms.get('squad')?.state }
  }

  it('is still paused when its last member left and another joined, and then goes on', async () => {
    const { system, clock, squad, state, states } = await setUp()
    expect(state()).toBe('crashed')
    await squad.join('b')
    await clock.advance(100)
    expect(state()).toBe('paused')
    expect(states()).toEqual(['queued', 'queued', 'queued'])
    expect(await squad.resume()).toMatchObject({ state: 'running' })
    await clock.advance(100)
    expect(states()).toEqual(['completed', 'completed', 'completed'])
    expect(await squad.result()).toEqual({ completed: 3, failed: 0, cancelled: 0 })
    await system.stop()
  })

  it('can be resumed while it has no members, and runs when it has', async () => {
    const { system, clock, squad, jobs, state } = await setUp()
    await jobs[0]?.pause()
    expect(await squad.resume()).toMatchObject({ state: 'crashed' })
    await expect(squad.resume()).rejects.toMatchObject({ code: 'INVALID_STATE' })
    await squad.join('b')
    expect(state()).toBe('running')
    await jobs[0]?.resume()
    await clock.advance(100)
    expect(await squad.result()).toEqual({ completed: 3, failed: 0, cancelled: 0 })
    await system.stop()
  })

  it('lets go of what was in hand too', async () => {
    const { system, clock } = quietSystem()
    for (const id of ['a', 'b']) system.spawn(shaky, { id, concurrency: 2 })
    const squad = system.spawn(swarm({ goal: 'g', members: ['a'] }))
    const slow = system.spawn(task({ to: squad, message: { type: 'crash', ms: 100 } }))
    await settle()
    await squad.pause()
    await squad.leave('a')
    await squad.join('b')
    await clock.advance(1_000)
    expect(system.state.tasks.get(slow.id)?.state).toBe('paused')
    await squad.resume()
    await clock.advance(1_000)
    expect(system.state.tasks.get(slow.id)?.state).toBe('failed')
    await system.stop()
  })
})

describe('the result of a swarm', () => {
  it('comes when its last task ended while it was paused', async () => {
    const { system, clock } = quietSystem()
    // It looks at no checkpoint, so a pause does not hold it.
    const stubborn = agent('stubborn', {
      hears: { go: {} },
      on: { go: () => new Promise((done) => clock.after(50, () => done(1))) },
    })
    const squad = system.spawn(swarm({ goal: 'g', members: [system.spawn(stubborn)] }))
    system.spawn(task({ to: squad, message: { type: 'go' } }))
    await settle()
    await squad.pause()
    await clock.advance(50)
    await squad.resume()
    expect(await squad.result()).toEqual({ completed: 1, failed: 0, cancelled: 0 })
    await system.stop()
  })

  it('comes when its last member is gone and every task is final', async () => {
    const { system } = quietSystem()
    const squad = system.spawn(swarm({ goal: 'g', members: [system.spawn(shaky, { onFailure: stop() })] }))
    system.spawn(task({ to: squad, message: { type: 'crash', ms: 0 } }))
    expect(await squad.result()).toEqual({ completed: 0, failed: 1, cancelled: 0 })
    expect(system.state.swarms.get(squad.id)?.state).toBe('crashed')
    await system.stop()
  })
})
