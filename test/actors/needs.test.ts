import { describe, expect, it } from 'vitest'
import { agent, graph, task } from '../../actors/index.js'
import { createSystem } from '../../src/system/system.js'

const worker = agent('worker', { hears: { go: {} }, on: { go: () => 'done' } })
const message = { type: 'go' } as const
const setUp = (keep = 1_000) => {
  const system = createSystem({ keep, onError: () => {} })
  return { system, ada: system.spawn(worker, { id: 'ada', queue: 100_000 }) }
}

describe('the needs of a task', () => {
  it('are met by a task that was completed so long ago that the view has forgotten it', async () => {
    const { system, ada } = setUp(2)
    const first = system.spawn(task({ to: ada, message, id: 'first' }))
    await first.result()
    for (let at = 0; at < 5; at++) await system.spawn(task({ to: ada, message })).result()
    expect(system.state.tasks.has('first')).toBe(false)
    expect(await system.spawn(task({ to: ada, message, needs: [first] })).result()).toBe('done')
    await system.stop()
  })

  it('are found by its handler with their results, however many ended meanwhile', async () => {
    const { system, ada } = setUp(2)
    const sum = agent('sum', { hears: { sum: {} }, on: { sum: (_, { task }) => Object.values(task?.needs ?? {}) } })
    const to = system.spawn(sum)
    const ids = Array.from({ length: 10 }, (_, at) => `t${at}`)
    const early = system.spawn(task({ id: 'early', to: ada, message }))
    await early.result()
    const gate = system.spawn(task({ to: ada, message, needs: ['t9'] }))
    const total = system.spawn(task({ to, message: { type: 'sum' }, needs: [early, ...ids, gate] }))
    for (const id of ids) await system.spawn(task({ id, to: ada, message })).result()
    expect(await total.result()).toEqual(Array(12).fill('done'))
    await system.stop()
  })

  it('may be tasks outside of a graph, also such as were completed long ago', async () => {
    const { system, ada } = setUp(2)
    for (let at = 0; at < 5; at++) await system.spawn(task({ id: `t${at}`, to: ada, message })).result()
    const open = system.spawn(task({ to: ada, message, needs: ['later'] }))
    const part = { to: ada, message, needs: ['t0', open.id] }
    const whole = system.spawn(graph({ tasks: { part } }))
    system.spawn(task({ id: 'later', to: ada, message }))
    expect(await whole.result()).toEqual({ part: 'done' })
    await system.stop()
  })

  it('that close a circle are named, and none of it is left', async () => {
    const { system, ada } = setUp()
    system.spawn(task({ to: ada, message, id: 'a', needs: ['b'] }))
    system.spawn(task({ to: ada, message, id: 'b', needs: ['c', 'x'] }))
    await expect(system.spawn(task({ to: ada, message, id: 'c', needs: ['y', 'a'] })).ready).rejects.toMatchObject({
      code: 'CYCLE',
      message: 'The dependencies form a cycle: c needs a needs b needs c. Remove one of them.',
    })
    expect(system.state.tasks.has('c')).toBe(false)
    await system.stop()
  })

  it('are looked through once each, however long the chain', async () => {
    const { system, ada } = setUp()
    for (let at = 0; at < 20_000; at++)
      system.spawn(task({ to: ada, message, id: `t${at}`, needs: [at === 0 ? 'never' : `t${at - 1}`] }))
    await expect(system.spawn(task({ to: ada, message, id: 'never', needs: ['t19999'] })).ready).rejects.toMatchObject({
      code: 'CYCLE',
    })
    await system.stop({ force: true })
  })

  it('that are no ids are refused before anything is said', async () => {
    const { system, ada } = setUp()
    for (const need of ['no way', '__proto__', ''])
      await expect(system.spawn(task({ to: ada, message, needs: [need] })).ready).rejects.toMatchObject({
        code: 'INVALID_MESSAGE',
      })
    expect(system.state.tasks.size).toBe(0)
    await system.stop()
  })
})

describe('the result of a task', () => {
  it('stays with whoever has its ref, and for others is told to be forgotten', async () => {
    const { system, ada } = setUp(2)
    const refs = Array.from({ length: 5 }, (_, at) => system.spawn(task({ id: `t${at}`, to: ada, message })))
    const another = system.task('t0')
    await refs[4]?.result()
    expect(system.state.tasks.has('t0')).toBe(false)
    expect(await Promise.all([...refs, another].map((ref) => ref.result()))).toEqual(Array(6).fill('done'))
    const late = system.task('t0')
    await late.ready
    for (const verb of [() => late.result(), () => refs[0]?.cancel()])
      await expect(verb()).rejects.toMatchObject({
        code: 'ENDED',
        message: 't0 has ended: it is completed, and what came of it is no longer remembered.',
      })
    await expect(system.task('nobody').result()).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await system.stop()
  })
})
