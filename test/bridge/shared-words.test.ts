/** What is made once for many, or planned for later: nobody's part of it changes another's, and nothing of it stays. */
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { agent } from '../../actors/agent/define.js'
import { Batches } from '../../bridge/batches.js'
import { connect } from '../../bridge/client.js'
import { Rules } from '../../bridge/delivery/rules.js'
import { createManualClock } from '../../src/clock.js'
import type { Envelope } from '../../src/protocol/envelope.js'
import { settle } from '../kit/quiet.js'
import { bench } from '../kit/socket.js'
import { bodies, cursorOf, publish, welcomed } from '../kit/welcome.js'
import { open, setUp } from '../kit/world.js'

describe('an event that goes to many', () => {
  it('is to each what it was, whatever was added to it for another', async () => {
    const rules = new Rules({ topics: [{ pattern: 'orders.#', delivery: 'at-least-once', ackTimeout: 1_000 }] })
    const at = bench({ limits: { delivery: rules } })
    const enter = async (hello: object) => {
      const one = await welcomed(at, hello)
      one.say('subscribe', { patterns: ['orders.#'] })
      return one
    }
    const [prompt, slow, plain, absent] = [
      await enter({ acks: true }),
      await enter({ acks: true }),
      await enter({}),
      await enter({}),
    ]
    await settle()
    const cursor = cursorOf(at)
    absent.connection.closed()
    await publish(at, 'orders.1', { list: [1, { deep: true }] })
    await settle()
    const [first] = prompt.wire.ofType('message') as unknown as { offset: number }[]
    prompt.say('ack', { offsets: [first?.offset] })
    await at.clock.advance(1_000)
    await settle()
    const back = await welcomed(at, { resume: { session: absent.session, cursor } })
    await settle()
    const [bare] = plain.wire.ofType('message')
    const asked = { ...bare, redelivered: 0 }
    expect(bare).not.toHaveProperty('redelivered')
    expect(plain.wire.ofType('message')).toEqual([bare])
    expect(back.wire.ofType('message')).toEqual([bare])
    expect(prompt.wire.ofType('message')).toEqual([asked])
    expect(slow.wire.ofType('message')).toEqual([asked, { ...asked, redelivered: 1 }])
  })
})

describe('what is said before its time', () => {
  it('is not said again when that comes: a mark by number leaves no mark by time, and no timer', async () => {
    const at = bench()
    const one = await welcomed(at)
    one.say('subscribe', { patterns: ['team.#'] })
    await settle()
    const timers = at.clock.pending
    for (let count = 0; count < 200; count++) await publish(at, 'team.blue', count)
    await settle()
    const marks = () => one.wire.ofType('mark').map(({ payload }) => payload['dseq'])
    expect(bodies(one)).toHaveLength(200)
    expect(marks()).toEqual([100, 200])
    await at.clock.advance(1_000)
    expect(marks()).toEqual([100, 200])
    expect(at.clock.pending).toBe(timers)
  })

  it('leaves no timer of the output that was gathered, whatever made it go', async () => {
    const clock = createManualClock()
    const said: string[] = []
    const batches = new Batches(clock, { window: 50, chunk: 1_024, buffer: 4_096 }, ({ event }) => {
      if ('data' in event) said.push(event.data)
    })
    const of = (type: string, more: object = {}) =>
      ({ topic: 'task.t', offset: 1, event: { type, id: 't', stream: 'stdout', ...more } }) as unknown as Envelope
    batches.take(of('task.output', { data: 'a' }))
    batches.take(of('task.status'))
    expect([said.splice(0), clock.pending]).toEqual([['a'], 0])
    batches.take(of('task.output', { data: 'b' }))
    await clock.advance(50)
    expect([said.splice(0), clock.pending]).toEqual([['b'], 0])
    batches.take(of('task.output', { data: 'c' }))
    batches.close()
    await clock.advance(50)
    expect([said, clock.pending]).toEqual([[], 0])
  })
})

describe('an ask that was given up, and may have been carried out', () => {
  it('is not carried out again when it is asked again under its key', async () => {
    let done = 0
    let finish = () => {}
    const finished = new Promise<void>((resolve) => {
      finish = resolve
    })
    const pump = agent('pump', {
      hears: { drain: { tank: z.number() } },
      on: {
        async drain({ tank }) {
          done++
          await finished
          return `drained ${tank}`
        },
      },
    })
    const { system, bridge, token } = await setUp()
    system.spawn(pump, { id: 'p' })
    const one = connect(bridge.url, { token: await token(), onError: () => {} })
    open.push(() => one.stop())
    const ask = (timeout: number) => one.ask('p', { type: 'drain', tank: 7 }, { key: 'drain-7', timeout })
    await expect(ask(20)).rejects.toMatchObject({ code: 'TIMEOUT' })
    const again = ask(30_000).catch(() => {})
    finish()
    await again
    expect(await one.ask('p', { type: 'drain', tank: 8 })).toBe('drained 8')
    expect(done).toBe(2)
  })
})
