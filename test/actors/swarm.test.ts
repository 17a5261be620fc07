/** Swarms at work: who coordinates, who does what, and what becomes of it when that changes. */
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { agent, swarm, task } from '../../actors/index.js'
import type { SwarmDeclaration } from '../../src/system/definition.js'
import { restart, stop } from '../../src/system/strategy.js'
import { quietSystem, settle } from '../kit/quiet.js'

const member = agent('member', {
  hears: { work: { ms: z.number() }, note: { text: z.string() }, crash: {}, stubborn: {} },
  says: { noted: { text: z.string() } },
  onFailure: restart({ backoff: [100, 100], jitter: 0 }),
  on: {
    async work({ ms }, { sleep, id }) {
      await sleep(ms)
      return id
    },
    note: ({ text }, { say }) => say({ type: 'noted', text }),
    crash() {
      throw new Error('bang')
    },
    stubborn: (_, { signal }) => new Promise((done) => signal.addEventListener('abort', done)),
  },
})
const opinionated = (choice: string) => agent('opinionated', { hears: {}, on: { ballot: (_, { vote }) => vote(choice) } })

const setUp = (ids: readonly string[], declared: Partial<SwarmDeclaration> = {}) => {
  const quiet = quietSystem()
  for (const id of ids) quiet.system.spawn(member, { id })
  const squad = quiet.system.spawn(swarm({ id: 'squad', goal: 'ship it', members: [...ids], ...declared }))
  const work = (ms: number, more: object = {}) => quiet.system.spawn(task({ to: squad, message: { type: 'work', ms }, ...more }))
  const view = () => quiet.system.state.swarms.get('squad')
  const coordinators = () =>
    quiet.seen.events.flatMap((event) => (event.type === 'swarm.coordinator' ? [event.agent ?? 'nobody'] : []))
  const noted = () =>
    quiet.seen.events.flatMap((event) => (event.type === 'agent.said' ? [[event.id, event.message['text']]] : []))
  return { ...quiet, squad, work, view, coordinators, noted }
}

describe('a coordinator that is lost', () => {
  it.each(['crash', 'stop', 'leave'] as const)(
    'by %s is replaced by vote; those without an opinion vote for the lowest id',
    async (how) => {
      const { system, squad, view, coordinators, seen } = setUp(['z', 'b', 'a'])
      await settle()
      expect(view()?.coordinator).toBe('z')
      if (how === 'crash') system.send('z', { type: 'crash' })
      else if (how === 'stop') await system.agent('z').stop()
      else await squad.leave('z')
      await settle()
      expect(coordinators()).toEqual(['z', 'nobody', 'a'])
      const [ballot] = [...system.state.ballots.values()]
      expect(ballot).toMatchObject({
        question: 'Who coordinates squad?',
        decision: 'a',
        voters: how === 'crash' ? ['b', 'a'] : ['b', 'a'],
      })
      expect(seen.events.findLast((event) => event.type === 'swarm.coordinator')).toMatchObject({
        agent: 'a',
        ballot: ballot?.id,
      })
      await system.stop()
    },
  )

  it('is replaced by whom the members vote for', async () => {
    const { system, squad, view } = setUp(['z', 'a', 'b'])
    for (const id of ['p', 'q', 'r']) await squad.join(system.spawn(opinionated('b'), { id }))
    await squad.leave('z')
    await settle()
    expect(view()?.coordinator).toBe('b')
    await system.stop()
  })

  it('is replaced within the deadline though a member does not answer', async () => {
    const { system, clock, squad, view } = setUp(['z', 'a', 'b'])
    const silent = agent('silent', {
      hears: {},
      on: { ballot: (_, { signal }) => new Promise((end) => signal.addEventListener('abort', end)) },
    })
    for (const id of ['s', 't', 'u', 'v']) await squad.join(system.spawn(silent, { id }))
    await squad.leave('z')
    await settle()
    expect(view()).not.toHaveProperty('coordinator')
    await clock.advance(5_000)
    expect(view()?.coordinator).toBe('a')
    await system.stop({ force: true })
  })

  it('leaves the place to whoever comes back when nobody was left', async () => {
    const { system, clock, view } = setUp(['z'])
    await settle()
    system.send('z', { type: 'crash' })
    await settle()
    expect(view()).not.toHaveProperty('coordinator')
    await clock.advance(100)
    expect(view()?.coordinator).toBe('z')
    await system.stop()
  })

  it('does not lose the messages of a star, which wait for the next one', async () => {
    const { system, clock, squad, noted } = setUp(['z', 'a', 'b'])
    const silent = agent('silent', {
      hears: {},
      on: { ballot: (_, { signal }) => new Promise((end) => signal.addEventListener('abort', end)) },
    })
    for (const id of ['s', 't', 'u', 'v']) await squad.join(system.spawn(silent, { id }))
    await squad.leave('z')
    squad.send('a', 'b', { type: 'note', text: 'waits' })
    await settle()
    expect(noted()).toEqual([])
    await clock.advance(5_000)
    expect(noted()).toEqual([['b', 'waits']])
    expect(system.state.deadLetters).toBe(0)
    await system.stop({ force: true })
  })

  it('is never two', async () => {
    const { system, clock, seen } = setUp(['a', 'b', 'c', 'd'])
    for (let round = 0; round < 6; round++) {
      for (const id of ['a', 'b', 'c']) system.send(id, { type: 'crash' })
      await clock.advance(round * 37)
    }
    await clock.advance(30_000)
    let now: string | undefined
    for (const event of seen.events)
      if (event.type === 'swarm.coordinator') {
        if (event.agent !== undefined) expect([undefined, event.agent]).toContain(now)
        now = event.agent
      }
    expect(now).toBe(system.state.swarms.get('squad')?.coordinator)
    await system.stop()
  })
})

