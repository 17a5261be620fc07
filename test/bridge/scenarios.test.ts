/** The scenarios of PROTOCOL.md that are about races, by their numbers. */
import { describe, expect, it } from 'vitest'
import { agent } from '../../actors/agent/define.js'
import { approval, task } from '../../actors/task/define.js'
import { setUp } from '../kit/world.js'

const worker = agent('worker', { hears: { work: {} }, on: { work: () => 'done' } })

describe('PROTOCOL.md, scenarios', () => {
  it('10: a command that is given again under its key is answered with the first outcome', async () => {
    const { system, welcome } = await setUp()
    system.spawn(worker, { id: 'ada' })
    const payload = { id: 't2', to: 'ada', message: { type: 'work' } }
    const first = await welcome()
    first.say('task.create', payload, { key: 'k1' })
    await first.close()
    const second = await welcome()
    const id = second.say('task.create', payload, { key: 'k1' })
    expect(await second.until(({ correlationId, type }) => correlationId === id && type !== 'accepted')).toMatchObject({
      type: 'reply',
      payload: { id: 't2' },
    })
    expect([...system.state.tasks.keys()]).toEqual(['t2'])
  })

  it('11: of a batch, what is refused is told, and the rest is done', async () => {
    const { system, welcome } = await setUp()
    await system.spawn(worker, { id: 'ada' }).ready
    const raw = await welcome()
    const frames = [
      { id: 'b1', type: 'agent.pause', payload: { id: 'ada' } },
      { id: 'b2', type: 'close' },
    ]
    const batch = raw.say('batch', { frames })
    await raw.until(({ correlationId }) => correlationId === 'b1')
    const answers = raw.frames.filter(({ correlationId, type }) => correlationId !== undefined && type !== 'welcome')
    expect(answers.map(({ correlationId, type }) => [correlationId, type])).toEqual([
      [batch, 'reply'],
      ['b2', 'error'],
      ['b1', 'reply'],
    ])
    expect(answers.at(-1)?.payload).toEqual({ id: 'ada', state: 'paused', seq: 2 })
  })

  it('12: the first answer counts, and the second is told whose it was', async () => {
    const { system, client, token } = await setUp()
    const at = async (sub: string) => {
      const one = await client()
      await one.hello({ token: await token({ sub, permissions: ['read', 'write'] }) })
      return one
    }
    const [ann, bob] = [await at('ann'), await at('bob')]
    const asked = system.spawn(approval({ id: 't3', question: 'Publish?' }))
    await asked.ready
    expect((await ann.ask('task.approve', { id: 't3' })).payload).toMatchObject({ id: 't3', state: 'completed' })
    expect((await bob.ask('task.reject', { id: 't3', reason: 'not yet' })).payload).toMatchObject({
      code: 'INVALID_STATE',
      message: expect.stringContaining('ann'),
    })
  })

  it('13: what an agent of a client had in hand comes again with the same name; too late, its report is refused', async () => {
    const { system, client, token } = await setUp({ agentWindow: 60_000 })
    const at = async () => {
      const one = await client()
      await one.hello({ token: await token({ agents: ['zoe'] }) })
      return one
    }
    const first = await at()
    await first.ask('external.register', { id: 'zoe', hears: ['review'] })
    const job = system.spawn(task({ id: 't4', to: 'zoe', message: { type: 'review' } }))
    const delivered = (await first.until(({ type }) => type === 'deliver')).payload
    await first.close()
    const second = await at()
    await second.ask('external.register', { id: 'zoe', hears: ['review'] })
    expect((await second.until(({ type }) => type === 'deliver')).payload).toEqual(delivered)
    const done = { id: 'zoe', delivery: delivered['delivery'], value: 'pass' }
    expect((await second.ask('external.done', done)).payload).toEqual({ id: 'zoe' })
    expect(await job.result()).toBe('pass')
    expect((await second.ask('external.done', done)).payload).toMatchObject({ code: 'ENDED' })
  })

  it('14: another filter takes effect with its reply, and nothing comes twice', async () => {
    const { system, welcome } = await setUp()
    const raw = await welcome()
    await raw.ask('subscribe', { patterns: ['team.blue'] })
    await system.channel('team.blue').publish(1)
    const changed = raw.ask('subscribe', { patterns: ['team.blue'], filter: { minPriority: 'high' } })
    await system.channel('team.blue').publish(2)
    await changed
    await system.channel('team.blue').publish(3)
    await system.channel('team.blue').publish(4, { priority: 'high' })
    await raw.until(({ payload }) => payload['body'] === 4)
    expect(raw.frames.flatMap(({ type, payload }) => (type === 'message' ? [payload['body']] : []))).toEqual([1, 2, 4])
  })
})
