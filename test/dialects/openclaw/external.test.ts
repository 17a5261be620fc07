/** Agents that work behind an OpenClaw connection: how urgent what they are handed is, and what they answer too late. */
import { describe, expect, it } from 'vitest'
import { dataOf, fits, openclawWorld as world } from '../../kit/openclaw.js'

const setUp = async () => {
  const at = await world()
  const { one: mia } = await at.dashboard({ sub: 'mia' }, {}, 'agent')
  const boss = await at.dashboard({ sub: 'boss' })
  await at.system.agent('mia').ready
  const lateAnswers = async () =>
    (dataOf(await boss.ask('request', { action: 'get_metrics' }))['messages'] as { lateAnswers: number }).lateAnswers
  return { ...at, mia, boss, lateAnswers }
}

describe('an answer that comes after its ttl', () => {
  it.each([
    ['an answer', 'response', { status: 'success', data: 'la' }],
    ['a refusal', 'error', { message: 'no voice' }],
  ])('is dropped, and counted when it comes: %s', async (_, type, payload) => {
    const { mia, boss, lateAnswers } = await setUp()
    const { ask, one } = boss
    const timeout = await ask('request', { action: 'sing' }, { target: 'mia', ttl: 0.05 })
    expect(timeout.payload).toMatchObject({ code: 'TIMEOUT' })
    const request = await mia.type('request')
    expect(await lateAnswers()).toBe(0)
    mia.say({ type, correlationId: request['correlationId'], payload })
    // What the agent says next is heard after it.
    mia.say({ id: 'p', type: 'ping' })
    await mia.type('pong')
    expect(await lateAnswers()).toBe(1)
    mia.say({ type, correlationId: request['correlationId'], payload })
    mia.say({ id: 'q', type: 'ping' })
    await mia.until(({ correlationId }) => correlationId === 'q')
    expect(await lateAnswers()).toBe(1)
    expect(one.frames.filter(({ correlationId }) => correlationId === timeout['correlationId'])).toHaveLength(1)
    fits(mia)
  })

  it('is nothing where it comes in time', async () => {
    const { mia, boss, lateAnswers } = await setUp()
    const asking = boss.ask('request', { action: 'sing' }, { target: 'mia', ttl: 30 })
    const request = await mia.type('request')
    mia.say({ type: 'response', correlationId: request['correlationId'], payload: { status: 'success', data: 'la' } })
    expect((await asking).payload).toEqual({ status: 'success', data: 'la' })
    expect(await lateAnswers()).toBe(0)
  })
})

describe('what an agent is handed', () => {
  it('says how urgent it is: a message, a request, a task', async () => {
    const { mia, boss } = await setUp()
    await boss.ask('agent_message', { action: 'note', data: {} }, { target: 'mia', priority: 3 })
    expect(await mia.type('agent_message')).toMatchObject({ priority: 3 })
    const asking = boss.ask('request', { action: 'sing' }, { target: 'mia', priority: 0 })
    const request = await mia.type('request')
    expect(request).toMatchObject({ priority: 0 })
    mia.say({ type: 'response', correlationId: request['correlationId'], payload: { status: 'success' } })
    await asking
    await boss.ask('task_create', { title: 't', agentId: 'mia', priority: 2 })
    expect(await mia.type('task_assign')).toMatchObject({ priority: 2 })
    fits(mia)
  })
})
