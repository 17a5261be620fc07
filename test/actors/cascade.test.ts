/** What becomes at once of the parts of a task whose handler is told to end: a handler may wait for nothing but them. */
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { agent, swarm, task } from '../../actors/index.js'
import type { System } from '../../src/system/system.js'
import { quietSystem, settle } from '../kit/quiet.js'

const worker = agent('worker', {
  hears: { work: { ms: z.number() } },
  concurrency: 10,
  on: {
    async work({ ms }, { sleep, id }) {
      await sleep(ms)
      return id
    },
  },
})
/** Looks at nothing but its part, which is done by another who waits for a part of its own. */
const boss = agent('boss', {
  hears: { lead: { by: z.array(z.string()) } },
  on: {
    lead({ by }, { subtask }) {
      const [to = 'w', ...others] = by
      const message = to === 'w' ? { type: 'work', ms: 60_000 } : { type: 'lead', by: others }
      return subtask(task({ to, message })).result()
    },
  },
})

const setUp = async (more: object = {}) => {
  const quiet = quietSystem()
  const { system, seen } = quiet
  system.spawn(worker, { id: 'w' })
  for (const id of ['a', 'b', 'c']) system.spawn(boss, { id })
  const squad = system.spawn(swarm({ goal: 'g', members: ['a', 'b'] }))
  const whole = system.spawn(task({ id: 'whole', to: squad, message: { type: 'lead', by: ['c', 'w'] }, ...more }))
  await settle()
  const made = () => seen.events.flatMap((event) => (event.type === 'task.created' ? [event.id] : []))
  const states = () => made().map((id) => system.state.tasks.get(id)?.state)
  expect(states()).toEqual(['running', 'running', 'running'])
  return { ...quiet, squad, whole, states }
}

describe('the parts of a task are cancelled at once', () => {
  it('with it, and with theirs', async () => {
    const { system, whole, states, errors, seen } = await setUp()
    expect(await whole.cancel('no more')).toMatchObject({ state: 'cancelled', reached: 1 })
    expect(states()).toEqual(['cancelled', 'cancelled', 'cancelled'])
    expect(errors).toEqual([])
    // A task that is on its way out is not getting on.
    expect(seen.events.filter((event) => event.type === 'task.progress')).toEqual([])
    await system.stop()
  })

  it.each<[string, (system: System, squad: Awaited<ReturnType<typeof setUp>>['squad']) => unknown, string]>([
    ['when its agent is killed', (system) => system.agent('a').kill(), 'cancelled'],
    ['when its agent is restarted', (system) => system.agent('a').restart(), 'failed'],
    ['when it is handed over', (_, squad) => squad.handOver({ task: 'whole', to: 'b', reason: 'b knows more' }), 'running'],
    ['when its agent is frozen', (system) => system.agent('a').freeze(), 'assigned'],
  ])('%s', async (_, act, outcome) => {
    const { system, squad, states, errors } = await setUp()
    await act(system, squad)
    await settle()
    expect(states().slice(0, 3)).toEqual([outcome, 'cancelled', 'cancelled'])
    expect(errors).toEqual([])
    await system.stop({ force: true })
  })

  it('when an attempt took too long, and the next has parts of its own', async () => {
    const { system, clock, states, errors, whole } = await setUp({ timeout: 1_000, retries: 1, backoff: [100, 100] })
    await clock.advance(1_000)
    expect(states()).toEqual(['crashed', 'cancelled', 'cancelled'])
    await clock.advance(200)
    expect(states()).toEqual(['running', 'cancelled', 'cancelled', 'running', 'running'])
    await clock.advance(1_000)
    expect(states()).toEqual(['failed', 'cancelled', 'cancelled', 'cancelled', 'cancelled'])
    await expect(whole.result()).rejects.toMatchObject({ code: 'TIMEOUT' })
    expect(errors).toEqual([])
    await system.stop()
    expect(clock.pending).toBe(0)
  })

  it('and so is one that its handler begins while it is told to end', async () => {
    const { system, clock, seen } = quietSystem()
    system.spawn(worker, { id: 'w' })
    const late = agent('late', {
      hears: { go: {} },
      on: {
        async go(_, { signal, subtask }) {
          await new Promise((end) => signal.addEventListener('abort', end))
          return subtask(task({ id: 'part', to: 'w', deadline: 5_000, message: { type: 'work', ms: 60_000 } })).result()
        },
      },
    })
    const whole = system.spawn(task({ to: system.spawn(late), message: { type: 'go' } }))
    await settle()
    await whole.cancel()
    expect(system.state.tasks.get('part')?.state).toBe('cancelled')
    expect(seen.events.filter((event) => event.type === 'task.status' && event.state === 'running')).toHaveLength(1)
    await system.stop()
    expect(clock.pending).toBe(0)
  })
})
