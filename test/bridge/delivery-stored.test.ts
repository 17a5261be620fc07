/** Redelivery from a journal on disk, where what was sent has to be fetched first. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Owed } from '../../bridge/delivery/owed.js'
import { levelStore } from '../../src/journal/level/index.js'
import { openJournal } from '../../src/journal/open.js'
import type { TestClient } from '../kit/tclient.js'
import { open, setUp } from '../kit/world.js'

const topics = [{ pattern: 'orders.#', delivery: 'at-least-once', ackTimeout: 100_000 }] as const

const begin = async () => {
  const path = await mkdtemp(join(tmpdir(), 'troupe-sure-'))
  // Next to nothing stays in memory, so nearly everything that is read has to be fetched.
  const journal = await openJournal({ stores: { disk: levelStore(path) }, recent: { messages: 2 } })
  const world = await setUp({ topics, unacked: 50 }, { journal })
  open.unshift(async () => {
    await journal.close()
    await rm(path, { recursive: true, force: true })
  })
  return world
}

const offsetsOf = ({ frames }: TestClient) =>
  frames.filter(({ type }) => type === 'message').map((frame) => (frame as { offset?: number }).offset ?? Number.NaN)
const bodiesOf = ({ frames }: TestClient) => frames.filter(({ type }) => type === 'message').map(({ payload }) => payload['body'])
const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, count) => from + count)

describe('at least once, on a journal on disk', () => {
  it('fetches what is sent again, in order and before what is new, and lets nothing new pass meanwhile', async () => {
    const { system, client, token } = await begin()
    const mine = await token()
    const first = await client()
    const { payload: welcome } = await first.hello({ token: mine, acks: true })
    await first.ask('subscribe', { patterns: ['orders.#'] })
    for (const body of numbers(0, 40)) await system.channel('orders.1').publish(body)
    await first.until(({ payload }) => payload?.['body'] === 39)
    first.say('ack', { offsets: offsetsOf(first).slice(0, 10) })
    await first.ask('ping')
    await first.close()
    for (const body of numbers(40, 200)) await system.channel('orders.1').publish(body)
    const second = await client()
    const resume = { session: String(welcome['session']), cursor: welcome['cursor'] }
    await second.hello({ token: mine, acks: true, resume })
    const publishing = (async () => {
      for (const body of numbers(200, 300)) await system.channel('orders.1').publish(body)
    })()
    for (let acked = 0; bodiesOf(second).length < 290; ) {
      await second.until(() => bodiesOf(second).length > acked)
      const offsets = offsetsOf(second).slice(acked)
      second.say('ack', { offsets })
      acked += offsets.length
    }
    await publishing
    expect(bodiesOf(second)).toEqual(numbers(10, 300))
    expect(second.frames.filter((frame) => Number((frame as { redelivered?: number }).redelivered) > 0)).toHaveLength(30)
  }, 30_000)
})

describe('what a session owes', () => {
  it('is the same after it was written down as plain data', () => {
    const envelope = (offset: number) => ({ offset, topic: 'orders.1', seq: offset }) as Parameters<Owed['add']>[0]
    const owed = new Owed({ epoch: 'e', upTo: 3 })
    for (const offset of [4, 5, 6, 7]) owed.add(envelope(offset))
    for (const debt of owed.debts) debt.sent = debt.offset === 7 ? 0 : debt.offset - 3
    owed.settle(5)
    owed.reached(4)
    const again = new Owed(JSON.parse(JSON.stringify(owed.data)))
    expect(again.data).toEqual({
      ...{ epoch: 'e', upTo: 4, done: [5] },
      debts: [
        [4, 'orders.1', 4, 1, 0],
        [6, 'orders.1', 6, 3, 0],
      ],
    })
    // What was not sent yet is read from the journal again.
    expect([4, 5, 6, 7].map((offset) => again.knows(offset))).toEqual([true, true, true, false])
  })
})
