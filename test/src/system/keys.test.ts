/** What an idempotency key stands for: one message, once it was handled or may still be. */
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { agent } from '../../../actors/index.js'
import { fingerprint } from '../../../src/system/fingerprint.js'
import { quietSystem, settle } from '../../kit/quiet.js'

const setUp = () => {
  const heard: unknown[] = []
  const ear = agent('ear', {
    hears: { note: { value: z.unknown() }, slow: {}, fail: {} },
    on: {
      note: ({ value }) => heard.push(value),
      async slow(_, { sleep }) {
        heard.push('slow')
        await sleep(1_000)
      },
      fail(_, { fail }) {
        heard.push('fail')
        fail('no')
      },
    },
  })
  const quiet = quietSystem()
  const { system } = quiet
  const note = (value: unknown, key = 'k') => system.send('e', { type: 'note', value }, { key })
  const ask = (message: { type: string; value?: unknown }, more: object = {}) =>
    system.ask('e', message, { key: 'k', ...more }).catch((error: { code: string }) => error.code)
  const dead = () => quiet.seen.events.flatMap((event) => (event.type === 'system.dead-letter' ? [event.reason] : []))
  return { ...quiet, ear, heard, note, ask, dead }
}

describe('an idempotency key', () => {
  it('is that of one message: another under it is refused, whoever sends it', async () => {
    const { system, ear, note, ask, heard, dead } = setUp()
    system.spawn(ear, { id: 'e' })
    note({ a: 1, b: [2] })
    note({ b: [2], a: 1 })
    note({ a: 1, b: [3] })
    expect(await ask({ type: 'note', value: 1 })).toBe(2)
    expect(await ask({ type: 'note', value: 1 })).toBe(2)
    expect(await ask({ type: 'note', value: 2 })).toBe('INVALID_MESSAGE')
    expect(await ask({ type: 'fail' })).toBe('INVALID_MESSAGE')
    const afar = (value: number) => () => system.deliver('e', { type: 'note', value }, { key: 'k' }, 'ann')
    expect(afar(1)).not.toThrow()
    expect(afar(1)).not.toThrow()
    expect(afar(2)).toThrow(expect.objectContaining({ code: 'INVALID_MESSAGE' }))
    await settle()
    expect(heard).toEqual([{ a: 1, b: [2] }, 1, 1])
    expect(dead()).toEqual(['invalid', 'invalid'])
    await system.stop()
  })

  it('is that of one client: no other name, and no other tenant, runs into it', async () => {
    const { system, ear, heard } = setUp()
    await system.spawn(ear, { id: 'e', tenant: 'blue' }).ready
    const ask = (source: string, tenant: string | undefined, key: string) =>
      system
        .as(source, undefined, { tenant })
        .ask('e', { type: 'note', value: 1 }, { key })
        .catch((error: { code: string }) => error.code)
    expect(await ask('ann', 'blue', 'k')).toBe(1)
    expect(await ask('ann', undefined, 'blue\nk')).toBe('NOT_FOUND')
    expect(await ask('ann', 'blue', 'k')).toBe(1)
    expect(heard).toEqual([1])
    await system.stop()
  })

  it('forgets what was refused, so that it may be tried again', async () => {
    const { system, ear, note, ask, heard } = setUp()
    note(1)
    expect(await ask({ type: 'note', value: 2 })).toBe('NOT_FOUND')
    expect(() => system.deliver('e', { type: 'note', value: 3 }, { key: 'k' }, 'ann')).toThrow()
    const e = system.spawn(ear, { id: 'e', mailbox: { capacity: 3, overflow: 'refuse' } })
    await e.pause()
    note(1)
    note(1)
    const asked = ask({ type: 'note', value: 2 })
    system.deliver('e', { type: 'note', value: 3 }, { key: 'k' }, 'ann')
    note(4, 'full')
    await e.resume()
    expect(await asked).toBe(2)
    note(4, 'full')
    await settle()
    expect(heard).toEqual([1, 2, 3, 4])
    await system.stop()
  })

  it('forgets what ran out of time or room in the mailbox', async () => {
    const { system, ear, note, ask, heard, clock } = setUp()
    const e = system.spawn(ear, { id: 'e', mailbox: { capacity: 2 } })
    await e.pause()
    note(1)
    const first = ask({ type: 'note', value: 2 }, { ttl: 10 })
    note(3, 'other')
    await clock.advance(10)
    await e.resume()
    expect(await first).toBe('EXPIRED')
    note(1)
    expect(await ask({ type: 'note', value: 2 })).toBe(3)
    expect(heard).toEqual([3, 1, 2])
    await system.stop()
  })

  it('remembers what was handled, however that ended', async () => {
    const { system, ear, ask, heard, clock } = setUp()
    system.spawn(ear, { id: 'e' })
    const late = ask({ type: 'slow' }, { timeout: 10 })
    await clock.advance(10)
    expect(await late).toBe('TIMEOUT')
    expect(await ask({ type: 'slow' })).toBe('TIMEOUT')
    const failed = () => ask({ type: 'fail' }, { key: 'f' })
    const first = failed()
    await clock.advance(1_000)
    expect([await first, await failed()]).toEqual(['FAILED', 'FAILED'])
    expect(heard).toEqual(['slow', 'fail'])
    await system.stop()
  })

  it('remembers what was begun and put down, though its agent is stopped before it is begun anew', async () => {
    const { system, ear, heard } = setUp()
    const e = system.spawn(ear, { id: 'e' })
    const send = () => system.send('e', { type: 'slow' }, { key: 's' })
    send()
    await settle()
    await e.freeze()
    await settle()
    await e.stop({ force: true })
    const before = system.state.deadLetters
    send()
    expect(heard).toEqual(['slow'])
    expect(system.state.deadLetters).toBe(before)
    await system.stop()
  })
})

describe('an ask', () => {
  it('that is given no time runs out of that, not of a ttl that nobody gave it', async () => {
    const { system, ear, ask } = setUp()
    await system.spawn(ear, { id: 'e' }).ready
    expect(await ask({ type: 'slow' }, { timeout: 0 })).toBe('TIMEOUT')
    expect(await ask({ type: 'note', value: 1 }, { timeout: 50, ttl: 0, key: 'other' })).toBe('EXPIRED')
    await system.stop()
  })

  it.each([{ ttl: Number.NaN }, { ttl: -1 }, { timeout: Number.NaN }, { timeout: -1 }, { priority: 'urgent' }])(
    'is refused with %o',
    async (more) => {
      const { system, ear, ask } = setUp()
      await system.spawn(ear, { id: 'e' }).ready
      expect(await ask({ type: 'note', value: 1 }, more)).toBe('INVALID_MESSAGE')
      await system.stop()
    },
  )
})

describe('a fingerprint', () => {
  it('is that of the content, whatever its kind and the order of its fields', () => {
    const around: Record<string, unknown> = { a: 1 }
    around['self'] = around
    expect(fingerprint({ a: 1, b: undefined, c: { d: 1, e: 2 } })).toBe(fingerprint({ c: { e: 2, d: 1 }, a: 1 }))
    const all = [
      1,
      '1',
      1n,
      [1],
      { a: 1 },
      { a: '1' },
      null,
      undefined,
      true,
      new Map([['a', 1]]),
      new Set([1]),
      new Date(1),
      around,
    ]
    expect(new Set(all.map(fingerprint)).size).toBe(all.length)
    expect(fingerprint(new Uint8Array([1, 2]))).not.toBe(fingerprint(new Uint8Array([1, 3])))
  })
})
