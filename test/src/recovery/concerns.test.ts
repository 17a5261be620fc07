/** What needs a person, after a restart: it is on the list for as long as its cause is there. */
import { describe, expect, it } from 'vitest'
import { agent } from '../../../actors/agent/define.js'
import { approval, task } from '../../../actors/task/define.js'
import { restart } from '../../../src/system/strategy.js'
import type { System } from '../../../src/system/system.js'
import { createLives } from '../../kit/mortal.js'
import { settle } from '../../kit/quiet.js'

const worker = agent('worker', {
  hears: { ask: {}, crash: {} },
  onFailure: restart({ times: 100, backoff: [0, 0] }),
  on: {
    ask: (_, { subtask }) => subtask(approval({ question: 'May it?' })).result(),
    crash() {
      throw new Error('as it was told')
    },
  },
})

const open = ({ state }: System) =>
  [...state.attention.values()].filter((item) => item.state === 'open').map(({ kind, subject }) => ({ kind, subject }))

/** A life in which an agent asks a person in the course of a task. */
const asking = async (retries: number) => {
  const lives = createLives()
  const first = lives.begin()
  first.system.spawn(worker, { id: 'ada' })
  first.system.spawn(task({ id: 'whole', to: 'ada', message: { type: 'ask' }, retries, backoff: [1, 1] }))
  await first.clock.advance(10)
  expect(open(first.system)).toHaveLength(1)
  first.kill()
  const next = lives.begin()
  await next.system.recover([worker])
  await next.clock.advance(10)
  return next
}

describe('what needs a person, after a restart', () => {
  it('is no question of a task that ended with the process', async () => {
    const { system } = await asking(0)
    expect(system.state.tasks.get('whole')?.state).toBe('failed')
    expect(open(system)).toEqual([])
  })

  it('is asked once where its task is tried again', async () => {
    const { system } = await asking(5)
    const parts = [...system.state.tasks.values()].filter(({ parent, state }) => parent === 'whole' && state === 'running')
    expect(open(system)).toEqual(parts.map(({ id }) => ({ kind: 'approval', subject: id })))
    const [item] = await system.attention.list({ state: 'open' })
    await system.attention.resolve(item?.id ?? '', 'approve')
    await settle()
    expect(system.state.tasks.get('whole')?.state).toBe('completed')
  })

  it('is no crash loop of an agent that did not come back', async () => {
    const lives = createLives()
    const first = lives.begin()
    const ada = first.system.spawn(worker, { id: 'ada' })
    await ada.ready
    for (let crash = 0; crash < 3; crash++) {
      ada.send({ type: 'crash' })
      await first.clock.advance(100)
    }
    expect(open(first.system)).toEqual([{ kind: 'crash-loop', subject: 'ada' }])
    first.kill()
    const { system } = lives.begin()
    await system.recover([])
    expect(open(system)).toEqual([])
  })
})
