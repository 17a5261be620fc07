/** To whom a task of a swarm goes when somebody chooses, and when a swarm whose members come and go has completed. */
import { describe, expect, it } from 'vitest'
import { agent, swarm, task } from '../../actors/index.js'
import { quietSystem, settle } from '../kit/quiet.js'

const hands = agent('hands', { hears: { nap: {} }, on: { nap: (_, { sleep }) => sleep(100) } })
const head = agent('head', { hears: { think: {} }, on: { think: () => {} } })

/** A swarm of one who can do its tasks and one who cannot: the first of its tasks is in hand, the second queued, the third waits. */
const setUp = async () => {
  const quiet = quietSystem()
  const { system, clock } = quiet
  const members = [system.spawn(hands, { id: 'hand' }), system.spawn(head, { id: 'head' })]
  const squad = system.spawn(swarm({ id: 'squad', goal: 'x', members }))
  await squad.ready
  const ids = ['first', 'second', 'third']
  for (const id of ids) system.spawn(task({ id, to: squad, message: { type: 'nap' }, retries: 1, backoff: [1, 1] }))
  await settle()
  const states = () => ids.map((id) => system.state.tasks.get(id)?.state)
  expect(states()).toEqual(['running', 'assigned', 'queued'])
  return { ...quiet, squad, ids, states, done: () => clock.advance(1_000) }
}

describe('a task of a swarm', () => {
  it('is not for a member that cannot do it, wherever it is, and a refusal leaves it as it was', async () => {
    const { squad, ids, states, done, system } = await setUp()
    for (const id of ids)
      await expect(squad.handOver({ task: id, to: 'head', reason: 'x' })).rejects.toMatchObject({ code: 'INVALID_STATE' })
    // Tried again, it goes to whoever can do it.
    await system.agent('hand').restart()
    await done()
    expect(states()).toEqual(['completed', 'completed', 'completed'])
  })

  it('goes on to the best of the others from the one that was chosen for it', async () => {
    const { squad, system, seen } = await setUp()
    await squad.join(system.spawn(hands, { id: 'other' }))
    await squad.handOver({ task: 'first', to: 'other', reason: 'chosen' })
    await settle()
    await squad.handOver({ task: 'first', reason: 'anybody' })
    await settle()
    const moves = seen.events.filter((event) => event.type === 'swarm.handed-over' && event.task === 'first')
    expect(moves.slice(0, 2)).toMatchObject([
      { from: 'hand', to: 'other' },
      { from: 'other', to: 'hand', reason: 'anybody' },
    ])
  })
})

describe('a swarm whose tasks are all final', () => {
  it('has completed when the last member that is busy has left', async () => {
    const { squad, system, done } = await setUp()
    await done()
    await squad.join(system.spawn(hands, { id: 'other' }))
    system.spawn(task({ to: 'other', message: { type: 'nap' } }))
    system.spawn(task({ id: 'last', to: squad, message: { type: 'nap' }, needs: ['never'] }))
    await settle()
    await system.task('last').cancel()
    expect(system.state.swarms.get('squad')?.phase).toBe('working')
    await squad.leave('other')
    expect(system.state.swarms.get('squad')?.phase).toBe('completed')
  })

  it('has completed when it has members again', async () => {
    const { squad, system, done } = await setUp()
    for (const id of ['head', 'hand']) await system.agent(id).stop({ force: true })
    for (const id of ['second', 'third']) await system.task(id).cancel()
    expect(system.state.swarms.get('squad')?.state).toBe('crashed')
    await squad.join(system.spawn(hands, { id: 'other' }))
    await done()
    expect(system.state.swarms.get('squad')).toMatchObject({ state: 'running', phase: 'completed' })
  })
})
