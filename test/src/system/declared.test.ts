/** Numbers and words that cannot be are refused in a sentence, before anything comes of them. */
import { describe, expect, it } from 'vitest'
import { agent, approval, graph, swarm, task } from '../../../actors/index.js'
import type { TroupeError } from '../../../src/errors.js'
import { createMemoryJournal } from '../../../src/journal/memory.js'
import { createSystem, type SystemOptions } from '../../../src/system/system.js'
import { quietSystem, settle } from '../../kit/quiet.js'

const worker = agent('worker', { hears: { work: {} }, on: { work: (_, { sleep }) => sleep(1_000) } })
/** What code without types may hand over. */
const wild = (options: unknown) => options as never

const setUp = () => {
  const quiet = quietSystem()
  quiet.system.spawn(worker, { id: 'w' })
  const work = { to: 'w', message: { type: 'work' } }
  const told = async (act: () => { readonly ready: Promise<void> } | Promise<unknown>) => {
    try {
      const made = act()
      await ('ready' in made ? made.ready : made)
      return 'accepted'
    } catch (thrown) {
      const { code, message } = thrown as TroupeError
      return `${code}: ${message}`
    }
  }
  return { ...quiet, work, told }
}

describe('a declaration that cannot be', () => {
  it.each([
    [{ concurrency: 0 }, 'The concurrency of an agent is a whole number of 1 or more; got 0.'],
    [{ queue: -1 }, 'The queue of an agent expects a whole number of 0 or more; got -1.'],
    [{ queue: Number.NaN }, 'The queue of an agent expects a whole number of 0 or more; got NaN.'],
    [{ mailbox: 0 }, 'The mailbox of an agent expects a whole number of 1 or more; got 0.'],
    [{ mailbox: Number.NaN }, 'The mailbox of an agent expects a whole number of 1 or more; got NaN.'],
    [{ mailbox: { capacity: 1.5 } }, 'The mailbox of an agent expects a whole number of 1 or more; got 1.5.'],
    [
      { mailbox: { overflow: 'bogus' } },
      'The overflow of a mailbox expects one of drop-oldest, drop-newest, refuse, fail-ask; got "bogus".',
    ],
  ])('of an agent is refused: %o', async (options, sentence) => {
    const { system, told } = setUp()
    expect(await told(() => system.spawn(worker, wild({ id: 'odd', ...options })))).toBe(`INVALID_OPTION: ${sentence}`)
    expect(system.state.agents.has('odd')).toBe(false)
  })

  it.each([
    [{ deadline: Number.NaN }, 'The deadline of a task expects 0 or more milliseconds; got NaN.'],
    [{ deadline: -1 }, 'The deadline of a task expects 0 or more milliseconds; got -1.'],
    [{ timeout: Number.NaN }, 'The timeout of a task expects 0 or more milliseconds; got NaN.'],
    [{ timeout: '5' }, 'The timeout of a task expects 0 or more milliseconds; got "5".'],
    [{ retries: -1 }, 'The retries of a task expects a whole number of 0 or more; got -1.'],
    [{ retries: { TIMEOUT: 0.5 } }, 'The retries after TIMEOUT expects a whole number of 0 or more; got 0.5.'],
    [{ backoff: [100, 10] }, 'The backoff of a task goes from less to more milliseconds; got [100, 10].'],
    [{ backoff: [Number.NaN, 10] }, 'The backoff of a task expects 0 or more milliseconds; got NaN.'],
    [{ priority: 'urgent' }, 'The priority of a task expects one of low, normal, high, critical; got "urgent".'],
  ])('of a task is refused, alone or in a graph: %o', async (options, sentence) => {
    const { system, told, work } = setUp()
    const odd = wild({ ...work, ...options })
    expect(await told(() => system.spawn(task(odd)))).toBe(`INVALID_OPTION: ${sentence}`)
    expect(await told(() => system.spawn(graph({ tasks: { odd } })))).toBe(`INVALID_OPTION: ${sentence}`)
    expect(system.state.tasks.size).toBe(0)
  })

  it('of an approval, a swarm or a topology is refused', async () => {
    const { system, told } = setUp()
    const refused = /^INVALID_OPTION: .* got (NaN|"bogus")\.$/
    const { NaN: none } = Number
    expect(await told(() => system.spawn(approval({ question: '?', deadline: none })))).toMatch(refused)
    expect(await told(() => system.spawn(approval(wild({ question: '?', onDeadline: 'bogus' }))))).toMatch(refused)
    expect(await told(() => system.spawn(swarm({ goal: 'g', deadline: none })))).toMatch(refused)
    expect(await told(() => system.spawn(swarm(wild({ goal: 'g', topology: 'bogus' }))))).toMatch(refused)
    const squad = system.spawn(swarm({ goal: 'g', members: ['w'] }))
    expect(await told(() => squad.rewire(wild('bogus')))).toMatch(refused)
    expect([system.state.tasks.size, system.state.swarms.size]).toEqual([0, 1])
  })
})

describe('what is said with a number that cannot be', () => {
  it('is refused: a schedule, a ballot, a question, a stop, a list', async () => {
    const { system, told, seen } = setUp()
    const refused = /^INVALID_(MESSAGE|OPTION): .* got (NaN|-1|0)\.$/
    const { NaN: none } = Number
    for (const times of [0, -1, none])
      expect(await told(() => system.schedule('w', { type: 'work' }, { every: 10, times }))).toMatch(refused)
    expect(await told(() => system.schedule('w', { type: 'work' }, { after: none }))).toMatch(refused)
    for (const within of [none, -1])
      expect(await told(() => system.propose('q', { voters: ['z'], choices: ['a', 'b'], within }))).toMatch(refused)
    expect(await told(() => system.agent('w').stop({ grace: none }))).toMatch(refused)
    expect(await told(() => system.stop({ grace: -1 }))).toMatch(refused)
    expect(await told(() => system.attention.list({ limit: none }))).toMatch(refused)
    expect(await told(() => system.deadLetters({ limit: -1 }))).toMatch(refused)
    await settle()
    expect(system.state.agents.get('w')?.state).toBe('running')
    expect(seen.events.filter(({ type }) => type === 'agent.schedule' || type === 'ballot.opened')).toEqual([])
    expect(system.draining).toBe(false)
    await system.stop({ force: true })
  })

  it('fails the work of whoever asks a person so', async () => {
    const { system } = setUp()
    const asker = agent('asker', { hears: { ask: {} }, on: { ask: (_, { question }) => question('?', { within: Number.NaN }) } })
    system.spawn(asker, { id: 'a' })
    await expect(system.ask('a', { type: 'ask' })).rejects.toMatchObject({ code: 'INVALID_MESSAGE' })
    expect(await system.attention.list()).toEqual([])
    await system.stop({ force: true })
  })

  it.each<SystemOptions>([
    { maxAgents: Number.NaN },
    { maxHops: -1 },
    { keep: 0.5 },
    { keys: { window: -1 } },
    { keys: { limit: 0 } },
    { deadLetters: { keep: Number.NaN } },
    { deadLetters: { replays: -1 } },
    { stalls: { spawning: Number.NaN } },
  ])('sets up no system: %o', (options) => {
    expect(() => createSystem(options)).toThrow(/^The option [a-zA-Z.]+ expects .*; got/)
  })

  it('makes no journal', () => {
    const { clock, ids } = quietSystem().system
    expect(() => createMemoryJournal({ clock, ids, events: Number.NaN })).toThrow('The option events of a journal expects')
  })
})
