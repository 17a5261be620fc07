/** Trees of agents: who lives and dies with whom, and who hears of it. */
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { agent } from '../../actors/index.js'
import { escalate, oneForAll, oneForOne, restart, restForOne, resume, type Strategy, stop } from '../../src/system/strategy.js'
import { quietSystem, settle } from '../kit/quiet.js'

const quick = restart({ backoff: [10, 10], jitter: 0 })

const child = agent('child', {
  hears: { crash: {}, count: {}, slow: {} },
  state: () => ({ count: 0 }),
  on: {
    crash() {
      throw new Error('bang')
    },
    count: (_, { state }) => ++state.count,
    slow: (_, { sleep }) => sleep(1_000),
  },
})

const tree = (strategy: Strategy | undefined, policy: Parameters<typeof restart>[0] | 'stop' | 'escalate' | 'resume' = {}) => {
  const quiet = quietSystem()
  const onFailure =
    policy === 'stop' ? stop() : policy === 'escalate' ? escalate() : policy === 'resume' ? resume() : { ...quick, ...policy }
  const boss = agent('boss', {
    hears: { hire: { ids: z.array(z.string()) }, crash: {} },
    ...(strategy ? { supervises: strategy } : {}),
    onFailure: quick,
    on: {
      hire: ({ ids }, { stage }) => ids.map((id) => stage.spawn(child, { id, onFailure }).id),
      crash() {
        throw new Error('the boss')
      },
    },
  })
  const b = quiet.system.spawn(boss, { id: 'boss' })
  const hire = (...ids: string[]) => b.ask({ type: 'hire', ids })
  const states = () => Object.fromEntries([...quiet.system.state.agents.values()].map(({ id, state }) => [id, state]))
  const decided = () =>
    quiet.seen.events.flatMap((event) =>
      event.type === 'agent.supervised'
        ? [`${event.id} ${event.directive}${event.because ? ` because of ${event.because}` : ''}`]
        : [],
    )
  return { ...quiet, b, hire, states, decided }
}

describe('what becomes of the siblings of a child that crashed', () => {
  it.each<[string, Strategy | undefined, string[]]>([
    ['nothing by default', undefined, ['b restart']],
    ['nothing, one for one', oneForOne(), ['b restart']],
    ['the same, one for all', oneForAll(), ['b restart', 'a restart because of b', 'c restart because of b']],
    ['the same for those after it, rest for one', restForOne(), ['b restart', 'c restart because of b']],
  ])('is %s', async (_, strategy, expected) => {
    const { system, clock, hire, decided } = tree(strategy)
    await hire('a', 'b', 'c')
    for (const id of ['a', 'b', 'c']) await system.ask(id, { type: 'count' })
    system.send('b', { type: 'crash' })
    await clock.advance(100)
    expect(decided()).toEqual(expected)
    const counts = await Promise.all(['a', 'b', 'c'].map((id) => system.ask(id, { type: 'count' })))
    // Who was restarted has begun to count anew.
    expect(counts).toEqual(['a', 'b', 'c'].map((id) => (expected.some((each) => each.startsWith(`${id} restart`)) ? 1 : 2)))
    await system.stop()
  })

  it('is to stop with it, where it is one for all and its policy is to stop', async () => {
    const { system, hire, states, decided } = tree(oneForAll(), 'stop')
    await hire('a', 'b')
    system.send('a', { type: 'crash' })
    await settle()
    expect(states()).toMatchObject({ boss: 'running', a: 'stopped', b: 'stopped' })
    expect(decided()).toEqual(['a stop', 'b stop because of a'])
    await system.stop()
  })
})

