/** Answers that come when nobody waits for them any more: dropped, and counted when they come. */
import { describe, expect, it } from 'vitest'
import { settle } from '../kit/quiet.js'
import { bench } from '../kit/socket.js'
import { type Open, welcomed } from '../kit/welcome.js'
import { odd } from '../kit/world.js'

const setUp = async () => {
  const at = bench()
  at.system.define(odd)
  const zoe = await welcomed(at)
  zoe.say('external.register', { id: 'zoe', hears: ['*'] })
  const ann = await welcomed(at)
  await settle()
  const late = () => at.shared.traffic.facts().messages.lateAnswers
  const deliveries = () => zoe.wire.ofType('deliver').map(({ payload }) => payload['delivery'])
  const answered = ({ wire }: Open, id: string) =>
    wire.frames
      .filter(({ correlationId, type }) => correlationId === id && type !== 'accepted')
      .map(({ type, payload }) => payload['code'] ?? type)
  return { ...at, zoe, ann, late, deliveries, answered }
}

describe('an answer to agent.ask', () => {
  it.each([
    ['its timeout', { timeout: 50 }, {}],
    ['the ttl of its request', {}, { ttl: 50 }],
    ['both', { timeout: 50 }, { ttl: 50 }],
    ['the ttl of its request, within its timeout', { timeout: 80 }, { ttl: 50 }],
  ])('after %s is dropped, and counted once it comes', async (_, payload, frame) => {
    const { zoe, ann, clock, late, deliveries, answered } = await setUp()
    const ask = { id: 'q', type: 'agent.ask', payload: { to: 'zoe', message: { type: 'sing' }, ...payload }, ...frame }
    ann.connection.message(JSON.stringify(ask))
    await clock.advance(49)
    expect(answered(ann, 'q')).toEqual([])
    await clock.advance(100)
    expect(answered(ann, 'q')).toEqual(['TIMEOUT'])
    expect(late()).toBe(0)
    zoe.say('external.done', { id: 'zoe', delivery: deliveries()[0], value: 'la' })
    await settle()
    expect([late(), answered(ann, 'q')]).toEqual([1, ['TIMEOUT']])
  })

  it('is counted where who asked is gone, and is not where its agent has ended without one', async () => {
    const { zoe, ann, clock, late, deliveries } = await setUp()
    for (const type of ['sing', 'dance']) ann.say('agent.ask', { to: 'zoe', message: { type }, timeout: 50 })
    await clock.advance(60)
    ann.connection.closed()
    zoe.say('external.fail', { id: 'zoe', delivery: deliveries()[0], message: 'no voice' })
    await settle()
    expect(late()).toBe(1)
    zoe.say('external.unregister', { id: 'zoe' })
    await clock.advance(10_000)
    expect(late()).toBe(1)
  })
})

describe('a delivery', () => {
  it('says how urgent it is', async () => {
    const { zoe, ann } = await setUp()
    ann.say('agent.send', { to: 'zoe', message: { type: 'note' }, priority: 'critical' })
    await settle()
    const [first] = zoe.wire.ofType('deliver')
    expect(first?.payload).toMatchObject({ message: { type: 'note' }, priority: 'critical' })
    zoe.say('external.done', { id: 'zoe', delivery: first?.payload['delivery'], value: null })
    await settle()
    ann.say('task.create', { to: 'zoe', message: { type: 'work' }, priority: 'low' })
    await settle()
    expect(zoe.wire.ofType('deliver')[1]?.payload).toMatchObject({ task: { attempt: 1 }, priority: 'low' })
  })
})
