/** Tasks that wait with a busy member, and those who have nothing to do. */
import { describe, expect, it } from 'vitest'
import { agent, swarm, task } from '../../actors/index.js'
import { createSystem } from '../../src/system/system.js'
import { record } from '../kit/events.js'

const member = agent('member', {
  hears: { work: {} },
  on: {
    async work(_, { progress, sleep }) {
      progress(50)
      await sleep(10)
    },
  },
})

describe('a task of a swarm', () => {
  it('that a free member was given stays with it, however many others have nothing to do', async () => {
    const system = createSystem()
    const seen = record(system)
    const members = Array.from({ length: 100 }, (_, at) => system.spawn(member, { id: `m${at}` }).id)
    const crew = system.spawn(swarm({ id: 'squad', goal: 'ship it', topology: 'mesh', members }))
    const jobs = Array.from({ length: 200 }, () => system.spawn(task({ to: crew, message: { type: 'work' } })))
    await Promise.all(jobs.map((job) => job.result()))
    // Who is done first may relieve somebody who has two, once; nobody is relieved of what it is about to begin.
    const moves = seen.of('swarm.handed-over').map((event) => event.task)
    expect(moves).toEqual([...new Set(moves)])
    await system.stop()
  })
})
