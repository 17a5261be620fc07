import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { agent } from '../../actors/agent/define.js'
import { swarm } from '../../actors/swarm/define.js'
import { task } from '../../actors/task/define.js'
import { restart } from '../../src/system/strategy.js'
import { quietSystem, settle } from '../kit/quiet.js'

const worker = agent('worker', {
  hears: { work: { ms: z.number() }, fail: {}, crash: {}, flaky: {}, talk: {}, halfway: {} },
  concurrency: 3,
  state: () => ({ tries: 0 }),
  on: {
    async work({ ms }, { sleep }) {
      await sleep(ms)
      return ms
    },
    fail: (_, { fail }) => fail('it cannot be done'),
    crash() {
      throw new Error('bang')
    },
    flaky(_, { state, fail }) {
      if (++state.tries < 3) fail(`try ${state.tries}`)
      return state.tries
    },
    talk(_, { output }) {
      output('one')
      output('two', 'stderr')
      output('')
      output('three')
    },
    async halfway(_, { sleep, progress }) {
      await sleep(100)
      progress(50, 'half')
      progress(500)
      await sleep(100)
    },
  },
})

const stage = () => {
  const quiet = quietSystem()
  const w = quiet.system.spawn(worker, { id: 'w', onFailure: restart({ backoff: [10, 10] }) })
  return { ...quiet, w }
}

