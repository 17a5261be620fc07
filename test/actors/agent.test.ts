import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { agent } from '../../actors/agent/define.js'
import { task } from '../../actors/task/define.js'
import { restart } from '../../src/system/strategy.js'
import { quietSystem, settle } from '../kit/quiet.js'
import { worker } from '../kit/worker.js'

describe('an agent', () => {
  it('runs as soon as it is spawned, and says so', async () => {
    const { system, seen } = quietSystem()
    await system.spawn(worker, { id: 'w' }).ready
    expect(seen.states('w')).toEqual(['running'])
    expect(system.state.agents.get('w')).toMatchObject({
      state: 'running',
      busy: false,
      hears: ['add', 'boom', 'nap', 'refuse', 'stuck', 'step'],
    })
  })

  it('answers what is asked, in order, and keeps its state between messages', async () => {
    const { system } = quietSystem()
    const w = system.spawn(worker)
    const answers = await Promise.all([1, 2, 3].map((n) => w.ask({ type: 'add', n })))
    expect(answers).toEqual([1, 3, 6])
  })

  it('hears urgent messages before those that came earlier', async () => {
    const { system } = quietSystem()
    const w = system.spawn(worker, { id: 'w' })
    w.send({ type: 'add', n: 1 }, { priority: 'low' })
    w.send({ type: 'add', n: 10 })
    w.send({ type: 'add', n: 100 }, { priority: 'critical' })
    const sums: number[] = []
    system.channel('agent.w.said').subscribe((event) => sums.push(event.message['sum'] as number))
    await settle()
    expect(sums).toEqual([100, 110, 111])
  })

  it('does not become busy for a synchronous handler', async () => {
    const { system, seen } = quietSystem()
    const w = system.spawn(worker, { id: 'w' })
    await w.ask({ type: 'add', n: 1 })
    expect(seen.states('w')).toEqual(['running'])
  })

  it('is busy while an asynchronous handler is in flight and takes nothing else meanwhile', async () => {
    const { system, clock } = quietSystem()
    const w = system.spawn(worker, { id: 'w' })
    const nap = w.ask({ type: 'nap', ms: 100 })
    const add = w.ask({ type: 'add', n: 1 })
    await settle()
    expect(system.state.agents.get('w')?.busy).toBe(true)
    await clock.advance(99)
    expect(await Promise.race([add, Promise.resolve('waits')])).toBe('waits')
    await clock.advance(1)
    expect(await nap).toBe('rested')
    expect(await add).toBe(1)
    expect(system.state.agents.get('w')?.busy).toBe(false)
  })

  it('starts nothing while paused, and code in flight stands still at its checkpoint', async () => {
    const { system, clock } = quietSystem()
    const w = system.spawn(worker, { id: 'w' })
    const step = w.ask({ type: 'step' })
    const add = w.ask({ type: 'add', n: 10 })
    await clock.advance(10)
    expect(await w.pause()).toEqual({ id: 'w', state: 'paused', seq: 3 })
    await clock.advance(1_000)
    expect(await Promise.race([step, add, Promise.resolve('still')])).toBe('still')
    await w.resume()
    await clock.advance(100)
    expect(await step).toBe(3)
    expect(await add).toBe(13)
  })

  it('finishes what it has in hand when it is stopped, and refuses what waits', async () => {
    const { system, clock } = quietSystem()
    const w = system.spawn(worker, { id: 'w' })
    const nap = w.ask({ type: 'nap', ms: 100 })
    await settle()
    const waiting = w.ask({ type: 'add', n: 1 })
    const stopped = w.stop({ grace: 1_000 })
    await expect(waiting).rejects.toMatchObject({ code: 'NOT_RUNNING' })
    await clock.advance(100)
    expect(await nap).toBe('rested')
    expect(await stopped).toEqual({ id: 'w', state: 'stopped', seq: 4 })
    await system.stop()
    expect(clock.pending).toBe(0)
  })

  it('aborts what outlasts the grace period, and leaves behind what does not end', async () => {
    const { system, clock, errors } = quietSystem()
    const w = system.spawn(worker, { id: 'w' })
    const stuck = expect(w.ask({ type: 'stuck' }, { timeout: 60_000 })).rejects.toMatchObject({ code: 'CANCELLED' })
    await settle()
    const stopped = w.stop({ grace: 100 })
    await clock.advance(11_000)
    await stuck
    await stopped
    expect(errors.map((each) => each.message).join()).toContain('left behind')
  })

  it('is ended by force at once', async () => {
    const { system } = quietSystem()
    const w = system.spawn(worker, { id: 'w' })
    const nap = w.ask({ type: 'nap', ms: 1_000_000 })
    await settle()
    const stopped = w.stop({ force: true })
    await expect(nap).rejects.toMatchObject({ code: 'KILLED' })
    await stopped
  })

  it('turns what it cannot deliver into dead letters with a reason', async () => {
    const { system, clock, seen } = quietSystem()
    const w = system.spawn(worker, { id: 'w' })
    system.send('nobody', { type: 'add', n: 1 })
    system.send('w', { type: 'unheard-of' })
    await w.pause()
    w.send({ type: 'add', n: 1 }, { ttl: 10 })
    await clock.advance(20)
    await w.resume()
    await settle()
    await w.stop()
    w.send({ type: 'add', n: 1 })
    const reasons = seen.events.flatMap((event) => (event.type === 'system.dead-letter' ? [event.reason] : []))
    expect(reasons).toEqual(['no-actor', 'no-handler', 'expired', 'no-actor'])
  })

  it('refuses an ask of the wrong shape with the place and the reason', async () => {
    const { system } = quietSystem()
    system.spawn(worker, { id: 'w' })
    await expect(system.ask('w', { type: 'add', n: 'three' })).rejects.toThrow(/does not fit at n: .*expected number/)
    await expect(system.ask('w', { type: 'sub' })).rejects.toThrow(
      /hears add, boom, nap, refuse, stuck, step; got a message of type "sub"/,
    )
  })

  it('works on tasks by priority, with positions told, up to its concurrency', async () => {
    const { system, clock, seen } = quietSystem()
    const w = system.spawn(worker, { id: 'w', concurrency: 2, queue: 2 })
    const spawn = (id: string, priority: 'low' | 'normal' | 'high') =>
      system.spawn(task({ id, to: w, message: { type: 'nap', ms: 100 }, priority }))
    spawn('a', 'normal')
    spawn('b', 'normal')
    await settle()
    spawn('c', 'low')
    spawn('d', 'high')
    expect(system.state.agents.get('w')).toMatchObject({ queue: ['d', 'c'], tasks: ['a', 'b'] })
    await expect(spawn('e', 'normal').ready).rejects.toMatchObject({ code: 'QUEUE_FULL' })
    await clock.advance(100)
    expect(system.state.agents.get('w')).toMatchObject({ queue: [], tasks: ['d', 'c'] })
    const joined = seen.events.flatMap((event) =>
      event.type === 'agent.queue' && event.change === 'joined' ? [[event.task, event.position]] : [],
    )
    expect(joined).toEqual([
      ['a', 1],
      ['b', 2],
      ['c', 1],
      ['d', 1],
    ])
  })

  it('does not starve timers and sockets when two agents talk to each other without end', async () => {
    const { system } = quietSystem({ maxHops: Number.POSITIVE_INFINITY })
    let rounds = 0
    const player = agent('player', {
      hears: { ball: { to: z.string(), back: z.string() } },
      on: {
        ball({ to, back }, { stage }) {
          rounds++
          stage.send(to, { type: 'ball', to: back, back: to })
        },
      },
    })
    system.spawn(player, { id: 'ping' })
    system.spawn(player, { id: 'pong' })
    system.send('ping', { type: 'ball', to: 'pong', back: 'ping' })
    await settle()
    const before = rounds
    await settle()
    expect(before).toBeGreaterThan(0)
    expect(rounds).toBeGreaterThan(before)
    await system.stop({ force: true })
  })
})

