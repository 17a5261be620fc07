/** In which order a family begins anew, and what is told of an end. */
import { describe, expect, it } from 'vitest'
import type { Death } from '../../actors/agent/death-watch.js'
import { agent } from '../../actors/agent/define.js'
import { oneForAll, restart, restForOne } from '../../src/system/strategy.js'
import { quietSystem } from '../kit/quiet.js'

describe('a family that begins anew', () => {
  it.each([
    ['those after it', restForOne(), ['b', 'c', 'd']],
    ['all', oneForAll(), ['b', 'a', 'c', 'd']],
  ] as const)('begins with the one that crashed, and after its delay: %s', async (_who, supervises, order) => {
    const { system, clock } = quietSystem()
    const started: string[] = []
    const child = agent('child', {
      hears: { boom: {} },
      onFailure: restart({ backoff: [50, 50], jitter: 0 }),
      start: ({ id }) => void started.push(id),
      on: {
        boom() {
          throw new Error('boom')
        },
      },
    })
    const parent = agent('parent', {
      hears: { go: {} },
      supervises,
      on: {
        go(_, { stage }) {
          for (const id of ['a', 'b', 'c', 'd']) stage.spawn(child, { id })
        },
      },
    })
    system.spawn(parent).send({ type: 'go' })
    await clock.advance(1)
    started.length = 0
    system.agent('b').send({ type: 'boom' })
    await clock.advance(49)
    expect(started).toEqual([])
    await clock.advance(10)
    expect(started).toEqual(order)
    await system.stop()
  })
})

describe('who watches another', () => {
  it('hears why it was ended', async () => {
    const { system, clock } = quietSystem()
    const deaths: Death[] = []
    const watcher = agent('watcher', {
      hears: { look: {} },
      ended: (death) => void deaths.push(death),
      on: { look: (_, { watch }) => watch('victim') },
    })
    const victim = agent('victim', { hears: {}, on: {} })
    system.spawn(watcher).send({ type: 'look' })
    const v = system.spawn(victim, { id: 'victim' })
    await clock.advance(1)
    system.spawn(watcher).send({ type: 'look' })
    await clock.advance(1)
    await v.kill('it was in the way')
    await clock.advance(1)
    expect(deaths).toContainEqual(expect.objectContaining({ id: 'victim', state: 'stopped', reason: 'it was in the way' }))
    await system.stop()
  })
})