describe('a task', () => {
  it('goes from queued to completed and has what its handler returned as its result', async () => {
    const { system, clock, seen, w } = stage()
    const t = system.spawn(
      task({ id: 't', to: w, message: { type: 'work', ms: 50 }, title: 'a nap', priority: 'high', metadata: { why: 'tired' } }),
    )
    await clock.advance(50)
    expect(await t.result()).toBe(50)
    expect(seen.states('t')).toEqual(['queued', 'assigned', 'running', 'completed'])
    expect(system.state.tasks.get('t')).toMatchObject({
      title: 'a nap',
      progress: 100,
      attempt: 1,
      agent: 'w',
      result: 50,
      metadata: { why: 'tired' },
    })
    expect(system.state.agents.get('w')).toMatchObject({ completed: 1, tasks: [] })
    expect(await system.task('t').result()).toBe(50)
  })

  it('waits for what it needs, in any shape of dependencies', async () => {
    const { system, clock, seen, w } = stage()
    const make = (id: string, needs: string[]) => system.spawn(task({ id, to: w, message: { type: 'work', ms: 10 }, needs }))
    const d = make('d', ['b', 'c'])
    expect(system.state.tasks.get('d')).toMatchObject({ state: 'queued', blocked: true })
    make('a', [])
    make('b', ['a'])
    make('c', ['a'])
    await clock.advance(100)
    await d.result()
    const order = seen.events.flatMap((event) => (event.type === 'task.status' && event.state === 'completed' ? [event.id] : []))
    expect(order).toEqual(['a', 'b', 'c', 'd'])
  })

  it('refuses a cycle and names it', async () => {
    const { system, w } = stage()
    const make = (id: string, needs: string[]) => system.spawn(task({ id, to: w, message: { type: 'work', ms: 1 }, needs }))
    make('a', ['b'])
    make('b', ['c'])
    await expect(make('c', ['a']).ready).rejects.toMatchObject({
      code: 'CYCLE',
      message: expect.stringContaining('c needs a needs b needs c'),
    })
    await expect(make('self', ['self']).ready).rejects.toMatchObject({ code: 'CYCLE' })
  })

  it('fails when what it needs fails, and says which', async () => {
    const { system, w } = stage()
    const first = system.spawn(task({ id: 'first', to: w, message: { type: 'fail' } }))
    const second = system.spawn(task({ to: w, message: { type: 'work', ms: 1 }, needs: [first] }))
    await expect(second.result()).rejects.toMatchObject({ code: 'DEPENDENCY_FAILED', details: { task: 'first' } })
    const late = system.spawn(task({ to: w, message: { type: 'work', ms: 1 }, needs: ['first'] }))
    await expect(late.result()).rejects.toMatchObject({ code: 'DEPENDENCY_FAILED' })
  })

  it('survives the crash of its agent when it may be tried again', async () => {
    const { system, clock, w } = stage()
    const t = system.spawn(task({ id: 't', to: w, message: { type: 'crash' }, retries: 1, backoff: [50, 50] }))
    const other = system.spawn(task({ id: 'other', to: w, message: { type: 'work', ms: 500 }, retries: 1, backoff: [50, 50] }))
    await clock.advance(10)
    const ended = expect(t.result()).rejects.toMatchObject({ code: 'CRASHED', message: 'bang' })
    await clock.advance(2_000)
    await ended
    expect(await other.result()).toBe(500)
    expect(system.state.tasks.get('t')?.attempt).toBe(2)
  })

  it('is ended by its timeout, which does not count pauses', async () => {
    const { system, clock, w } = stage()
    const t = system.spawn(task({ to: w, message: { type: 'work', ms: 100_000 }, timeout: 100 }))
    const ended = expect(t.result()).rejects.toMatchObject({ code: 'TIMEOUT' })
    await clock.advance(60)
    await t.pause()
    await clock.advance(10_000)
    await t.resume()
    await clock.advance(39)
    expect(system.state.tasks.get(t.id)?.state).toBe('running')
    await clock.advance(1)
    await ended
    expect(system.state.agents.get('w')).toMatchObject({ state: 'running', busy: false })
  })

  it('is cancelled wherever it is', async () => {
    const { system, clock, seen, w } = stage()
    await w.pause()
    const waiting = system.spawn(task({ id: 'waiting', to: w, message: { type: 'work', ms: 1 } }))
    await waiting.cancel('not needed')
    await expect(waiting.result()).rejects.toMatchObject({ code: 'CANCELLED', message: 'The task was cancelled: not needed' })
    await w.resume()
    const running = system.spawn(task({ id: 'running', to: w, message: { type: 'work', ms: 1_000 } }))
    const blocked = system.spawn(task({ id: 'blocked', to: w, message: { type: 'work', ms: 1 }, needs: [running] }))
    await settle()
    await running.cancel()
    expect(seen.states('running')).toEqual(['queued', 'assigned', 'running', 'cancelled'])
    await expect(blocked.result()).rejects.toMatchObject({ code: 'DEPENDENCY_FAILED' })
    await expect(running.cancel()).rejects.toMatchObject({ code: 'ENDED' })
    expect(clock.pending).toBe(0)
  })

  it('is held back while it is paused before it began', async () => {
    const { system, clock, w } = stage()
    await w.pause()
    const t = system.spawn(task({ id: 't', to: w, message: { type: 'work', ms: 1 } }))
    await t.pause()
    await w.resume()
    await clock.advance(100)
    expect(system.state.tasks.get('t')?.state).toBe('assigned')
    await t.resume()
    await clock.advance(1)
    expect(await t.result()).toBe(1)
  })

  it('streams output with sequence numbers and tells how far it is', async () => {
    const { system, clock, seen, w } = stage()
    await system.spawn(task({ id: 'talk', to: w, message: { type: 'talk' } })).result()
    const said = seen.events.flatMap((event) =>
      event.type === 'task.output' ? [[event.sequence, event.stream, event.data]] : [],
    )
    expect(said).toEqual([
      [1, 'stdout', 'one'],
      [2, 'stderr', 'two'],
      [3, 'stdout', 'three'],
    ])
    system.spawn(task({ id: 'half', to: w, message: { type: 'halfway' } }))
    await clock.advance(100)
    const steps = seen.events.flatMap((event) => (event.type === 'task.progress' ? [event] : []))
    expect(steps).toMatchObject([{ progress: 50, note: 'half', remaining: 100 }, { progress: 100 }])
  })

  it('is refused for nobody, for what nobody hears, and for an id that is taken', async () => {
    const { system, w } = stage()
    const refusal = (declared: Parameters<typeof task>[0]) => system.spawn(task(declared)).ready
    await expect(refusal({ to: 'nobody', message: { type: 'work' } })).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(refusal({ to: 'w', message: { type: 'sing' } })).rejects.toMatchObject({ code: 'NO_HANDLER' })
    await expect(refusal({ to: 'w', message: { type: 'work', ms: 'x' } })).rejects.toMatchObject({ code: 'INVALID_MESSAGE' })
    await expect(refusal({ id: 'w', to: 'w', message: { type: 'fail' } })).rejects.toMatchObject({ code: 'ID_TAKEN' })
    await expect(refusal({ id: 'a.b', to: 'w', message: { type: 'fail' } })).rejects.toMatchObject({ code: 'INVALID_MESSAGE' })
    await w.stop()
    await expect(refusal({ to: 'w', message: { type: 'fail' } })).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })
})

