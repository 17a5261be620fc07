/** The order of what an agent prints: over its tasks and what it prints for none, through failures and restarts. */
import { describe, expect, it } from 'vitest'
import { agent } from '../../actors/agent/define.js'
import { task } from '../../actors/task/define.js'
import { restart } from '../../src/system/strategy.js'
import { quietSystem } from '../kit/quiet.js'

const talker = agent('talker', {
  hears: { talk: {}, flaky: {}, pair: {} },
  concurrency: 2,
  on: {
    talk(_, { output }) {
      output('one')
      output('two', 'stderr')
      output('')
    },
    flaky(_, { output, task: mine }) {
      output(`try ${mine?.attempt}`)
      if (mine?.attempt === 1) throw new Error('bang')
      output('done')
    },
    async pair(_, { output, sleep }) {
      for (let at = 0; at < 3; at++) {
        output(`${at}`)
        await sleep(10)
      }
    },
  },
})

const stage = () => {
  const quiet = quietSystem()
  const ann = quiet.system.spawn(talker, { id: 'ann', onFailure: restart({ backoff: [10, 10] }) })
  const pieces = (of: string) => {
    const events = quiet.seen.events.filter((event) => event.type === 'agent.output' || event.type === 'task.output')
    return events.filter((event) => ('agent' in event ? event.agent : event.id) === of)
  }
  return { ...quiet, ann, pieces }
}

describe('the order of what an agent prints', () => {
  it('counts all its pieces, of tasks and of none, each in its own sequence beside', async () => {
    const { system, ann, pieces } = stage()
    const talk = { type: 'talk' } as const
    await ann.ask(talk)
    await system.spawn(task({ id: 't', to: ann, message: talk })).result()
    await ann.ask(talk)
    await system.spawn(task({ id: 'u', to: ann, message: talk })).result()
    expect(pieces('ann').map(({ order, id, sequence }) => [order, id, sequence])).toEqual([
      [1, 'ann', 1],
      [2, 'ann', 2],
      [3, 't', 1],
      [4, 't', 2],
      [5, 'ann', 3],
      [6, 'ann', 4],
      [7, 'u', 1],
      [8, 'u', 2],
    ])
  })

  it('goes on through crashes, further attempts and restarts', async () => {
    const { system, clock, ann, pieces } = stage()
    const job = system.spawn(task({ id: 't', to: ann, message: { type: 'flaky' }, retries: 1, backoff: [1, 1] }))
    await clock.advance(50)
    await job.result()
    await ann.restart()
    await clock.advance(50)
    await ann.ask({ type: 'talk' })
    expect(pieces('ann').map(({ order, data }) => [order, data])).toEqual([
      [1, 'try 1'],
      [2, 'try 2'],
      [3, 'done'],
      [4, 'one'],
      [5, 'two'],
    ])
  })

  it('leaves no number out and gives none twice where tasks print side by side, and is each agent’s own', async () => {
    const { system, clock, ann, pieces } = stage()
    const bob = system.spawn(talker, { id: 'bob' })
    for (const to of [ann, ann, bob]) system.spawn(task({ to, message: { type: 'pair' } }))
    await clock.advance(50)
    expect(new Set(pieces('ann').map(({ id }) => id)).size).toBe(2)
    expect(pieces('ann').map(({ order }) => order)).toEqual([1, 2, 3, 4, 5, 6])
    expect(pieces('bob').map(({ order }) => order)).toEqual([1, 2, 3])
  })
})
