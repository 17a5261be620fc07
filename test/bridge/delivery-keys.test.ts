/** Keys that outlive the process: with a journal on disk that is closed and opened again. */
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { Once } from '../../bridge/once.js'
import { createManualClock } from '../../src/clock.js'
import { levelStore } from '../../src/journal/level/index.js'
import { openJournal } from '../../src/journal/open.js'
import { RecordMap } from '../../src/journal/records.js'
import type { Outcome } from '../../src/protocol/reply.js'
import { odd, open, setUp } from '../kit/world.js'

const places: string[] = []
afterEach(async () => {
  for (const place of places.splice(0)) await rm(place, { recursive: true, force: true })
})

const exactly = { topics: [{ pattern: 'orders.#', delivery: 'exactly-once' }] } as const

const place = async () => {
  const path = await mkdtemp(join(tmpdir(), 'troupe-keys-'))
  places.push(path)
  return path
}

/** A bridge on what is kept in a directory. */
const begin = async (path: string) => {
  const journal = await openJournal({ stores: { disk: levelStore(path) } })
  const world = await setUp(exactly, { journal })
  // First in line, so it is closed last.
  open.unshift(() => journal.close())
  return world
}

/** What stands on the disk at this moment, as a process that is killed now would leave it. */
const asKilledNow = async (path: string) => {
  const copy = await place()
  await cp(path, copy, { recursive: true })
  return copy
}

describe('a key', () => {
  it('is remembered when the bridge begins anew: what was published under it is not published again', async () => {
    const path = await place()
    const first = await begin(path)
    const one = await first.welcome()
    const publish = { topic: 'orders.1', body: 'once' }
    one.say('channel.publish', publish, { key: 'k1' })
    const reply = await one.until((frame) => frame.type === 'reply')
    expect(reply.payload).toEqual({ topic: 'orders.1', seq: 1 })
    const second = await begin(await asKilledNow(path))
    const two = await second.welcome()
    two.say('channel.publish', publish, { key: 'k1' })
    expect((await two.until((frame) => frame.type === 'reply')).payload).toEqual({ topic: 'orders.1', seq: 1 })
    two.say('channel.publish', { ...publish, body: 'other' }, { key: 'k1' })
    expect((await two.until((frame) => frame.type === 'error')).payload).toMatchObject({ code: 'INVALID_MESSAGE' })
    const told = await second.system.channel('orders.1').publish('next')
    expect(told.seq).toBe(2)
  })

  it('whose command was still under way is answered with UNKNOWN_OUTCOME, and nothing is begun again', async () => {
    const path = await place()
    const first = await begin(path)
    first.system.spawn(odd, { id: 'o1' })
    const one = await first.welcome()
    const ask = { to: 'o1', message: { type: 'slow' } }
    const id = one.say('agent.ask', ask, { key: 'k1' })
    await one.until((frame) => frame.type === 'accepted' && frame.correlationId === id)
    const second = await begin(await asKilledNow(path))
    const two = await second.welcome()
    two.say('agent.ask', ask, { key: 'k1' })
    const { payload } = await two.until((frame) => frame.type === 'error')
    expect(payload).toMatchObject({ code: 'UNKNOWN_OUTCOME', retry: false })
  })

  it('is needed to publish where events are delivered exactly once', async () => {
    const { welcome } = await setUp(exactly)
    const client = await welcome()
    const { payload } = await client.ask('channel.publish', { topic: 'orders.1', body: 1 })
    expect(payload).toMatchObject({ code: 'INVALID_MESSAGE', message: expect.stringContaining('so it needs a key') })
    expect((await client.ask('channel.publish', { topic: 'other', body: 1 })).type).toBe('reply')
  })
})

describe('the keys of a bridge', () => {
  const command = { type: 'channel.publish', topic: 'a', body: 1 } as const
  const applied = (seq: number): Outcome => ({ receipt: 'applied', value: { topic: 'a', seq } })
  const settings = { window: 1_000, limit: 3 }

  it('are forgotten by time and by number, and so are their records', async () => {
    const clock = createManualClock()
    const records = new RecordMap()
    const once = new Once(clock, settings, records)
    for (const key of ['a', 'b', 'c', 'd']) await once.run('ann', key, command, async () => applied(1))
    expect([once.size, [...records.list('key/')].length]).toEqual([3, 3])
    await clock.advance(1_000)
    await once.run('ann', 'e', command, async () => applied(1))
    expect([once.size, [...records.list('key/')].length]).toEqual([1, 1])
  })

  it('of one client are not forgotten for another who takes more than fit, over a restart too', async () => {
    const records = new RecordMap()
    const clock = createManualClock()
    const once = new Once(clock, settings, records)
    await once.run('ann', 'mine', command, async () => applied(1))
    for (let n = 0; n < 10; n++) await once.run('eve', `k${n}`, command, async () => applied(2))
    const again = (from: Once) => from.run('ann', 'mine', command, async () => applied(9))
    expect(await again(once)).toEqual(applied(1))
    const after = new Once(clock, settings, records)
    for (let n = 10; n < 20; n++) await after.run('eve', `k${n}`, command, async () => applied(2))
    expect([await again(after), after.size]).toEqual([applied(1), 3])
  })

  it('are taken over with what came of their commands, but for those that are too old', async () => {
    const clock = createManualClock()
    const records = new RecordMap()
    const before = new Once(clock, settings, records)
    await before.run('ann', 'old', command, async () => applied(1))
    await clock.advance(600)
    await before.run('ann', 'new', command, async () => applied(2))
    await clock.advance(600)
    const after = new Once(clock, settings, records)
    expect(await after.run('ann', 'new', command, async () => applied(9))).toEqual(applied(2))
    expect(await after.run('ann', 'old', command, async () => applied(9))).toEqual(applied(9))
    expect(await after.run('bob', 'new', command, async () => applied(8))).toEqual(applied(8))
  })

  it('do not keep an outcome that is too large for a record: after a restart it is not known', async () => {
    const clock = createManualClock()
    const records = new RecordMap()
    const large: Outcome = { receipt: 'applied', value: { value: 'x'.repeat(100_000) } as never }
    const before = new Once(clock, settings, records)
    expect(await before.run('ann', 'k', command, async () => large)).toBe(large)
    expect(await before.run('ann', 'k', command, async () => applied(9))).toBe(large)
    const after = await new Once(clock, settings, records).run('ann', 'k', command, async () => applied(9))
    expect(after).toMatchObject({ receipt: 'rejected', error: { code: 'UNKNOWN_OUTCOME' } })
  })
})
