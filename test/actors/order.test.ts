/** In which order a family begins anew, and what is told of an end. */
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { Death } from '../../actors/agent/death-watch.js'
import { agent } from '../../actors/agent/define.js'
import { oneForAll, restart, restForOne } from '../../src/system/strategy.js'
import { quietSystem } from '../kit/quiet.js'

describe('a family that begins anew', () => {
  it.each([
    ['those after it', restForOne(), ['b', 'c', 'd']],
    ['all', oneForAll(), ['b', 'a', 'c', 'd']],
  ] as const)('begins with the one that crashed, and after its delay: %s', async (_who, supervises, order) => {
    const { system, clock } = quietSystem()
    const started: string[] = []
    const child = agent('child', {
      hears: { boom: {} },
      onFailure: restart({ backoff: [50, 50], jitter: 0 }),
      start: ({ id }) => void started.push(id),
      on: {
        boom() {
          throw new Error('boom')
        },
      },
    })
    const parent = agent('parent', {
      hears: { go: {} },
      supervises,
      on: {
        go(_, { stage }) {
          for (const id of ['a', 'b', 'c', 'd']) stage.spawn(child, { id })
        },
      },
    })
    system.spawn(parent).send({ type: 'go' })
    await clock.advance(1)
    started.length = 0
    system.agent('b').send({ type: 'boom' })
    await clock.advance(49)
    expect(started).toEqual([])
    await clock.advance(10)
    expect(started).toEqual(order)
    await system.stop()
  })
})

describe('who watches another', () => {
  it('hears why it was ended', async () => {
    const { system, clock } = quietSystem()
    const deaths: Death[] = []
    const watcher = agent('watcher', {
      hears: { look: {} },
      ended: (death) => void deaths.push(death),
      on: { look: (_, { watch }) => watch('victim') },
    })
    const victim = agent('victim', { hears: {}, on: {} })
    system.spawn(watcher).send({ type: 'look' })
    const v = system.spawn(victim, { id: 'victim' })
    await clock.advance(1)
    system.spawn(watcher).send({ type: 'look' })
    await clock.advance(1)
    await v.kill('it was in the way')
    await clock.advance(1)
    expect(deaths).toContainEqual(expect.objectContaining({ id: 'victim', state: 'stopped', reason: 'it was in the way' }))
    await system.stop()
  })
})

describe('a supervisor that spawns its children when it starts', () => {
  const quick = restart({ backoff: [10, 10], jitter: 0 })
  const leaf = agent('leaf', {
    hears: { count: {} },
    onFailure: quick,
    state: () => ({ count: 0 }),
    on: { count: (_, { state }) => ++state.count },
  })
  const branch = agent('branch', {
    hears: {},
    onFailure: quick,
    start: ({ stage }) => stage.spawn(leaf, { id: 'leaf' }).ready,
    on: {},
  })
  const setUp = () => {
    const quiet = quietSystem()
    const root = agent('root', {
      hears: { crash: {} },
      onFailure: quick,
      start: ({ stage, watch }) => watch(stage.spawn(branch, { id: 'branch' })),
      ended: ({ id, state }, { say }) => say({ type: 'lost', id, state }),
      says: { lost: { id: z.string(), state: z.string() } },
      on: {
        crash() {
          throw new Error('bang')
        },
      },
    })
    const r = quiet.system.spawn(root, { id: 'root' })
    const states = () => ['root', 'branch', 'leaf'].map((id) => quiet.system.state.agents.get(id)?.state)
    return { ...quiet, r, states }
  }

  it.each(['crash', 'restart'])('has them again, under their ids, after a %s', async (how) => {
    const { system, clock, seen, r, states, errors } = setUp()
    await clock.advance(10)
    expect(await system.ask('leaf', { type: 'count' })).toBe(1)
    for (let times = 0; times < 2; times++) {
      if (how === 'crash') r.send({ type: 'crash' })
      else await r.restart()
      await clock.advance(100)
      expect(states()).toEqual(['running', 'running', 'running'])
      expect(await system.ask('leaf', { type: 'count' })).toBe(1)
    }
    expect(seen.events.filter((event) => event.type === 'agent.said')).toEqual([])
    await system.agent('branch').stop()
    await clock.advance(10)
    expect(seen.events.flatMap((event) => (event.type === 'agent.said' ? [event.message] : []))).toEqual([
      { type: 'lost', id: 'branch', state: 'stopped' },
    ])
    expect(errors).toEqual([])
    await system.stop()
  })

  it('gives nobody else their ids, not even when they have ended', async () => {
    const { system, clock } = setUp()
    await clock.advance(10)
    const other = agent('other', {
      hears: { take: {} },
      on: {
        take: (_, { stage }) =>
          stage.spawn(leaf, { id: 'leaf' }).ready.then(
            () => 'taken',
            (error: { code: string }) => error.code,
          ),
      },
    })
    const o = system.spawn(other)
    expect(await o.ask({ type: 'take' })).toBe('ID_TAKEN')
    await system.agent('leaf').stop()
    expect(await o.ask({ type: 'take' })).toBe('ID_TAKEN')
    await expect(system.spawn(leaf, { id: 'leaf' }).ready).rejects.toMatchObject({ code: 'ID_TAKEN' })
    await system.stop()
  })
})
