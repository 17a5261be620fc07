import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { agent } from '../../../actors/agent/define.js'
import { swarm } from '../../../actors/swarm/define.js'
import { approval, graph, task } from '../../../actors/task/define.js'
import { majority } from '../../../src/vote/rules.js'
import { createLives } from '../../kit/mortal.js'
import { settle } from '../../kit/quiet.js'

const done: string[] = []
const worker = agent('worker', {
  hears: { nap: { ms: z.number() }, note: { text: z.string() }, quick: {} },
  options: z.object({ greeting: z.string().default('hello') }),
  on: {
    async nap({ ms }, { sleep, id }) {
      await sleep(ms)
      return `${id} rested`
    },
    note: ({ text }) => void done.push(text),
    quick: (_, { options }) => options.greeting,
  },
})

const other = agent('other', { hears: {}, on: {} })

describe('after the process was killed', () => {
  it('an agent is there again as it was spawned, with its counters, and says that it crashed', async () => {
    const lives = createLives()
    const first = lives.begin()
    const ada = first.system.spawn(worker, {
      id: 'ada',
      name: 'Ada',
      options: { greeting: 'hi' },
      concurrency: 2,
      metadata: { x: 1 },
    })
    await first.system.spawn(task({ to: ada, message: { type: 'quick' } })).result()
    first.kill()
    const { system } = lives.begin()
    const recovered = await system.recover([worker])
    expect(recovered).toMatchObject({ agents: ['ada'], aside: [] })
    await system.agent('ada').ready
    expect(system.state.agents.get('ada')).toMatchObject({
      name: 'Ada',
      state: 'running',
      concurrency: 2,
      completed: 1,
      restarts: 1,
    })
    expect(await system.ask('ada', { type: 'quick' })).toBe('hi')
    const { entries } = await lives.journal.read(
      { epoch: lives.journal.epoch, offset: 0 },
      (topic) => topic === 'agent.ada.status',
    )
    const states = entries.map(({ event }) => 'state' in event && event.state)
    expect(states).toEqual(['running', 'running', 'running', 'crashed', 'spawning', 'running'])
  })

  it('one that was paused is paused', async () => {
    const lives = createLives()
    const first = lives.begin()
    const ada = first.system.spawn(worker, { id: 'ada' })
    await ada.ready
    await ada.pause()
    first.kill()
    const { system } = lives.begin()
    await system.recover([worker])
    await settle()
    expect(system.state.agents.get('ada')?.state).toBe('paused')
  })

  it('queued tasks are queued, in their order, and one that ran is tried again as often as it may', async () => {
    const lives = createLives()
    const first = lives.begin()
    const ada = first.system.spawn(worker, { id: 'ada' })
    first.system.spawn(task({ id: 'running', to: ada, message: { type: 'nap', ms: 1_000 }, retries: 1, backoff: [10, 10] }))
    first.system.spawn(task({ id: 'second', to: ada, message: { type: 'nap', ms: 100 } }))
    first.system.spawn(task({ id: 'third', to: ada, message: { type: 'quick' }, needs: ['second'] }))
    await first.clock.advance(500)
    expect(first.system.state.tasks.get('running')?.state).toBe('running')
    first.kill()
    const { system, clock } = lives.begin()
    const { tasks } = await system.recover([worker])
    expect(tasks).toEqual(['running', 'second', 'third'])
    const result = system.task('running').result()
    await clock.advance(5_000)
    expect(await result).toBe('ada rested')
    expect(await system.task('second').result()).toBe('ada rested')
    expect(await system.task('third').result()).toBe('hello')
    expect(system.state.tasks.get('running')).toMatchObject({ attempt: 2, state: 'completed' })
    expect(system.state.tasks.get('second')).toMatchObject({ attempt: 1 })
  })

  it('one that ran and may not be tried again has failed, and so has one that is done once', async () => {
    const lives = createLives()
    const first = lives.begin()
    const ada = first.system.spawn(worker, { id: 'ada', concurrency: 2 })
    first.system.spawn(task({ id: 'plain', to: ada, message: { type: 'nap', ms: 1_000 } }))
    first.system.spawn(task({ id: 'once', to: ada, message: { type: 'nap', ms: 1_000 }, once: true, retries: 0 }))
    await first.clock.advance(500)
    first.kill()
    const { system, clock } = lives.begin()
    await system.recover([worker])
    await expect(system.task('plain').result()).rejects.toMatchObject({ code: 'CRASHED' })
    await expect(system.task('once').result()).rejects.toMatchObject({ code: 'CRASHED' })
    await clock.advance(5_000)
    expect(system.state.tasks.get('once')).toMatchObject({ state: 'failed', attempt: 1 })
  })

  it('a swarm has its members, its coordinator, its tasks and how far they are', async () => {
    const lives = createLives()
    const first = lives.begin()
    const members = ['a', 'b', 'c'].map((id) => first.system.spawn(worker, { id }))
    const squad = first.system.spawn(swarm({ id: 's', goal: 'ship', topology: 'star', members }))
    for (let at = 0; at < 6; at++)
      first.system.spawn(
        task({ id: `t${at}`, to: squad, message: { type: 'nap', ms: 100 * (at + 1) }, retries: 2, backoff: [1, 1] }),
      )
    await first.clock.advance(250)
    const before = first.system.state.swarms.get('s')
    expect(before?.completed).toBe(2)
    first.kill()
    const { system, clock } = lives.begin()
    await system.recover([worker])
    await settle()
    const now = system.state.swarms.get('s')
    expect(now).toMatchObject({
      members: before?.members,
      coordinator: 'a',
      topology: 'star',
      total: 6,
      completed: 2,
      state: 'running',
    })
    const summary = system.swarm('s').result()
    await clock.advance(5_000)
    expect(await summary).toMatchObject({ completed: 6, failed: 0, cancelled: 0 })
    expect(system.state.swarms.get('s')).toMatchObject({ progress: 100, phase: 'completed', health: 100 })
  })

  it('a ballot keeps its votes and its deadline', async () => {
    const lives = createLives()
    const first = lives.begin()
    const ballot = first.system.propose('Merge?', {
      id: 'b',
      voters: ['x', 'y', 'z'],
      choices: ['yes', 'no'],
      rule: majority(),
      within: 10_000,
    })
    await ballot.vote('x', 'yes')
    first.kill()
    const { system, clock } = lives.begin(4_000)
    const { ballots } = await system.recover([worker])
    expect(ballots).toEqual(['b'])
    expect(system.state.ballots.get('b')).toMatchObject({ state: 'open', votes: { x: 'yes' } })
    await system.ballot('b').vote('y')
    const result = system.ballot('b').result()
    await clock.advance(6_000)
    expect(await result).toMatchObject({ reason: 'deadline', decision: 'yes', abstained: 1, voters: 3 })
  })

  it('a person is still asked, and a graph goes on with what is left of it', async () => {
    const lives = createLives()
    const first = lives.begin()
    const ada = first.system.spawn(worker, { id: 'ada' })
    first.system.spawn(approval({ id: 'release', question: 'Publish?' }))
    const work = (ms: number) => ({ to: ada, message: { type: 'nap', ms }, retries: 1, backoff: [1, 1] as const })
    first.system.spawn(
      graph({
        id: 'g',
        tasks: { one: work(100), two: { ...work(300), needs: ['one'] }, three: { ...work(10), needs: ['two'] } },
      }),
    )
    await first.clock.advance(200)
    first.kill()
    const { system, clock } = lives.begin()
    await system.recover([worker])
    const result = system.task('g').result()
    await clock.advance(1_000)
    expect(await result).toEqual({ one: 'ada rested', two: 'ada rested', three: 'ada rested' })
    const [item] = await system.attention.list()
    expect(item).toMatchObject({ kind: 'approval', subject: 'release', state: 'open' })
    await system.attention.resolve(item?.id ?? '', 'approve')
    expect(await system.task('release').result()).toMatchObject({ decision: 'approve' })
  })

  it('messages that were accepted from outside are handled, and schedules go on', async () => {
    done.length = 0
    const lives = createLives()
    const first = lives.begin()
    const ada = first.system.spawn(worker, { id: 'ada' })
    await ada.ready
    await ada.pause()
    first.system.deliver('ada', { type: 'note', text: 'kept' }, {}, 'ann')
    first.system.schedule(ada, { type: 'note', text: 'tick' }, { every: 1_000 }, { id: 'beat' })
    first.kill()
    const { system, clock } = lives.begin(10)
    expect(await system.recover([worker])).toMatchObject({ letters: 1, schedules: ['beat'] })
    await system.agent('ada').ready
    await system.agent('ada').resume()
    await clock.advance(2_000)
    expect(done).toEqual(['kept', 'tick', 'tick'])
  })

  it('nothing of all that is left when it has ended', async () => {
    const lives = createLives()
    const first = lives.begin()
    const ada = first.system.spawn(worker, { id: 'ada' })
    const squad = first.system.spawn(swarm({ id: 's', goal: 'x', members: [ada] }))
    first.system.spawn(graph({ id: 'g', tasks: { one: { to: squad, message: { type: 'nap', ms: 10 } } } }))
    first.system.propose('?', { voters: ['ada'], choices: ['a', 'b'] })
    first.system.schedule(ada, { type: 'quick' }, { after: 50 })
    await first.clock.advance(1_000)
    const stopped = first.system.stop()
    await first.clock.advance(10_000)
    await stopped
    expect([...lives.journal.records.list('')].map(([key]) => key).filter((key) => !/^(view$|end\/)/.test(key))).toEqual([])
  })
})