describe('a tree of agents', () => {
  it('stops from its leaves to its root, within the grace', async () => {
    const { system, clock, hire, b, seen } = tree(undefined)
    await hire('leaf')
    system.send('leaf', { type: 'slow' })
    await settle()
    const stopped = b.stop({ grace: 5_000 })
    await clock.advance(999)
    expect(system.state.agents.get('boss')?.state).toBe('stopping')
    await clock.advance(1)
    await stopped
    const ends = seen.events.flatMap((event) => (event.type === 'agent.status' && event.state === 'stopped' ? [event.id] : []))
    expect(ends).toEqual(['leaf', 'boss'])
    await system.stop()
  })

  it('loses its branches when its root is restarted, and keeps them when that goes on', async () => {
    const first = tree(undefined)
    await first.hire('leaf')
    first.b.send({ type: 'crash' })
    await first.clock.advance(100)
    expect(first.states()).toEqual({ boss: 'running', leaf: 'stopped' })
    await first.system.stop()
  })

  it('carries a crash up as far as it is escalated', async () => {
    const { system, clock, hire, states, decided } = tree(undefined, 'escalate')
    await hire('leaf', 'other')
    system.send('leaf', { type: 'crash' })
    await clock.advance(100)
    expect(decided()).toEqual(['leaf escalate', 'boss restart'])
    expect(states()).toEqual({ boss: 'running', leaf: 'stopped', other: 'stopped' })
    await system.stop()
  })

  it('is shown in the view, and leaves nobody behind however it ends', async () => {
    const { system, clock, hire, b } = tree(oneForAll())
    await hire('a', 'b', 'c')
    expect(['a', 'b', 'c'].map((id) => system.state.agents.get(id)?.parent)).toEqual(['boss', 'boss', 'boss'])
    system.send('a', { type: 'crash' })
    b.send({ type: 'crash' })
    void b.stop({ force: true })
    await clock.advance(100)
    await b.result()
    expect([...system.state.agents.values()].filter(({ state }) => state !== 'stopped')).toEqual([])
    await system.stop()
    expect(clock.pending).toBe(0)
  })

  it('takes no child when it is stopping', async () => {
    const { system, clock } = quietSystem()
    const late = agent('late', {
      hears: { go: {} },
      on: {
        async go(_, { stage, sleep }) {
          await sleep(100)
          stage.spawn(child, { id: 'orphan' })
        },
      },
    })
    const a = system.spawn(late)
    a.send({ type: 'go' })
    await settle()
    const stopped = a.stop()
    await clock.advance(100)
    await stopped
    expect(system.state.agents.get('orphan')?.state).toBe('stopped')
    await system.stop()
  })
})

describe('the wait before a restart', () => {
  it('grows from crash to crash, and begins again after a time of peace', async () => {
    const { system, clock, seen } = quietSystem()
    const onFailure = restart({ times: 10, within: 60_000, backoff: [100, 10_000], jitter: 0, reset: 1_000 })
    const a = system.spawn(child, { id: 'a', onFailure })
    for (const peace of [0, 0, 2_000]) {
      await clock.advance(peace)
      a.send({ type: 'crash' })
      await clock.advance(500)
    }
    expect(seen.events.flatMap((event) => (event.type === 'agent.supervised' ? [event.delay] : []))).toEqual([100, 200, 100])
    expect(() => restart({ jitter: 2 })).toThrow(/jitter from 0 to 1/)
    await system.stop()
  })
})

describe('a child that a handler spawns while it is put down', () => {
  const setUp = async () => {
    const quiet = quietSystem()
    const boss = agent('boss', {
      hears: { slow: {}, crash: {}, hire: {} },
      concurrency: 2,
      onFailure: restart({ backoff: [10, 10], jitter: 0 }),
      on: {
        async slow(_, { stage, signal }) {
          await new Promise((end) => signal.addEventListener('abort', end))
          stage.spawn(child, { id: 'late' })
        },
        crash() {
          throw new Error('the boss')
        },
        hire: (_, { stage }) => stage.spawn(child, { id: 'next' }).id,
      },
    })
    const b = quiet.system.spawn(boss, { id: 'boss' })
    b.send({ type: 'slow' })
    await settle()
    return { ...quiet, b, state: (id: string) => quiet.system.state.agents.get(id)?.state }
  }

  it('goes too when its parent begins anew, which waits for that; those of its next life stay', async () => {
    const { system, clock, seen, b, state } = await setUp()
    b.send({ type: 'crash' })
    await clock.advance(100)
    expect([state('boss'), state('late')]).toEqual(['running', 'stopped'])
    const moves = seen.events.flatMap((event) => (event.type === 'agent.status' ? [`${event.id} ${event.state}`] : []))
    expect(moves.indexOf('late stopped')).toBeLessThan(moves.lastIndexOf('boss spawning'))
    await b.ask({ type: 'hire' })
    await settle()
    expect(state('next')).toBe('running')
    await system.stop()
  })

  it('goes too when its parent stops, which ends after it', async () => {
    const { system, seen, b, state } = await setUp()
    await b.stop({ force: true })
    expect([state('boss'), state('late')]).toEqual(['stopped', 'stopped'])
    const ends = seen.events.flatMap((event) => (event.type === 'agent.status' && event.state === 'stopped' ? [event.id] : []))
    expect(ends).toEqual(['late', 'boss'])
    await system.stop()
  })
})

