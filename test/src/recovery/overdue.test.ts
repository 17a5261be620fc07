/** Time that ran out while no process ran: nothing is begun, done or counted after it. */
import { describe, expect, it } from 'vitest'
import { agent } from '../../../actors/agent/define.js'
import { swarm } from '../../../actors/swarm/define.js'
import { approval, task } from '../../../actors/task/define.js'
import { createLives } from '../../kit/mortal.js'
import { settle } from '../../kit/quiet.js'

const done: string[] = []
const worker = agent('worker', { hears: { work: {} }, on: { work: (_, { task: mine }) => void done.push(mine?.id ?? '') } })
const long = 60_000

describe('what was over before the process began', () => {
  it('is no task any more, queued or tried again, and none of its swarm', async () => {
    done.length = 0
    const lives = createLives()
    const first = lives.begin()
    const ada = first.system.spawn(worker, { id: 'ada' })
    const bob = first.system.spawn(worker, { id: 'bob' })
    first.system.spawn(swarm({ id: 'squad', goal: 'x', members: [bob], deadline: 500 }))
    await ada.pause()
    await bob.pause()
    first.system.spawn(task({ id: 'own', to: ada, message: { type: 'work' }, deadline: 500 }))
    first.system.spawn(task({ id: 'theirs', to: 'squad', message: { type: 'work' } }))
    await settle()
    first.kill()
    const { system } = lives.begin(long)
    await system.recover([worker])
    await system.agent('ada').resume()
    await system.agent('bob').resume()
    await settle()
    for (const id of ['own', 'theirs'])
      expect(system.state.tasks.get(id)).toMatchObject({ state: 'failed', error: { code: 'TIMEOUT' } })
    expect(done).toEqual([])
  })

  it('is an answer where an approval was declared so', async () => {
    const lives = createLives()
    const first = lives.begin()
    first.system.spawn(approval({ id: 'ok', question: '?', deadline: 500, onDeadline: 'approve' }))
    await settle()
    first.kill()
    const { system } = lives.begin(long)
    await system.recover([worker])
    await expect(system.task('ok').result()).resolves.toMatchObject({ decision: 'approve', by: 'deadline' })
  })

  it('is a ballot that takes no votes, and keeps those that it had', async () => {
    const lives = createLives()
    const first = lives.begin()
    const ballot = first.system.propose('?', { id: 'b', voters: ['ann', 'bob', 'cid'], choices: ['yes', 'no'], within: 500 })
    await ballot.vote('ann', 'yes')
    first.kill()
    const { system } = lives.begin(long)
    await system.recover()
    await expect(system.ballot('b').vote('bob', 'no')).rejects.toMatchObject({ code: 'INVALID_STATE' })
    await expect(system.ballot('b').result()).resolves.toMatchObject({ decision: 'yes', reason: 'deadline', votes: { yes: 1 } })
  })
})
