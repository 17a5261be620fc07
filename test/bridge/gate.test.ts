import { describe, expect, it } from 'vitest'
import { createManualClock } from '../../src/clock.js'
import { createSeededIds } from '../../src/ids.js'
import { openJournal } from '../../src/journal/open.js'
import { settle } from '../kit/quiet.js'
import { slowStore } from '../kit/slow-store.js'
import { bench } from '../kit/socket.js'
import { bodies, publish } from '../kit/welcome.js'

/** A bench on a journal whose store keeps when it is told to; `told`: what its operator hears. */
const slowBench = async (pending = 33_554_432) => {
  const clock = createManualClock()
  const store = slowStore()
  const told: string[] = []
  const opening = openJournal({
    ...{ stores: { disk: store }, clock, ids: createSeededIds(3, () => clock.now()), pending },
    onError: (error) => void told.push(error.message),
  })
  await store.settle()
  const journal = await opening
  const at = bench({ system: { journal } })
  const client = at.open()
  client.say('hello')
  await settle()
  return { at, journal, store, client, clock, told }
}

/** The same, when the client was told that it is welcome and hears the team. */
const welcomedSlowly = async (pending?: number) => {
  const bed = await slowBench(pending)
  const { store, journal, client } = bed
  while (journal.durable < journal.head) await store.settle()
  client.say('subscribe', { patterns: ['team.#'] })
  await client.wire.until(({ type }) => type === 'reply')
  return bed
}

describe('what the journal has not kept yet', () => {
  it('does not leave the process: no event, no answer, no word that knows of it', async () => {
    const { at, client, store, journal } = await welcomedSlowly()
    await publish(at, 'team.blue', 1)
    client.say('channel.publish', { topic: 'team.blue', body: 2 })
    client.say('subscribe', { patterns: ['other'] })
    await settle()
    expect(bodies(client)).toEqual([])
    expect(client.wire.ofType('reply')).toHaveLength(1)
    while (journal.durable < journal.head) await store.settle()
    await settle()
    expect(bodies(client)).toEqual([1, 2])
    expect(client.wire.ofType('reply')).toHaveLength(3)
  })

  it('welcomes nobody: that a client is there is an event itself', async () => {
    const { client, store, journal } = await slowBench()
    expect(client.wire.frames).toEqual([])
    while (journal.durable < journal.head) await store.settle()
    await client.wire.until(({ type }) => type === 'welcome')
  })

  it('keeps nobody from hearing that the other side is there', async () => {
    const { at, client, store } = await welcomedSlowly()
    await publish(at, 'team.blue', 1)
    client.say('ping')
    await client.wire.until(({ type }) => type === 'pong')
    expect(bodies(client)).toEqual([])
    store.release()
    await client.wire.until(({ type }) => type === 'message')
  })

  it('is tried again until it is kept, and told once when that fails and once when it works again', async () => {
    const { at, client, store, clock, told } = await welcomedSlowly()
    await publish(at, 'team.blue', 1)
    await store.settle(new Error('no space left'))
    await clock.advance(100)
    await store.settle(new Error('no space left'))
    expect(told).toEqual(['The journal cannot be written: no space left'])
    expect(bodies(client)).toEqual([])
    await clock.advance(200)
    store.release()
    await client.wire.until(({ type }) => type === 'message')
    expect(told).toHaveLength(2)
    expect(told[1]).toContain('can be written again')
  })

  it('is bounded: what would change something is refused, and what only asks is not', async () => {
    const { at, client, store, journal } = await welcomedSlowly(2_000)
    for (let n = 0; n < 20 && !journal.refusal; n++) await publish(at, 'team.blue', 'x'.repeat(100))
    expect(journal.refusal).toMatchObject({ code: 'JOURNAL_UNAVAILABLE' })
    client.say('channel.publish', { topic: 'team.blue', body: 'one too many' })
    const refused = await client.wire.until(({ type }) => type === 'error')
    expect(refused.payload).toMatchObject({ code: 'JOURNAL_UNAVAILABLE', retry: true })
    expect(() => {
      for (let n = 0; n < 100; n++)
        journal.append('a', { type: 'message', from: 'x', body: 'x'.repeat(100) }, { source: 'x', priority: 'normal' })
    }).toThrow('Nothing new is taken in')
    store.release()
    await journal.committed()
    expect(journal.refusal).toBeUndefined()
    await client.wire.until(({ type }) => type === 'message')
    expect(bodies(client)).not.toContain('one too many')
  })
})
