/** Tasks that wait for a person. */
import { describe, expect, it } from 'vitest'
import { agent, approval, swarm, task } from '../../actors/index.js'
import { quietSystem, settle } from '../kit/quiet.js'

const worker = agent('worker', { hears: { go: {} }, on: { go: (_, { task }) => Object.values(task?.needs ?? {}) } })

const stage = () => {
  const quiet = quietSystem()
  return { ...quiet, w: quiet.system.spawn(worker, { id: 'w' }), as: (who: string) => quiet.system.as(who).task('ok') }
}

describe('an approval', () => {
  it('waits for a decision, says who decided and why, and lets go on what needs it', async () => {
    const { system, clock, seen, w, as } = stage()
    const ok = system.spawn(approval({ id: 'ok', question: 'Publish 2.0?', details: { version: '2.0' } }))
    const after = system.spawn(task({ to: w, message: { type: 'go' }, needs: { release: ok } }))
    await clock.advance(1_000)
    expect(system.state.tasks.get('ok')).toMatchObject({
      ...{ state: 'running', title: 'Publish 2.0?', approval: { question: 'Publish 2.0?', details: { version: '2.0' } } },
    })
    expect(system.state.tasks.get(after.id)).toMatchObject({ state: 'queued', blocked: true })
    await as('ann').approve('it is time')
    const decided = { decision: 'approve', by: 'ann', reason: 'it is time', at: clock.now() }
    expect(await ok.result()).toEqual(decided)
    expect(await after.result()).toEqual([decided])
    expect(seen.events.flatMap((event) => (event.type === 'task.approval' ? [event.change] : []))).toEqual(['asked', 'decided'])
    await system.stop()
  })

  it('fails when it is rejected, and so does what needs it', async () => {
    const { system, w, as } = stage()
    const ok = system.spawn(approval({ id: 'ok', question: '?' }))
    const after = system.spawn(task({ to: w, message: { type: 'go' }, needs: [ok] }))
    await as('ann').reject('not yet')
    await expect(ok.result()).rejects.toMatchObject({
      ...{ code: 'REJECTED', message: 'ann decided against it: not yet.', details: { by: 'ann', reason: 'not yet' } },
    })
    await expect(after.result()).rejects.toMatchObject({ code: 'DEPENDENCY_FAILED' })
    await system.stop()
  })

  it('takes the first answer, and tells the second who was first', async () => {
    const { system, as } = stage()
    system.spawn(approval({ id: 'ok', question: '?' }))
    const answers = await Promise.allSettled([as('ann').approve(), as('bob').reject()])
    expect(answers).toMatchObject([
      { status: 'fulfilled', value: { state: 'completed' } },
      { status: 'rejected', reason: { code: 'INVALID_STATE', message: 'Task ok was decided already: ann said approve.' } },
    ])
    await system.stop()
  })

  it('hears only those who may decide, and only once it is asked', async () => {
    const { system, w, as } = stage()
    const before = system.spawn(task({ id: 'before', to: w, message: { type: 'go' }, needs: ['never'] }))
    const ok = system.spawn(approval({ id: 'ok', question: '?', by: ['ann'], needs: [before] }))
    await expect(as('bob').approve()).rejects.toMatchObject({
      code: 'FORBIDDEN',
      message: expect.stringMatching(/those who may: ann/),
    })
    await expect(as('ann').approve()).rejects.toMatchObject({
      code: 'INVALID_STATE',
      message: expect.stringMatching(/does not wait for a decision yet/),
    })
    await expect(system.task('before').approve()).rejects.toMatchObject({
      code: 'INVALID_STATE',
      message: expect.stringMatching(/only approvals are/),
    })
    await ok.cancel()
    await expect(as('ann').approve()).rejects.toMatchObject({ code: 'ENDED' })
    await system.stop()
  })

  it.each([
    ['fail', { status: 'rejected', reason: { code: 'TIMEOUT' } }],
    ['reject', { status: 'rejected', reason: { code: 'REJECTED', details: { by: 'deadline' } } }],
    ['approve', { status: 'fulfilled', value: { decision: 'approve', by: 'deadline' } }],
  ] as const)('whose time runs out is told to %s', async (onDeadline, outcome) => {
    const { system, clock } = stage()
    const ok = system.spawn(approval({ question: '?', deadline: 1_000, onDeadline }))
    const ended = Promise.allSettled([ok.result()])
    await clock.advance(1_000)
    expect(await ended).toMatchObject([outcome])
    await system.stop()
  })

  it('counts for its swarm without being given to a member', async () => {
    const { system, as } = stage()
    const squad = system.spawn(swarm({ goal: 'ship', members: ['w'] }))
    system.spawn(approval({ id: 'ok', question: '?', to: squad }))
    await settle()
    expect(system.state.tasks.get('ok')).toMatchObject({ state: 'running', swarm: squad.id })
    await as('ann').approve()
    expect(await squad.result()).toMatchObject({ completed: 1 })
    await system.stop()
  })

  it('can be paused, decided while it is, and ends with the system', async () => {
    const { system, as } = stage()
    const ok = system.spawn(approval({ id: 'ok', question: '?' }))
    await as('ann').pause()
    expect(system.state.tasks.get('ok')?.state).toBe('paused')
    await as('ann').approve()
    expect((await ok.result()).by).toBe('ann')
    const open = system.spawn(approval({ question: '?' }))
    const ended = expect(open.result()).rejects.toMatchObject({ code: 'CANCELLED' })
    await system.stop()
    await ended
  })
})