describe('what cannot be brought back', () => {
  it('is told, kept aside, and has ended for everybody else', async () => {
    const lives = createLives()
    const first = lives.begin()
    const ada = first.system.spawn(worker, { id: 'ada' })
    first.system.spawn(task({ id: 't', to: ada, message: { type: 'nap', ms: 1_000 }, retries: 3 }))
    await first.clock.advance(10)
    first.kill()
    const { system, errors } = lives.begin()
    const { aside } = await system.recover([other])
    expect(aside.map(({ kind, id }) => `${kind} ${id}`)).toEqual(['agent ada', 'task t'])
    expect(errors.join()).toContain('no definition worker is known')
    expect(system.state.agents.get('ada')).toMatchObject({ state: 'stopped', error: { code: 'UNKNOWN_DEFINITION' } })
    expect(system.state.tasks.get('t')).toMatchObject({ state: 'failed' })
    expect([...lives.journal.records.list('aside/')].map(([key]) => key)).toEqual(['aside/agent/ada', 'aside/task/t'])
  })

  it('is told where somebody goes past it', async () => {
    const lives = createLives()
    const first = lives.begin()
    await first.system.spawn(worker, { id: 'ada' }).ready
    expect(first.errors).toEqual([])
    first.kill()
    const { system, errors } = lives.begin()
    system.spawn(worker)
    system.spawn(worker)
    expect(errors).toEqual([expect.stringContaining('recover() was not called')])
  })

  it('is refused where something is there already, or nothing is kept', async () => {
    const lives = createLives()
    const { system } = lives.begin()
    system.spawn(worker)
    await expect(system.recover([worker])).rejects.toMatchObject({ code: 'INVALID_STATE' })
  })
})
