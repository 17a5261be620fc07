/** How agents are tested with the kit: by ears, by hand, and by waiting for nothing but what happens. */
import { createSystem } from 'troupe'
import { connect } from 'troupe/client'
import { createManualClock, createSeededIds, probe, record, recordingSocket, settle } from 'troupe/testing'
import { describe, expect, it } from 'vitest'
import { boss } from '../../../examples/testing/boss.js'

const setUp = () => {
  const clock = createManualClock()
  const system = createSystem({ clock, ids: createSeededIds(1, () => clock.now()), onError: () => {} })
  return { clock, system, seen: record(system), b: system.spawn(boss, { id: 'boss' }) }
}

describe('a boss', () => {
  it('hands a review on and says what came of it', async () => {
    const { system, seen, b } = setUp()
    const ears = probe(system, { id: 'ears', answer: () => 'pass' })
    b.send({ type: 'delegate', to: 'ears', path: 'README.md' })
    expect(await ears.next()).toEqual({ type: 'review', path: 'README.md' })
    await ears.expectNone()
    expect(seen.of('agent.said')).toMatchObject([{ id: 'boss', message: { type: 'decided', verdict: 'pass' } }])
    await system.stop()
  })

  it('asks again when nobody answers, and gives up after the third time', async () => {
    const { system, clock, seen, b } = setUp()
    const deaf = probe(system, { answer: () => new Promise(() => {}) })
    b.send({ type: 'delegate', to: deaf.ref.id, path: 'a' })
    await deaf.next()
    await clock.advance(18_000)
    const said = await seen.until((event) => event.type === 'agent.said')
    expect(said).toMatchObject({ message: { verdict: 'nobody answered' } })
    seen.stop()
    const stopped = system.stop({ force: true })
    await clock.advance(20_000)
    await stopped
    expect(clock.pending).toBe(0)
  })
})

describe('a client', () => {
  it('says hello with its token, and again when the connection is lost', async () => {
    const recorder = recordingSocket()
    const client = connect('ws://nowhere', {
      WebSocket: recorder.WebSocket,
      token: 'secret',
      onError: () => {},
      reconnect: { delays: [0] },
    })
    const first = await recorder.next()
    expect([first.url, first.protocols]).toEqual(['ws://nowhere', ['troupe.v1+json']])
    first.open()
    await new Promise<void>((resolve) => setImmediate(resolve))
    expect(first.sent[0]).toMatchObject({ type: 'hello', payload: { token: 'secret' } })
    first.drop()
    const second = await recorder.next()
    second.open()
    await new Promise<void>((resolve) => setImmediate(resolve))
    expect(second.sent[0]).toMatchObject({ type: 'hello' })
    await client.stop()
    expect([recorder.sockets.length, second.closed]).toEqual([2, expect.objectContaining({ code: expect.anything() })])
  })
})

describe('a probe', () => {
  it('takes each message once, by what fits, and throws where it was to hear nothing', async () => {
    const { system } = setUp()
    const ears = probe(system)
    for (const type of ['a', 'b', 'a']) system.send(ears.ref, { type })
    expect((await ears.next(({ type }) => type === 'b')).type).toBe('b')
    expect([(await ears.next()).type, (await ears.next()).type]).toEqual(['a', 'a'])
    await settle(system)
    system.send(ears.ref, { type: 'late' })
    await expect(ears.expectNone()).rejects.toThrow(/was to hear nothing more, and heard .*late/)
    expect(ears.heard.map(({ type }) => type)).toEqual(['a', 'b', 'a', 'late'])
    await system.stop()
  })
})