describe('the stop hook', () => {
  it('lets go of what each start took: before every restart, and at the end, once', async () => {
    const { system, clock } = quietSystem()
    const log: string[] = []
    const keeper = agent('keeper', {
      hears: { fall: {} },
      state: () => ({ number: log.filter((each) => each.startsWith('start')).length + 1 }),
      start: ({ state }) => void log.push(`start ${state.number}`),
      stop: ({ state }) => void log.push(`stop ${state.number}`),
      on: {
        fall() {
          throw new Error('fall')
        },
      },
    })
    const k = system.spawn(keeper, { onFailure: restart({ times: 2, within: 60_000, backoff: [10, 10], jitter: 0 }) })
    for (let times = 0; times < 2; times++) {
      k.send({ type: 'fall' })
      await clock.advance(20)
    }
    await k.restart()
    await clock.advance(20)
    await k.stop()
    expect(log).toEqual(['start 1', 'stop 1', 'start 2', 'stop 2', 'start 3', 'stop 3', 'start 4', 'stop 4'])
    await system.stop()
  })

  it('that fails or hangs at a restart is told, and keeps nobody from beginning anew', async () => {
    const { system, clock, errors } = quietSystem()
    let starts = 0
    const stuck = agent('stuck', {
      hears: { fall: {} },
      start: () => void starts++,
      stop: () => new Promise(() => {}),
      on: {
        fall() {
          throw new Error('fall')
        },
      },
    })
    const s = system.spawn(stuck, { onFailure: restart({ backoff: [10, 10], jitter: 0 }) })
    s.send({ type: 'fall' })
    await clock.advance(20_000)
    expect(starts).toBe(2)
    expect(errors.map(({ message }) => message).join()).toContain('took longer than 10000 ms')
    const ended = s.stop()
    await clock.advance(20_000)
    await ended
    await system.stop()
  })
})