describe('a swarm', () => {
  const squad = () => {
    const quiet = quietSystem()
    const members = ['a', 'b', 'c'].map((id) =>
      quiet.system.spawn(worker, { id, concurrency: 1, onFailure: restart({ backoff: [10, 10] }) }),
    )
    const s = quiet.system.spawn(
      swarm({ id: 's', goal: 'get it done', members: members.map((each) => ({ agent: each, role: 'worker' })) }),
    )
    return { ...quiet, members, s }
  }

  it('hands tasks to free members and knows how far it is', async () => {
    const { system, clock, s } = squad()
    const tasks = [100, 100, 100, 100].map((ms) => system.spawn(task({ to: s, message: { type: 'work', ms } })))
    await clock.advance(100)
    expect(system.state.swarms.get('s')).toMatchObject({
      state: 'running',
      phase: 'working',
      progress: 75,
      completed: 3,
      total: 4,
      coordinator: 'a',
    })
    await clock.advance(100)
    expect(await s.result()).toEqual({ completed: 4, failed: 0, cancelled: 0 })
    expect(system.state.swarms.get('s')).toMatchObject({ phase: 'completed', progress: 100 })
    expect(new Set(tasks.map(({ id }) => system.state.tasks.get(id)?.agent)).size).toBe(3)
    system.spawn(task({ to: s, message: { type: 'work', ms: 1 } }))
    expect(system.state.swarms.get('s')?.phase).toBe('working')
  })

  it('gives a task of a member that went away to another', async () => {
    const { system, clock, s, members } = squad()
    await Promise.all(members.map((each) => each.pause()))
    const t = system.spawn(task({ id: 't', to: s, message: { type: 'work', ms: 10 } }))
    await members[1]?.resume()
    await clock.advance(5)
    const retried = system.spawn(task({ id: 'r', to: s, message: { type: 'work', ms: 10 }, retries: 1 }))
    expect(system.state.tasks.get('t')?.agent).toBe('b')
    await Promise.all([members[0]?.resume(), members[2]?.resume()])
    await clock.advance(50)
    expect(await t.result()).toBe(10)
    expect(await retried.result()).toBe(10)
  })

  it('routes through its coordinator, tells each hop, and says what cannot be reached', async () => {
    const { system, seen, s, members } = squad()
    s.send('b', 'c', { type: 'work', ms: 1 })
    s.send('a', 'b', { type: 'work', ms: 1 })
    s.send('b', 'stranger', { type: 'work', ms: 1 })
    await members[0]?.stop()
    const hops = seen.events.flatMap((event) =>
      event.type === 'swarm.hop' ? [`${event.from}>${event.to} ${event.hop}/${event.hops}`] : [],
    )
    expect(hops).toEqual(['b>a 1/2', 'a>c 2/2', 'a>b 1/1'])
    expect(seen.events.flatMap((event) => (event.type === 'system.dead-letter' ? [[event.to, event.reason]] : []))).toEqual([
      ['stranger', 'unreachable'],
    ])
    expect(system.state.swarms.get('s')).toMatchObject({ coordinator: 'b', members: [{ id: 'b' }, { id: 'c' }] })
  })

  it('pauses and resumes its tasks, and cancels them when it is dissolved', async () => {
    const { system, clock, s } = squad()
    const t = system.spawn(task({ id: 't', to: s, message: { type: 'work', ms: 100 }, timeout: 150 }))
    await clock.advance(50)
    await s.pause()
    expect(system.state.tasks.get('t')?.state).toBe('paused')
    const later = system.spawn(task({ id: 'later', to: s, message: { type: 'work', ms: 1 } }))
    await clock.advance(1_000)
    expect(system.state.tasks.get('later')?.state).toBe('queued')
    await s.resume()
    await clock.advance(100)
    expect(await Promise.all([t.result(), later.result()])).toEqual([100, 1])
    const last = system.spawn(task({ to: s, message: { type: 'work', ms: 100 } }))
    const cancelled = expect(last.result()).rejects.toMatchObject({ code: 'CANCELLED' })
    await s.stop()
    await cancelled
    expect(system.state.swarms.get('s')).toMatchObject({ state: 'dissolved', members: [] })
    expect(system.state.agents.get('a')?.state).toBe('running')
  })

  it('crashes when its last member leaves, and forms again when one comes', async () => {
    const { system, seen, s, members } = squad()
    await Promise.all(members.map((each) => s.leave(each)))
    expect(system.state.swarms.get('s')?.state).toBe('crashed')
    const t = system.spawn(task({ to: s, message: { type: 'work', ms: 0 } }))
    await s.join('b')
    await settle()
    expect(system.state.tasks.get(t.id)?.agent).toBe('b')
    expect(seen.states('s')).toEqual(['running', 'crashed', 'forming', 'running'])
    await expect(s.join('nobody')).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })
})