describe('a topology', () => {
  it('is changed under traffic without losing or doubling a message', async () => {
    const { system, squad, noted, view, seen } = setUp(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'])
    await settle()
    const kinds = ['mesh', 'ring', 'hierarchical', 'hierarchical-mesh', 'adaptive', 'star'] as const
    for (let at = 0; at < 60; at++) {
      squad.send('j', 'b', { type: 'note', text: String(at) })
      if (at % 10 === 9) await squad.rewire(kinds[Math.floor(at / 10)] ?? 'mesh', 'a test')
    }
    await settle()
    expect(noted()).toEqual(Array.from({ length: 60 }, (_, at) => ['b', String(at)]))
    expect(view()).toMatchObject({ topology: 'star', wiring: 'star' })
    expect(seen.events.filter((event) => event.type === 'swarm.rewired')).toHaveLength(6)
    await system.stop()
  })

  it('that adapts says so when it becomes another', async () => {
    const ids = Array.from({ length: 8 }, (_, at) => `m${at}`)
    const { system, squad, seen, view } = setUp(ids, { topology: 'adaptive' })
    await squad.join(system.spawn(member, { id: 'm8' }))
    expect(view()).toMatchObject({ topology: 'adaptive', wiring: 'hierarchical' })
    await squad.leave('m8')
    const wirings = seen.events.flatMap((event) => (event.type === 'swarm.rewired' ? [[event.wiring, event.reason]] : []))
    expect(wirings).toEqual([
      ['hierarchical', 'it has 9 members'],
      ['mesh', 'it has 8 members'],
    ])
    await system.stop()
  })
})

describe('a task of a swarm', () => {
  it('goes to the member with the capabilities that it asks for, and waits with a warning where there is none', async () => {
    const { system, clock, squad, work, seen } = setUp(['a', 'b'])
    const strong = system.spawn(member, { id: 'strong', capabilities: ['gpu', 'french'] })
    await squad.join(strong)
    const jobs = [work(10, { requires: ['gpu'] }), work(10, { requires: ['french', 'gpu'] })]
    await clock.advance(50)
    expect(await Promise.all(jobs.map((job) => job.result()))).toEqual(['strong', 'strong'])
    const odd = work(10, { requires: ['german'] })
    await clock.advance(50)
    expect(system.state.tasks.get(odd.id)).toMatchObject({ state: 'queued', requires: ['german'] })
    const warnings = seen.events.filter((event) => event.type === 'swarm.log' && event.level === 'warn')
    expect(warnings).toMatchObject([{ level: 'warn', text: expect.stringMatching(/No member can do task .*a lacks german/) }])
    await squad.join(system.spawn(member, { id: 'deutsch', capabilities: ['german'] }))
    await clock.advance(50)
    expect(await odd.result()).toBe('deutsch')
    await system.stop()
  })

  it('that waits with a busy member is taken over by one that has nothing to do', async () => {
    const { system, clock, squad, work, seen } = setUp(['a', 'b'])
    const long = work(1_000)
    const short = work(100)
    const waiting = [work(50), work(50)]
    await clock.advance(50)
    expect(waiting.map(({ id }) => system.state.tasks.get(id)?.state)).toEqual(['assigned', 'assigned'])
    await clock.advance(250)
    expect((await Promise.all(waiting.map((job) => job.result()))).sort()).toEqual(['b', 'b'])
    expect(await short.result()).toBe('b')
    expect(seen.events.filter((event) => event.type === 'swarm.handed-over')).toMatchObject([
      { from: 'a', to: 'b', reason: 'work stealing' },
    ])
    await clock.advance(1_000)
    expect(await long.result()).toBe('a')
    expect(await squad.result()).toEqual({ completed: 4, failed: 0, cancelled: 0 })
    await system.stop()
  })

  it('is handed over with a reason, what was begun is begun anew, and its attempt does not count', async () => {
    const { system, clock, squad, work, seen } = setUp(['a', 'b', 'c'])
    const job = work(100)
    await clock.advance(50)
    expect(system.state.tasks.get(job.id)).toMatchObject({ agent: 'a', attempt: 1 })
    await squad.handOver({ task: job, to: 'c', reason: 'c knows more' })
    await clock.advance(100)
    expect(await job.result()).toBe('c')
    expect(system.state.tasks.get(job.id)).toMatchObject({ state: 'completed', attempt: 1 })
    expect(seen.events.find((event) => event.type === 'swarm.handed-over')).toMatchObject({
      from: 'a',
      to: 'c',
      reason: 'c knows more',
    })
    await expect(squad.handOver({ task: job, reason: 'again' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
    const other = work(100)
    await settle()
    await expect(squad.handOver({ task: other, to: 'nobody', reason: 'why' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await other.cancel()
    await system.stop()
  })

  it('is done again by another when its member is gone', async () => {
    const { system, clock, work } = setUp(['a', 'b'])
    system.spawn(member, { id: 'x', onFailure: stop() })
    const [first, second, third] = [work(100), work(100), work(100, { retries: 1, backoff: [1, 1] })]
    await clock.advance(10)
    await system.agent('a').stop({ force: true })
    await clock.advance(1_000)
    await expect(first?.result()).rejects.toMatchObject({ code: 'KILLED' })
    expect([await second?.result(), await third?.result()]).toEqual(['b', 'b'])
    await system.stop()
  })
})

describe('a swarm', () => {
  it('pauses its tasks, says who has not reached a boundary, and goes on', async () => {
    const { system, clock, squad, work } = setUp(['a', 'b'])
    const job = work(100)
    const rude = system.spawn(task({ to: squad, message: { type: 'stubborn' } }))
    await clock.advance(50)
    expect(await squad.pause()).toMatchObject({ state: 'paused', pending: ['a', 'b'] })
    await clock.advance(100)
    // One waits at the end of its sleep; the other looks at nothing.
    expect(await squad.pause()).toMatchObject({ pending: ['b'] })
    const late = work(10)
    await clock.advance(1_000)
    expect([job, rude, late].map(({ id }) => system.state.tasks.get(id)?.state)).toEqual(['paused', 'paused', 'queued'])
    await squad.resume()
    await clock.advance(1_000)
    expect(await Promise.all([job.result(), late.result()])).toEqual(['a', 'a'])
    await rude.cancel()
    await system.stop()
  })

  it('is as healthy as its members, and forgets a crash after a minute', async () => {
    const { system, clock, view, seen } = setUp(['a', 'b'])
    await settle()
    system.send('a', { type: 'crash' })
    await settle()
    expect(view()?.health).toBe(40)
    await clock.advance(100)
    expect(view()?.health).toBe(90)
    await clock.advance(60_000)
    expect(view()?.health).toBe(100)
    expect(seen.events.flatMap((event) => (event.type === 'swarm.health' ? [event.health] : [])).at(-1)).toBe(100)
    await system.stop()
    expect(clock.pending).toBe(0)
  })

  it('fails what is not done by its deadline', async () => {
    const { system, clock, squad, work, view } = setUp(['a'], { deadline: 1_000 })
    const [done, running, waiting] = [work(100), work(5_000), work(1)]
    const ends = Promise.allSettled([done, running, waiting].map((job) => job?.result()))
    expect(view()?.deadline).toBe(clock.now() + 1_000)
    await clock.advance(1_000)
    expect(await ends).toMatchObject([
      { status: 'fulfilled' },
      { status: 'rejected', reason: { code: 'TIMEOUT', message: expect.stringMatching(/deadline of 1000 ms/) } },
      { status: 'rejected', reason: { code: 'TIMEOUT' } },
    ])
    expect(await squad.result()).toEqual({ completed: 1, failed: 2, cancelled: 0 })
    await system.stop()
  })

  it('names so many of its tasks as are worth knowing, however long it lives', async () => {
    const { system, clock, squad, view } = setUp(['a'])
    for (let at = 0; at < 1_200; at++) system.spawn(task({ to: squad, message: { type: 'work', ms: 0 } }))
    await clock.advance(60_000)
    await squad.result()
    expect(view()?.tasks).toHaveLength(1_000)
    expect(view()).toMatchObject({ completed: 1_200, total: 1_200 })
    await system.stop()
  })
})
