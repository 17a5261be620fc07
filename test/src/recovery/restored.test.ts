/** What tasks needed, whose parts they were, who was to do them, and who coordinated and voted: as it was when the process was killed. */
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { agent } from '../../../actors/agent/define.js'
import { swarm } from '../../../actors/swarm/define.js'
import { graph, task } from '../../../actors/task/define.js'
import { majority } from '../../../src/vote/rules.js'
import { createLives } from '../../kit/mortal.js'
import { settle } from '../../kit/quiet.js'

const worker = agent('worker', {
  hears: { nap: { ms: z.number() }, quick: {}, dated: {}, stubborn: {} },
  on: {
    async nap({ ms }, { sleep, id }) {
      await sleep(ms)
      return `${id} rested`
    },
    quick: () => undefined,
    dated: () => new Date(0),
    stubborn: () => new Promise<void>(() => {}),
  },
})
const voter = agent('voter', {
  hears: { quick: {} },
  on: {
    quick: () => undefined,
    async ballot(_, { sleep }) {
      await sleep(1_000)
    },
  },
})
const parent = agent('parent', {
  hears: { bear: {} },
  on: { bear: (_, { stage }) => void stage.spawn(voter, { id: 'kid' }) },
})
const nest = agent('nest', {
  hears: {},
  start: async ({ sleep, stage }) => {
    await sleep(10)
    stage.spawn(worker, { id: 'kid' })
  },
  on: {},
})
const retried = { retries: 2, backoff: [1, 1] as const }

/** A life with two agents in whose view few that ended are remembered. */
const forgetful = () => {
  const lives = createLives()
  const first = lives.begin(1, { keep: 2 })
  const [ada, bob] = ['ada', 'bob'].map((id) => first.system.spawn(worker, { id }))
  const forget = async () => {
    for (let at = 0; at < 5; at++) await first.system.spawn(task({ to: 'bob', message: { type: 'quick' } })).result()
  }
  const again = async () => {
    first.kill()
    const next = lives.begin(1, { keep: 2 })
    const { aside } = await next.system.recover([worker])
    expect(aside).toEqual([])
    return next
  }
  return { ...first, lives, ada: ada?.id ?? '', bob: bob?.id ?? '', forget, again }
}

describe('a task that needs others', () => {
  it('has those that were over before it, gave nothing, or gave what is no plain data', async () => {
    const { system, clock, ada, bob, forget, again } = forgetful()
    await system.spawn(task({ id: 'before', to: bob, message: { type: 'quick' } })).result()
    system.spawn(task({ id: 'long', to: ada, message: { type: 'nap', ms: 5_000 }, ...retried }))
    system.spawn(task({ id: 'nothing', to: bob, message: { type: 'nap', ms: 1 } }))
    system.spawn(task({ id: 'dated', to: bob, message: { type: 'dated' } }))
    system.spawn(task({ id: 'last', to: ada, message: { type: 'quick' }, needs: ['before', 'nothing', 'dated', 'long'] }))
    await clock.advance(100)
    await forget()
    expect(system.state.tasks.has('before')).toBe(false)
    const next = await again()
    await next.clock.advance(60_000)
    expect(next.system.state.tasks.get('last')?.state).toBe('completed')
  })

  it('may need one that ended in the process before and is forgotten', async () => {
    const { system, ada, forget, again } = forgetful()
    await system.spawn(task({ id: 'old', to: ada, message: { type: 'quick' } })).result()
    await forget()
    const next = await again()
    next.system.spawn(task({ id: 'new', to: ada, message: { type: 'quick' }, needs: ['old'] }))
    await next.clock.advance(1_000)
    expect(next.system.state.tasks.get('new')?.state).toBe('completed')
  })
})

