import { describe, expect, it } from 'vitest'
import { agent } from '../../actors/agent/define.js'
import { escalate, restart, resume, stop } from '../../src/system/strategy.js'
import { quietSystem, settle } from '../kit/quiet.js'
import { worker } from '../kit/worker.js'

describe('a supervised agent', () => {
  it('restarts after a crash with fresh state, and hears what came meanwhile', async () => {
    const { system, clock, seen } = quietSystem()
    const w = system.spawn(worker, { id: 'w', onFailure: restart({ times: 1, within: 1_000, backoff: [50, 50] }) })
    await w.ask({ type: 'add', n: 5 })
    await expect(w.ask({ type: 'boom' })).rejects.toMatchObject({ code: 'CRASHED', message: 'boom' })
    const add = w.ask({ type: 'add', n: 1 })
    expect(system.state.agents.get('w')?.state).toBe('crashed')
    await clock.advance(60)
    expect(await add).toBe(1)
    expect(seen.states('w')).toEqual(['running', 'crashed', 'spawning', 'running'])
  })

  it('keeps its state when the policy is to resume', async () => {
    const { system } = quietSystem()
    const w = system.spawn(worker, { onFailure: resume() })
    await w.ask({ type: 'add', n: 5 })
    await expect(w.ask({ type: 'boom' })).rejects.toThrow('boom')
    expect(await w.ask({ type: 'add', n: 1 })).toBe(6)
  })

  it('stops when it crashes more often than the policy allows, and what waits is told', async () => {
    const { system, clock } = quietSystem()
    const w = system.spawn(worker, { id: 'w', onFailure: restart({ times: 1, within: 10_000, backoff: [10, 10] }) })
    await expect(w.ask({ type: 'boom' })).rejects.toThrow()
    await clock.advance(20)
    const last = w.ask({ type: 'boom' })
    const waiting = w.ask({ type: 'add', n: 1 })
    await expect(last).rejects.toThrow('boom')
    await expect(waiting).rejects.toMatchObject({ code: 'NOT_RUNNING' })
    await w.result()
    expect(system.state.agents.get('w')).toMatchObject({ state: 'stopped', restarts: 1 })
  })

  it('forgets crashes that are older than the window', async () => {
    const { system, clock } = quietSystem()
    const w = system.spawn(worker, { id: 'w', onFailure: restart({ times: 1, within: 100, backoff: [1, 1] }) })
    for (let round = 0; round < 3; round++) {
      await expect(w.ask({ type: 'boom' })).rejects.toThrow()
      await clock.advance(200)
    }
    expect(system.state.agents.get('w')).toMatchObject({ state: 'running', restarts: 3 })
  })

  it('takes its parent down when it escalates, and the system is told when there is none', async () => {
    const { system, errors } = quietSystem()
    const boss = agent('boss', {
      hears: { hire: {} },
      onFailure: stop(),
      on: { hire: (_, { stage }) => stage.spawn(worker, { id: 'child', onFailure: escalate() }).id },
    })
    const b = system.spawn(boss, { id: 'boss' })
    await b.ask({ type: 'hire' })
    expect(system.state.agents.get('child')?.parent).toBe('boss')
    system.send('child', { type: 'boom' })
    await b.result()
    expect(system.state.agents.get('boss')?.error?.message).toContain('child escalated: boom')
    system.spawn(worker, { id: 'orphan', onFailure: escalate() }).send({ type: 'boom' })
    await settle()
    expect(errors.at(-1)).toMatchObject({ message: 'boom' })
  })

  it('treats an expected failure as an answer and not as a crash', async () => {
    const { system, seen } = quietSystem()
    const w = system.spawn(worker, { id: 'w' })
    await expect(w.ask({ type: 'refuse' })).rejects.toMatchObject({
      code: 'FAILED',
      message: 'not today',
      details: { why: 'tired' },
    })
    expect(seen.states('w')).toEqual(['running'])
  })

  it('survives throwing in every hook', async () => {
    const { system, clock, errors } = quietSystem()
    const rude = agent('rude', {
      hears: { go: {} },
      state: () => {
        throw new Error('state')
      },
      start() {
        throw new Error('start')
      },
      stop() {
        throw new Error('stop')
      },
      on: {
        go() {
          throw new Error('go')
        },
        ballot() {
          throw new Error('ballot')
        },
      },
    })
    const r = system.spawn(rude, { id: 'r', onFailure: restart({ times: 2, within: 60_000, backoff: [1, 1] }) })
    await clock.advance(10)
    await expect(r.ready).rejects.toMatchObject({ code: 'NOT_RUNNING' })
    await r.result()
    expect(errors.map((each) => each.message)).toContain('stop')
    expect(system.state.agents.get('r')).toMatchObject({ state: 'stopped', restarts: 2 })
  })

  it('abstains when its ballot hook throws, and crashes by its own policy', async () => {
    const { system, seen } = quietSystem()
    const moody = agent('moody', {
      hears: {},
      on: {
        ballot() {
          throw new Error('no vote')
        },
      },
    })
    const m = system.spawn(moody, { id: 'm', onFailure: resume() })
    const decision = await system.propose('?', { voters: [m], choices: ['yes'] }).result()
    expect(decision).toMatchObject({ decision: null, abstained: 1 })
    expect(seen.states('m')).toEqual(['running', 'crashed', 'spawning', 'running'])
  })
})
