/** The log of a swarm: what a person reads of it, and what the view keeps of that. */
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { agent, swarm, task } from '../../actors/index.js'
import { restart } from '../../src/system/strategy.js'
import { quietSystem, settle } from '../kit/quiet.js'

const worker = agent('worker', {
  hears: { work: { prints: z.array(z.string()) }, fail: {}, wait: {}, crash: {} },
  onFailure: restart({ backoff: [100, 100], jitter: 0 }),
  on: {
    work({ prints }, { output }) {
      for (const text of prints) output(text)
    },
    fail() {
      throw new Error('no such file')
    },
    wait: (_, { sleep }) => sleep(1_000),
    crash() {
      throw new Error('bang')
    },
  },
})

const setUp = () => {
  const quiet = quietSystem()
  quiet.system.spawn(worker, { id: 'ada', name: 'Ada' })
  quiet.system.spawn(worker, { id: 'bob', name: 'Bob' })
  const squad = quiet.system.spawn(
    swarm({ id: 'squad', goal: 'ship it', topology: 'mesh', members: [{ agent: 'ada', role: 'lead' }, 'bob'] }),
  )
  const give = (message: { readonly type: string; readonly [field: string]: unknown }, more: object = {}) =>
    quiet.system.spawn(task({ to: squad, title: 'a job', message, ...more }))
  const view = () => quiet.system.state.swarms.get('squad')
  const lines = () => view()?.log.map(({ level, text }) => `${level} ${text}`) ?? []
  return { ...quiet, squad, give, view, lines }
}

describe('the log of a swarm', () => {
  it('tells who joined, who coordinates, what was begun and how it ended', async () => {
    const { system, clock, squad, give, view, lines } = setUp()
    await settle()
    expect(lines()).toEqual([
      'info Ada joined as lead.',
      'info Ada coordinates: it joined first.',
      'info Bob joined.',
      'info The swarm is running.',
    ])
    const done = give({ type: 'work', prints: [] })
    await clock.advance(10)
    await done.result()
    expect(lines().slice(4)).toEqual(['info Ada began “a job”.', 'info Ada completed “a job”.', 'info The swarm is completed.'])
    expect(view()?.log[4]).toMatchObject({ agent: 'ada', task: done.id })
    give({ type: 'fail' })
    await clock.advance(10)
    expect(lines()).toEqual(expect.arrayContaining(['error “a job” failed: no such file', 'info The swarm is working.']))
    give({ type: 'wait' })
    const cancelled = give({ type: 'wait' })
    await clock.advance(10)
    await cancelled.cancel()
    await squad.pause()
    await squad.leave('bob', 'it is needed elsewhere')
    await squad.rewire('ring')
    expect(lines()).toEqual(
      expect.arrayContaining([
        'warn “a job” was cancelled: The work was cancelled.',
        'info The swarm is paused.',
        'info Bob left: it is needed elsewhere.',
        'info Messages go along ring: it was asked for.',
      ]),
    )
    await system.stop({ force: true })
  })

  it('tells of hand-overs and of members that crash', async () => {
    const { system, clock, squad, give, lines } = setUp()
    await settle()
    const job = give({ type: 'wait' })
    await clock.advance(10)
    await squad.handOver({ task: job, to: 'bob', reason: 'Bob knows the code' })
    await clock.advance(10)
    expect(lines()).toEqual(expect.arrayContaining(['info Ada handed “a job” over to Bob: Bob knows the code.']))
    system.send('ada', { type: 'crash' })
    await clock.advance(10)
    expect(lines()).toEqual(expect.arrayContaining(['error Ada crashed: bang', 'warn Nobody coordinates: ada crashed.']))
    await system.stop({ force: true })
  })

  it('is kept to its newest 50 lines, and what the tasks printed to its newest 10 pieces of 1,000 characters', async () => {
    const { system, clock, give, view } = setUp()
    await settle()
    for (let at = 0; at < 30; at++) give({ type: 'work', prints: [`${at}\n`, `${'x'.repeat(2_000)}.`] })
    await clock.advance(10)
    expect(view()?.log).toHaveLength(50)
    expect(view()?.log.at(-1)?.text).toBe('The swarm is completed.')
    expect(view()?.printed).toHaveLength(10)
    expect(view()?.printed.at(-2)?.text).toMatch(/^\d+\n$/)
    expect(view()?.printed.at(-1)?.text).toBe(`…${'x'.repeat(998)}.`)
    expect(view()?.printed.at(-1)).toMatchObject({ stream: 'stdout', agent: expect.stringMatching(/ada|bob/) })
    await system.stop({ force: true })
  })
})
