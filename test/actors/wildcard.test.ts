/** `*` in what an agent hears stands for every type without a handler of its own, however the message or the task comes. */
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { agent, swarm, task } from '../../actors/index.js'
import { quietSystem, settle } from '../kit/quiet.js'

const ear = agent('ear', {
  hears: { known: { x: z.number() }, '*': {} },
  on: { known: ({ x }) => `known ${x}`, '*': ({ type, ...more }) => `${type} ${JSON.stringify(more)}` },
})

describe('an agent that hears *', () => {
  it('is sent, asked and given tasks of any type, read by their own shape where they have one', async () => {
    const { system } = quietSystem()
    const ref = system.spawn(ear, { id: 'ear' })
    expect(await ref.ask({ type: 'known', x: 1 })).toBe('known 1')
    expect(await system.as('ann').ask('ear', { type: 'odd', y: 2 })).toBe('odd {"y":2}')
    await expect(system.as('ann').ask('ear', { type: 'known', x: 'evil' })).rejects.toMatchObject({ code: 'INVALID_MESSAGE' })
    expect(await system.spawn(task({ to: 'ear', message: { type: 'strange', z: 3 } })).result()).toBe('strange {"z":3}')
    await system.stop()
  })

  it('is given the tasks of its swarm, whatever they are', async () => {
    const { system, seen } = quietSystem()
    system.spawn(ear, { id: 'ear' })
    const squad = system.spawn(swarm({ goal: 'g', members: ['ear'] }))
    expect(await system.spawn(task({ to: squad, message: { type: 'strange' } })).result()).toBe('strange {}')
    await settle()
    expect(seen.events.filter((event) => event.type === 'swarm.log' && event.level === 'warn')).toEqual([])
    await system.stop()
  })
})
