/** Options that make no sense are refused with a sentence, and nothing is said of what they were for. */
import { describe, expect, it } from 'vitest'
import { agent, approval, graph, swarm, task } from '../../actors/index.js'
import type { SpawnOptions, SwarmDeclaration, TaskDeclaration } from '../../src/system/definition.js'
import { quietSystem } from '../kit/quiet.js'

const worker = agent('worker', { hears: { go: {} }, on: { go: () => 'went' } })
const message = { type: 'go' } as const
const setUp = () => {
  const quiet = quietSystem()
  return { ...quiet, to: quiet.system.spawn(worker, { id: 'w' }) }
}
const never = Number.NaN

describe('what makes no sense is refused', () => {
  it.each<[string, SpawnOptions, RegExp]>([
    [
      'concurrency',
      { concurrency: Number.POSITIVE_INFINITY },
      /concurrency of an agent is a whole number of 1 or more; got Infinity/,
    ],
    ['queue', { queue: -1 }, /queue of an agent expects a whole number of 0 or more; got -1/],
    ['mailbox', { mailbox: never }, /mailbox of an agent expects a whole number of 1 or more; got NaN/],
    ['capacity', { mailbox: { capacity: 0 } }, /mailbox of an agent .* got 0/],
    [
      'overflow',
      { mailbox: { overflow: 'bogus' as never } },
      /overflow of a mailbox expects one of drop-oldest, .*; got "bogus"/,
    ],
  ])('as the %s of an agent', async (_, options, message) => {
    const { system, seen } = setUp()
    const before = seen.events.length
    await expect(system.spawn(worker, options).ready).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      message: expect.stringMatching(message),
    })
    expect(seen.events).toHaveLength(before)
    await system.spawn(worker, { mailbox: Number.POSITIVE_INFINITY, queue: Number.POSITIVE_INFINITY }).ready
    await system.stop()
  })

  it.each<[string, Partial<TaskDeclaration>, RegExp]>([
    ['deadline', { deadline: never }, /deadline of a task expects 0 or more milliseconds; got NaN/],
    ['deadline in the past', { deadline: -1 }, /deadline of a task .* got -1/],
    ['timeout', { timeout: never }, /timeout of a task .* got NaN/],
    ['retries', { retries: -1 }, /retries of a task expects a whole number of 0 or more; got -1/],
    ['retries by code', { retries: { default: 1, TIMEOUT: 0.5 } }, /retries after TIMEOUT .* got 0.5/],
    ['backoff', { backoff: [100, never] }, /backoff of a task .* got NaN/],
    ['priority', { priority: 'asap' as never }, /priority of a task expects one of low, .*; got "asap"/],
  ])('as the %s of a task, alone or in a graph', async (_, more, message) => {
    const { system, to } = setUp()
    const part = { to: to.id, message: { type: 'go' }, ...more }
    for (const declared of [task({ to, message: { type: 'go' }, ...(more as object) }), graph({ tasks: { part } })])
      await expect(system.spawn(declared as TaskDeclaration).ready).rejects.toMatchObject({
        ...{ code: 'INVALID_OPTION', message: expect.stringMatching(message) },
      })
    expect(system.state.tasks.size).toBe(0)
    await system.stop()
  })

  it.each<[string, Partial<SwarmDeclaration>, RegExp]>([
    ['topology', { topology: 'bogus' as never }, /topology of a swarm expects one of mesh, star, .*; got "bogus"/],
    ['deadline', { deadline: -5 }, /deadline of a swarm .* got -5/],
  ])('as the %s of a swarm', async (_, more, message) => {
    const { system } = setUp()
    await expect(system.spawn(swarm({ goal: 'g', ...more })).ready).rejects.toMatchObject({
      ...{ code: 'INVALID_OPTION', message: expect.stringMatching(message) },
    })
    expect(system.state.swarms.size).toBe(0)
    await system.stop()
  })

  it('as the time of an approval, a graph or a ballot, and as what a swarm becomes', async () => {
    const { system, to } = setUp()
    const squad = system.spawn(swarm({ id: 'squad', goal: 'g', topology: 'mesh', members: [to] }))
    const refusals = [
      system.spawn(approval({ question: '?', deadline: never })).ready,
      system.spawn(graph({ tasks: { a: { to, message } }, deadline: -1 })).ready,
      squad.rewire('bogus' as never),
    ]
    for (const refused of refusals) await expect(refused).rejects.toMatchObject({ code: 'INVALID_OPTION' })
    const ballot = system.propose('?', { voters: ['w'], choices: ['yes'], within: never })
    await expect(ballot.ready).rejects.toMatchObject({ code: 'INVALID_MESSAGE' })
    expect(system.state.swarms.get('squad')?.topology).toBe('mesh')
    expect([system.state.tasks.size, system.state.ballots.size]).toEqual([0, 0])
    await system.stop()
  })
})