describe('a watch', () => {
  const watcher = agent('watcher', {
    hears: { watch: { id: z.string() }, unwatch: { id: z.string() }, crash: {} },
    says: { heard: { id: z.string(), state: z.string(), code: z.string().optional() } },
    onFailure: quick,
    ended: ({ id, state, error }, { say }) => say({ type: 'heard', id, state, ...(error ? { code: error.code } : {}) }),
    on: {
      watch: ({ id }, scope) => scope.watch(id),
      unwatch: ({ id }, scope) => scope.unwatch(id),
      crash() {
        throw new Error('bang')
      },
    },
  })
  const setUp = () => {
    const quiet = quietSystem()
    const heard = () =>
      quiet.seen.events.flatMap((event) =>
        event.type === 'agent.said' ? [[event.message['id'], event.message['state'], event.message['code']]] : [],
      )
    return { ...quiet, w: quiet.system.spawn(watcher, { id: 'w' }), heard }
  }

  it('hears of an end once, with what it failed with, and of one that is past, or of nobody, at once', async () => {
    const { system, w, heard } = setUp()
    const a = system.spawn(child, { id: 'a', onFailure: stop() })
    w.send({ type: 'watch', id: 'a' })
    w.send({ type: 'watch', id: 'a' })
    await w.ask({ type: 'watch', id: 'nobody' })
    a.send({ type: 'crash' })
    await a.result()
    await settle()
    await w.ask({ type: 'watch', id: 'a' })
    await settle()
    expect(heard()).toEqual([
      ['nobody', 'absent', undefined],
      ['a', 'stopped', 'CRASHED'],
      ['a', 'stopped', 'CRASHED'],
    ])
    await system.stop()
  })

  it.each(['drop-oldest', 'drop-newest', 'refuse', 'fail-ask'] as const)(
    'hears of an end, and votes, though its mailbox is full (%s)',
    async (overflow) => {
      const { system, clock } = quietSystem()
      const ended: string[] = []
      const busy = agent('busy', {
        hears: { slow: {}, note: {} },
        start: ({ watch }) => watch('a'),
        ended: ({ id }) => ended.push(id),
        on: { slow: (_, { sleep }) => sleep(100), note: () => {}, ballot: (_, { vote }) => vote('yes') },
      })
      const a = system.spawn(child, { id: 'a' })
      const b = system.spawn(busy, { id: 'b', mailbox: { capacity: 2, overflow } })
      b.send({ type: 'slow' })
      await settle()
      const fill = () => [1, 2, 3].map(() => b.send({ type: 'note' }, { priority: 'critical' }))
      fill()
      const ballot = system.propose('?', { voters: ['b'], choices: ['yes', 'no'] })
      await a.stop()
      fill()
      await clock.advance(100)
      expect(ended).toEqual(['a'])
      expect(await ballot.result()).toMatchObject({ decision: 'yes', abstained: 0 })
      expect(system.state.deadLetters).toBe(4)
      await system.stop()
    },
  )

  it('hears nothing when it was undone, or when the watcher has begun anew', async () => {
    const { system, clock, w, heard } = setUp()
    const [a, b] = ['a', 'b'].map((id) => system.spawn(child, { id }))
    w.send({ type: 'watch', id: 'a' })
    w.send({ type: 'unwatch', id: 'a' })
    w.send({ type: 'watch', id: 'b' })
    w.send({ type: 'crash' })
    await clock.advance(100)
    await a?.stop()
    await b?.stop()
    await settle()
    expect(heard()).toEqual([])
    await system.stop()
  })
})
