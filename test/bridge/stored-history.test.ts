import { describe, expect, it } from 'vitest'
import { teamDashboard } from '../../bridge/dialects/team-dashboard/index.js'
import type { Dialect } from '../../bridge/index.js'
import { createManualClock } from '../../src/clock.js'
import { createSeededIds } from '../../src/ids.js'
import { openJournal } from '../../src/journal/open.js'
import { settle } from '../kit/quiet.js'
import { slowStore } from '../kit/slow-store.js'
import { bench } from '../kit/socket.js'
import { bodies, cursorOf, publish, welcomed } from '../kit/welcome.js'
import { odd } from '../kit/world.js'

/** A bench of which only the newest five events are at hand; the rest has to be fetched. */
const storedBench = async (messages = 10_000) => {
  const clock = createManualClock()
  const store = slowStore()
  store.release()
  const opening = { stores: { disk: store }, clock, ids: createSeededIds(5, () => clock.now()), recent: { messages: 5 } }
  const journal = await openJournal(opening)
  return { at: bench({ system: { journal }, limits: { outbox: { messages, bytes: 16_777_216 } } }), journal, store }
}

const upTo = (count: number) => Array.from({ length: count }, (_, n) => n)

describe('what a client missed and is no longer at hand', () => {
  it('is fetched whole, in order, before what happens meanwhile, through an outbox that is shorter', async () => {
    const { at, journal } = await storedBench(10)
    const first = await welcomed(at)
    first.say('subscribe', { patterns: ['team.#'] })
    await first.wire.until(({ type }) => type === 'reply')
    const cursor = cursorOf(at)
    first.connection.closed()
    for (let n = 0; n < 600; n++) await publish(at, 'team.blue', n)
    await journal.committed()
    const second = await welcomed(at, { resume: { session: first.session, cursor } })
    for (let n = 600; n < 900; n++) {
      await publish(at, 'team.blue', n)
      if (n % 50 === 0) await settle()
    }
    while (bodies(second).length < 900) await settle()
    expect(bodies(second)).toEqual(upTo(900))
    expect(second.wire.ofType('gap')).toEqual([])
    expect(second.wire.ofType('dropped')).toEqual([])
  })

  it('is not sent to a connection that is gone, and the next one gets it', async () => {
    const { at, journal } = await storedBench()
    const first = await welcomed(at)
    first.say('subscribe', { patterns: ['team.#'] })
    await first.wire.until(({ type }) => type === 'reply')
    const cursor = cursorOf(at)
    first.connection.closed()
    for (let n = 0; n < 100; n++) await publish(at, 'team.blue', n)
    await journal.committed()
    const second = at.open()
    second.say('hello', { resume: { session: first.session, cursor } })
    second.connection.closed()
    const third = await welcomed(at, { resume: { session: first.session, cursor } })
    while (bodies(third).length < 100) await settle()
    expect(bodies(third)).toEqual(upTo(100))
    expect(bodies(second)).toEqual([])
  })

  it('ends the connection when it cannot be read, which goes on from the same place later', async () => {
    const { at, journal, store } = await storedBench()
    const first = await welcomed(at)
    first.say('subscribe', { patterns: ['team.#'] })
    await first.wire.until(({ type }) => type === 'reply')
    const cursor = cursorOf(at)
    first.connection.closed()
    for (let n = 0; n < 100; n++) await publish(at, 'team.blue', n)
    await journal.committed()
    const { read } = store
    Object.assign(store, { read: () => Promise.reject(new Error('the disk does not answer')) })
    const second = await welcomed(at, { resume: { session: first.session, cursor } })
    while (!second.wire.ended) await settle()
    expect(second.wire.ended.code).toBe(1013)
    expect(second.wire.ofType('error')[0]?.payload).toMatchObject({ code: 'JOURNAL_UNAVAILABLE' })
    Object.assign(store, { read })
    const third = await welcomed(at, { resume: { session: first.session } })
    while (bodies(third).length < 100) await settle()
    expect(bodies(third)).toEqual(upTo(100))
  })

  it('comes before the answer that counts it, in a protocol that says how much it is', async () => {
    const { at, journal } = await storedBench()
    await at.system.spawn(odd, { id: 'o' }).ready
    const enter = async (more: object = {}) => {
      const open = at.open({ dialect: teamDashboard as Dialect })
      const id = open.say('auth', { token: 't', clientId: 'dash', ...more })
      const { payload } = await open.wire.until((frame) => frame.payload['messageId'] === id)
      return { ...open, payload }
    }
    const first = await enter()
    const asked = first.say('subscribe:agent')
    await first.wire.until((frame) => frame.payload['messageId'] === asked)
    first.connection.closed()
    for (let order = 1; order <= 40; order++)
      at.system.announce({ type: 'agent.output', id: 'o', stream: 'stdout', data: `${order}`, sequence: order, order }, 'o')
    await journal.committed()
    const again = await enter({ sessionId: first.payload['sessionId'] })
    expect(again.payload).toMatchObject({ resumed: true, missed: 40 })
    const printed = again.wire.ofType('agent:output').map((frame) => frame.payload['data'])
    expect(printed).toEqual(upTo(40).map((n) => `${n + 1}`))
  })
})