describe('a task', () => {
  it('that was still ending as a part of what was cancelled is cancelled', async () => {
    const lives = createLives()
    const first = lives.begin()
    const ada = first.system.spawn(worker, { id: 'ada' })
    first.system.spawn(graph({ id: 'g', tasks: { one: { to: ada, message: { type: 'stubborn' } } } }))
    await first.clock.advance(100)
    await first.system.task('g').cancel()
    await first.clock.advance(100)
    const part = [...first.system.state.tasks.values()].find((each) => each.parent === 'g')
    expect(part?.state).toBe('running')
    first.kill()
    const { system, errors } = lives.begin()
    expect((await system.recover([worker])).aside).toEqual([])
    expect(system.state.tasks.get(part?.id ?? '')).toMatchObject({ state: 'cancelled', error: { code: 'CANCELLED' } })
    expect(errors).toEqual([])
    expect([...lives.journal.records.list('task/')]).toEqual([])
  })

  it('waits on where its agent has stopped, and is done by a child that is spawned anew', async () => {
    const lives = createLives()
    const first = lives.begin()
    first.system.spawn(nest, { id: 'nest' })
    first.system.spawn(worker, { id: 'ada' })
    await first.clock.advance(20)
    first.system.spawn(task({ id: 'blocked', to: 'ada', message: { type: 'quick' }, needs: ['never'] }))
    first.system.spawn(task({ id: 'kids', to: 'kid', message: { type: 'nap', ms: 50 }, retries: 2, backoff: [100, 100] }))
    await first.clock.advance(10)
    await first.system.agent('ada').stop()
    first.kill()
    const { system, clock } = lives.begin()
    expect((await system.recover([nest, worker])).aside).toEqual([])
    await clock.advance(1_000)
    expect(system.state.tasks.get('blocked')?.state).toBe('queued')
    expect(system.state.tasks.get('kids')).toMatchObject({ state: 'completed', result: 'kid rested' })
  })

  it('keeps its place in the queue, and whom somebody chose to do it', async () => {
    const lives = createLives()
    const first = lives.begin()
    const members = ['a', 'b'].map((id) => first.system.spawn(worker, { id }))
    const squad = first.system.spawn(swarm({ id: 's', goal: 'x', topology: 'mesh', members }))
    for (const to of ['a', 'b']) first.system.spawn(task({ to, message: { type: 'nap', ms: 50_000 }, ...retried }))
    first.system.spawn(task({ id: 'second', to: 'a', message: { type: 'quick' }, needs: ['x'] }))
    first.system.spawn(task({ id: 'first', to: 'a', message: { type: 'nap', ms: 1_000 } }))
    first.system.spawn(task({ id: 'x', to: first.system.spawn(worker, { id: 'c' }), message: { type: 'quick' } }))
    first.system.spawn(task({ id: 'chosen', to: squad, message: { type: 'nap', ms: 1_000 }, priority: 'high' }))
    await settle()
    await squad.handOver({ task: 'chosen', to: 'b', reason: 'only b may' })
    await settle()
    expect(first.system.state.agents.get('a')?.queue).toEqual(['first', 'second'])
    first.kill()
    const { system } = lives.begin()
    await system.recover([worker])
    await settle()
    expect(system.state.tasks.get('chosen')?.agent).toBe('b')
    expect(system.state.agents.get('a')).toMatchObject({ tasks: ['first'], queue: ['second'] })
  })
})

