/** What a client has not acknowledged outlives the server: with a journal on disk, as it stands when the process is killed. */
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { createManualClock, type ManualClock } from '../../src/clock.js'
import { levelStore } from '../../src/journal/level/index.js'
import { openJournal } from '../../src/journal/open.js'
import type { TestClient } from '../kit/tclient.js'
import { open, setUp } from '../kit/world.js'

const places: string[] = []
afterEach(async () => {
  for (const place of places.splice(0)) await rm(place, { recursive: true, force: true })
})
const place = async () => {
  const path = await mkdtemp(join(tmpdir(), 'troupe-owed-'))
  places.push(path)
  return path
}
/** What stands on the disk at this moment, as a process that is killed now would leave it. */
const asKilledNow = async (path: string) => {
  const copy = await place()
  await cp(path, copy, { recursive: true })
  return copy
}

const topics = [{ pattern: 'orders.#', delivery: 'at-least-once', ackTimeout: 10_000, redeliveries: 2 }] as const

/** A server on what is kept in a directory, and its client. */
const begin = async (path: string, resume?: object, clock?: ManualClock) => {
  const journal = await openJournal({ stores: { disk: levelStore(path) }, ...(clock ? { clock } : {}) })
  const world = await setUp({ topics, unacked: 50 }, { journal, ...(clock ? { clock } : {}) })
  // First in line, so it is closed last.
  open.unshift(() => journal.close())
  const one = await world.client()
  const welcome = await one.hello({ token: await world.token({ ttl: 600_000 }), acks: true, ...(resume ? { resume } : {}) })
  const publish = async (...bodies: number[]) => {
    for (const body of bodies) await world.system.channel('orders.1').publish(body)
    await one.until(({ payload }) => payload['body'] === bodies.at(-1))
  }
  return { ...world, one, session: String(welcome.payload['session']), publish }
}

const came = ({ frames }: TestClient) =>
  frames.filter(({ type }) => type === 'message') as (TestClient['frames'][number] & Owing)[]
interface Owing {
  readonly offset: number
  readonly redelivered?: number
}
const told = (one: TestClient) => came(one).map(({ payload, redelivered = 0 }) => [payload['body'], redelivered])
const offsetOf = (one: TestClient, body: number) => came(one).find(({ payload }) => payload['body'] === body)?.offset ?? 0
/** What the client says was heard, and the server has told how far the client has come. */
const marked = async (one: TestClient, count: number) => {
  await one.ask('ping')
  return one.until(({ type, payload }) => type === 'mark' && Number(payload['dseq']) >= count)
}

describe('what a client has not acknowledged when the server is killed', () => {
  it('is sent by the next one, in order and before what is new, and nothing that was acknowledged is, whatever the cursor', async () => {
    const path = await place()
    const first = await begin(path)
    await first.one.ask('subscribe', { patterns: ['orders.#'] })
    await first.publish(0, 1, 2, 3, 4)
    first.one.say('ack', { offsets: [offsetOf(first.one, 0), offsetOf(first.one, 3)] })
    const { payload } = await marked(first.one, 5)
    await first.one.close()
    // A connection that ends is the last that is written down of it.
    await first.system.journal.committed()
    const killed = await asKilledNow(path)
    const resumes = [{ session: first.session, cursor: payload['cursor'] }, { session: first.session }]
    for (const resume of resumes) {
      const second = await begin(await asKilledNow(killed), resume)
      await second.publish(5)
      expect(told(second.one)).toEqual([
        [1, 1],
        [2, 1],
        [4, 1],
        [5, 0],
      ])
    }
  }, 20_000)

  it('is sent although the server had no time to write down that it was sent; what was acknowledged since may come again', async () => {
    const path = await place()
    const first = await begin(path)
    await first.one.ask('subscribe', { patterns: ['orders.#'] })
    await first.publish(0, 1)
    await marked(first.one, 2)
    await first.publish(2, 3)
    const { payload } = await marked(first.one, 4)
    await first.system.journal.committed()
    // The client is connected all the while, and its cursor is past everything.
    const second = await begin(await asKilledNow(path), { session: first.session, cursor: payload['cursor'] })
    await second.publish(4)
    expect(told(second.one).map(([body]) => body)).toEqual([0, 1, 2, 3, 4])
  }, 20_000)

  it('is not sent where the client says with its hello that it had acknowledged it', async () => {
    const path = await place()
    const first = await begin(path)
    await first.one.ask('subscribe', { patterns: ['orders.#'] })
    await first.publish(0, 1, 2)
    await marked(first.one, 3)
    const acked = [offsetOf(first.one, 0), offsetOf(first.one, 2)]
    await first.one.close()
    await first.system.journal.committed()
    const second = await begin(await asKilledNow(path), { session: first.session, acked })
    await second.publish(3)
    expect(told(second.one)).toEqual([
      [1, 1],
      [3, 0],
    ])
  }, 20_000)

  it('counts as often sent as before: a restart begins no bound anew, and makes no dead letter', async () => {
    const clock = createManualClock()
    const path = await place()
    const first = await begin(path, undefined, clock)
    await first.one.ask('subscribe', { patterns: ['orders.#'] })
    await first.publish(0)
    for (let late = 1; late <= 2; late++) {
      await clock.advance(10_000)
      await first.one.until((frame) => (frame as Partial<Owing>).redelivered === late)
    }
    await first.one.close()
    await first.system.journal.committed()
    const second = await begin(await asKilledNow(path), { session: first.session }, clock)
    await second.one.until((frame) => (frame as Partial<Owing>).redelivered === 3)
    expect(second.system.state.deadLetters).toBe(0)
    await clock.advance(10_000)
    await second.one.until(({ type, payload }) => type === 'dropped' && payload['reason'] === 'undelivered')
    expect(second.system.state.deadLetters).toBe(1)
    expect(told(second.one)).toEqual([[0, 3]])
  }, 20_000)
})
