/** The verbs that reach into what an agent is doing. */
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { agent, task } from '../../actors/index.js'
import { quietSystem, settle } from '../kit/quiet.js'

const setUp = () => {
  const quiet = quietSystem()
  const log: string[] = []
  const worker = agent('worker', {
    hears: { work: { name: z.string() }, held: {}, note: { text: z.string() } },
    on: {
      async work({ name }, { sleep, checkpoint }) {
        log.push(`begin ${name}`)
        await sleep(100)
        await checkpoint()
        log.push(`middle ${name}`)
        await sleep(100)
        log.push(`end ${name}`)
        return name
      },
      async held(_, { onPause, sleep }) {
        onPause(
          () => log.push('held'),
          () => log.push('let go'),
        )
        await sleep(100)
        return 'whole'
      },
      note: ({ text }) => void log.push(text),
    },
  })
  return { ...quiet, log, w: quiet.system.spawn(worker, { id: 'w' }) }
}

describe('freeze', () => {
  it('puts down what cannot be held and keeps it, first in line, its attempt not counted', async () => {
    const { system, clock, log, w, seen } = setUp()
    const t = system.spawn(task({ id: 't', to: w, message: { type: 'work', name: 'task' } }))
    const other = system.spawn(task({ to: w, message: { type: 'work', name: 'other' } }))
    await clock.advance(150)
    expect(await w.freeze()).toMatchObject({ state: 'paused' })
    await settle()
    expect(system.state.agents.get('w')).toMatchObject({ state: 'paused', frozen: true, busy: false, queue: ['t', other.id] })
    expect(system.state.tasks.get('t')).toMatchObject({ attempt: 0 })
    await clock.advance(10_000)
    await w.resume()
    await clock.advance(1_000)
    expect(await t.result()).toBe('task')
    expect(log).toEqual([
      'begin task',
      'middle task',
      'begin task',
      'middle task',
      'end task',
      'begin other',
      'middle other',
      'end other',
    ])
    expect(system.state.tasks.get('t')).toMatchObject({ state: 'completed', attempt: 1 })
    expect(system.state.agents.get('w')).not.toHaveProperty('frozen')
    expect(seen.states('w')).toContain('paused')
    await system.stop()
  })

  it('keeps a message for redelivery, and its ask is answered', async () => {
    const { system, clock, log, w } = setUp()
    const answer = w.ask({ type: 'work', name: 'ask' }, { timeout: 60_000 })
    w.send({ type: 'note', text: 'after' })
    await clock.advance(50)
    await w.freeze()
    await settle()
    await w.resume()
    await clock.advance(1_000)
    expect(await answer).toBe('ask')
    expect(log).toEqual(['begin ask', 'begin ask', 'middle ask', 'end ask', 'after'])
    await system.stop()
  })

  it('holds what can be held where it stands', async () => {
    const { system, clock, log, w } = setUp()
    const t = system.spawn(task({ to: w, message: { type: 'held' } }))
    await clock.advance(50)
    await w.freeze()
    await clock.advance(1_000)
    expect(system.state.tasks.get(t.id)).toMatchObject({ state: 'running', attempt: 1 })
    await w.resume()
    await clock.advance(1_000)
    expect(await t.result()).toBe('whole')
    expect(log).toEqual(['held', 'let go'])
    await system.stop()
  })

  it('can follow a pause, twice is once, and what is kept ends with the agent', async () => {
    const { system, clock, w, seen } = setUp()
    const t = system.spawn(task({ to: w, message: { type: 'work', name: 'x' } }))
    const ended = expect(t.result()).rejects.toMatchObject({ code: 'NOT_RUNNING' })
    await clock.advance(10)
    await w.pause()
    const answer = expect(w.ask({ type: 'note', text: 'never' })).rejects.toMatchObject({ code: 'NOT_RUNNING' })
    await w.freeze()
    await w.freeze()
    await settle()
    expect(seen.events.filter((event) => event.type === 'agent.status' && event.frozen).length).toBeLessThanOrEqual(3)
    await w.kill('no more of this')
    await Promise.all([ended, answer])
    await expect(w.freeze()).rejects.toMatchObject({ code: 'ENDED' })
    await system.stop()
  })
})

describe('steer', () => {
  it('is heard at once when the agent is idle, and at the next boundary when it is busy', async () => {
    const { system, clock, log, w } = setUp()
    await w.ready
    await w.steer({ type: 'note', text: 'idle' })
    await settle()
    const t = system.spawn(task({ to: w, message: { type: 'work', name: 'x' } }))
    await clock.advance(50)
    w.send({ type: 'note', text: 'later' })
    expect(await w.steer({ type: 'note', text: 'now' })).toMatchObject({ state: 'running' })
    await clock.advance(1_000)
    await t.result()
    await settle()
    expect(log).toEqual(['idle', 'begin x', 'now', 'middle x', 'end x', 'later'])
    await system.stop()
  })

  it('waits first in line while the agent is paused', async () => {
    const { system, log, w } = setUp()
    await w.ready
    await w.pause()
    w.send({ type: 'note', text: 'urgent' }, { priority: 'critical' })
    await w.steer({ type: 'note', text: 'steered' })
    await settle()
    expect(log).toEqual([])
    await w.resume()
    await settle()
    expect(log).toEqual(['steered', 'urgent'])
    await system.stop()
  })

  it('is refused when the agent does not hear it, and is a dead letter when it stops before', async () => {
    const { system, w } = setUp()
    await w.ready
    // Code without types can send anything.
    const odd = { type: 'odd' } as unknown as { type: 'note'; text: string }
    await expect(w.steer(odd)).rejects.toMatchObject({ code: 'NO_HANDLER' })
    await w.pause()
    await w.steer({ type: 'note', text: 'never' })
    await w.kill()
    expect(system.state.deadLetters).toBe(1)
    await system.stop()
  })
})

describe('terminate and kill', () => {
  it('drain first, or end at once', async () => {
    const { system, clock, log, w } = setUp()
    const t = system.spawn(task({ to: w, message: { type: 'work', name: 'x' } }))
    await clock.advance(50)
    const gone = w.terminate({ grace: 1_000, reason: 'the end' })
    await clock.advance(200)
    expect(await gone).toMatchObject({ state: 'stopped' })
    expect([await t.result(), log.at(-1)]).toEqual(['x', 'end x'])
    await system.stop()
    const other = setUp()
    const job = other.system.spawn(task({ to: other.w, message: { type: 'work', name: 'x' } }))
    const ended = expect(job.result()).rejects.toMatchObject({ code: 'KILLED' })
    await other.clock.advance(50)
    await other.w.kill('no more')
    await ended
    expect(other.log).toEqual(['begin x'])
    await other.system.stop()
  })
})