describe('a swarm', () => {
  it('whose members were voting has a coordinator again, and nobody votes for nothing', async () => {
    const lives = createLives()
    const first = lives.begin()
    const members = ['a', 'b', 'c'].map((id) => first.system.spawn(voter, { id }))
    first.system.spawn(swarm({ id: 's', goal: 'x', topology: 'star', members }))
    await settle()
    void first.system.agent('a').stop()
    await first.clock.advance(10)
    const [orphan] = first.system.state.ballots.keys()
    first.kill()
    const { system, clock } = lives.begin()
    expect((await system.recover([voter])).ballots).toEqual([])
    expect(system.state.ballots.get(orphan ?? '')).toMatchObject({ state: 'closed', reason: 'cancelled' })
    await clock.advance(60_000)
    expect(['b', 'c']).toContain(system.state.swarms.get('s')?.coordinator)
  })

  it('whose coordinator left as it was suspended has another', async () => {
    const lives = createLives()
    const first = lives.begin()
    const members = ['a', 'b', 'c'].map((id) => first.system.spawn(worker, { id }))
    first.system.spawn(swarm({ id: 's', goal: 'x', topology: 'star', members }))
    first.system.spawn(task({ to: 'b', message: { type: 'nap', ms: 500 } }))
    await settle()
    const suspended = first.system.suspend({ grace: 1_000 })
    await first.system.agent('a').stop()
    await first.clock.advance(2_000)
    await suspended
    first.kill()
    const { system, clock } = lives.begin()
    await system.recover([worker])
    await clock.advance(60_000)
    expect(['b', 'c']).toContain(system.state.swarms.get('s')?.coordinator)
  })

  it('counts a task that could not be brought back as failed', async () => {
    const lives = createLives()
    const first = lives.begin()
    const ada = first.system.spawn(worker, { id: 'ada' })
    const squad = first.system.spawn(swarm({ id: 's', goal: 'x', members: [ada] }))
    const metadata = { since: new Date(0) }
    first.system.spawn(task({ id: 'unfit', to: squad, message: { type: 'quick' }, needs: ['z'], metadata }))
    await first.system.spawn(task({ id: 'fit', to: squad, message: { type: 'quick' } })).result()
    first.kill()
    const { system, clock } = lives.begin()
    const { aside } = await system.recover([worker])
    expect(aside.map(({ id }) => id)).toEqual(['unfit'])
    await clock.advance(100)
    expect(system.state.swarms.get('s')).toMatchObject({ total: 2, completed: 1, progress: 100, phase: 'completed' })
    expect(await system.swarm('s').result()).toEqual({ completed: 1, failed: 1, cancelled: 0 })
  })
})

describe('a ballot', () => {
  it('waits no longer for who ended with the process', async () => {
    const lives = createLives()
    const first = lives.begin()
    const boss = first.system.spawn(parent, { id: 'boss' })
    await boss.ready
    boss.send({ type: 'bear' })
    await settle()
    const poll = { id: 'b', voters: ['kid', 'x'], choices: ['y', 'n'], rule: majority() }
    await first.system.propose('?', poll).vote('x', 'y')
    first.kill()
    const { system } = lives.begin()
    await system.recover([voter, parent])
    expect(system.state.ballots.get('b')).toMatchObject({ state: 'closed', decision: 'y', voters: ['x'] })
  })

  it('that is closed can be asked how it ended', async () => {
    const lives = createLives()
    const first = lives.begin()
    const ballot = first.system.propose('?', { id: 'b', voters: ['x', 'z'], choices: ['y', 'n'] })
    await ballot.vote('x', 'y')
    await ballot.vote('z')
    const before = await ballot.result()
    first.kill()
    const { system } = lives.begin()
    await system.recover([])
    expect(await system.ballot('b').result()).toEqual(before)
    await expect(system.ballot('b').vote('x', 'n')).rejects.toMatchObject({ code: 'INVALID_STATE' })
  })
})

it('who cannot be brought back ends as anybody does, one state after the other', async () => {
  const lives = createLives()
  const first = lives.begin()
  first.system.spawn(worker, { id: 'ada' })
  first.system.spawn(swarm({ id: 's', goal: 'x', members: ['ada'], metadata: { since: new Date(0) } }))
  await settle()
  first.kill()
  await lives.begin().system.recover([nest])
  const statesOf = async (topic: string) => {
    const { entries } = await lives.journal.read({ epoch: lives.journal.epoch, offset: 0 }, (each) => each === topic)
    return entries.map(({ event }) => ('state' in event ? event.state : '')).slice(-2)
  }
  expect(await statesOf('agent.ada.status')).toEqual(['stopping', 'stopped'])
  expect(await statesOf('swarm.s.status')).toEqual(['dissolving', 'dissolved'])
})
