/** What becomes of the work of swarms that are dissolved, and of agents that are stopped. */
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { agent, swarm, task } from '../../actors/index.js'
import { quietSystem } from '../kit/quiet.js'

describe('a swarm that is dissolved', () => {
  const slow = agent('slow', { hears: { nap: { ms: z.number() } }, on: { nap: ({ ms }, { sleep }) => sleep(ms) } })
  const begin = async () => {
    const { system, clock } = quietSystem()
    const member = system.spawn(slow)
    const squad = system.spawn(swarm({ goal: 'nap', members: [member] }))
    const [short, long] = [1_000, 60_000].map((ms) => system.spawn(task({ to: squad, message: { type: 'nap', ms } })))
    if (!short || !long) throw new Error('there are two')
    await clock.advance(1)
    const stateOf = (id: string) => system.state.tasks.get(id)?.state
    return { system, clock, squad, short, long, stateOf }
  }

  it('lets what is running finish within the grace that it is given, and cancels the rest', async () => {
    const { system, clock, squad, short, long, stateOf } = await begin()
    const ended = squad.stop({ grace: 5_000 })
    await clock.advance(1)
    expect([stateOf(short.id), stateOf(long.id)]).toEqual(['running', 'cancelled'])
    await clock.advance(2_000)
    expect(stateOf(short.id)).toBe('completed')
    expect(await ended).toMatchObject({ state: 'dissolved' })
    await system.stop()
  })

  it('cancels what takes longer, and everything at once where none is given', async () => {
    const { system, clock, squad, short, stateOf } = await begin()
    const ended = squad.stop({ grace: 500 })
    await clock.advance(600)
    expect(stateOf(short.id)).toBe('cancelled')
    await ended
    await system.stop()
    const other = await begin()
    const now = other.squad.stop()
    await other.clock.advance(1)
    expect(other.stateOf(other.short.id)).toBe('cancelled')
    await now
    await other.system.stop()
  })
})

describe('an agent that is stopped again', () => {
  it('is given no longer than it is given then, so that no grace holds up the end of the system', async () => {
    const { system, clock } = quietSystem()
    const endless = agent('endless', {
      hears: { wait: {} },
      on: { wait: (_, { signal }) => new Promise((end) => signal.addEventListener('abort', end)) },
    })
    const one = system.spawn(endless)
    const waiting = system.spawn(task({ to: one, message: { type: 'wait' } }))
    await clock.advance(1)
    void one.stop({ grace: 1e12 })
    await clock.advance(1_000)
    expect(system.state.tasks.get(waiting.id)?.state).toBe('running')
    const over = system.stop({ grace: 100 })
    await clock.advance(99)
    expect(system.state.tasks.get(waiting.id)?.state).toBe('running')
    await clock.advance(1)
    await over
    expect([system.state.tasks.get(waiting.id)?.state, system.state.agents.get(one.id)?.state]).toEqual(['cancelled', 'stopped'])
  })
})
