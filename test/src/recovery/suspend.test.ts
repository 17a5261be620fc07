import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { agent } from '../../../actors/agent/define.js'
import { task } from '../../../actors/task/define.js'
import { createSystem } from '../../../src/system/system.js'
import { createLives } from '../../kit/mortal.js'
import { settle } from '../../kit/quiet.js'

const worker = agent('worker', {
  hears: { nap: { ms: z.number() } },
  on: {
    async nap({ ms }, { sleep }) {
      await sleep(ms)
      return ms
    },
  },
})

describe('a system that is suspended', () => {
  it('finishes what is in hand within the grace, begins nothing, and is gone on with', async () => {
    const lives = createLives()
    const first = lives.begin()
    const ada = first.system.spawn(worker, { id: 'ada' })
    for (const id of ['one', 'two']) first.system.spawn(task({ id, to: ada, message: { type: 'nap', ms: 100 } }))
    await first.clock.advance(50)
    const suspended = first.system.suspend({ grace: 1_000 })
    await first.clock.advance(60)
    await suspended
    expect(first.clock.pending).toBe(0)
    first.kill()
    const { system, clock } = lives.begin()
    const { tasks } = await system.recover([worker])
    expect(tasks).toEqual(['two'])
    expect(system.state.tasks.get('one')).toMatchObject({ state: 'completed', result: 100 })
    await clock.advance(1_000)
    expect(system.state.tasks.get('two')).toMatchObject({ state: 'completed', attempt: 1 })
  })

  it('leaves what did not finish to the policy of its task, as after a crash', async () => {
    const lives = createLives()
    const first = lives.begin()
    const ada = first.system.spawn(worker, { id: 'ada' })
    first.system.spawn(task({ id: 't', to: ada, message: { type: 'nap', ms: 10_000 }, retries: 1, backoff: [1, 1] }))
    await first.clock.advance(50)
    const suspended = first.system.suspend({ grace: 100 })
    await first.clock.advance(200)
    await suspended
    first.kill()
    const { system, clock } = lives.begin()
    await system.recover([worker])
    await clock.advance(20_000)
    expect(system.state.tasks.get('t')).toMatchObject({ state: 'completed', attempt: 2 })
  })

  it('takes in nothing new', async () => {
    const lives = createLives()
    const { system } = lives.begin()
    await system.suspend()
    await expect(system.spawn(worker).ready).rejects.toMatchObject({ code: 'CLOSED' })
    await settle()
  })

  it('is refused where nothing is kept', async () => {
    await expect(createSystem().suspend()).rejects.toMatchObject({ code: 'UNSUPPORTED' })
  })
})
