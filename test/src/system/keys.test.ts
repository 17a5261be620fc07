/** Messages that are sent again, and heard once. */
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { agent } from '../../../actors/index.js'
import { stop } from '../../../src/system/strategy.js'
import { quietSystem, settle } from '../../kit/quiet.js'

const heard: string[] = []
const ear = agent('ear', {
  hears: { note: { text: z.string() }, slow: { ms: z.number() }, crash: {} },
  onFailure: stop(),
  on: {
    note: ({ text }) => heard.push(text),
    slow: async ({ ms }, { sleep }) => {
      await sleep(ms)
      return 'slept'
    },
    crash() {
      throw new Error('bang')
    },
  },
})

const setUp = (options: Parameters<typeof quietSystem>[0] = {}) => {
  heard.length = 0
  const quiet = quietSystem(options)
  const dead = () => quiet.seen.events.flatMap((event) => (event.type === 'system.dead-letter' ? [event.reason] : []))
  return { ...quiet, e: quiet.system.spawn(ear, { id: 'e' }), dead }
}
const note = (text: string) => ({ type: 'note', text }) as const

describe('an idempotency key', () => {
  it('sends a message once, gives every ask the first answer, and counts for one sender and receiver', async () => {
    const { system, e } = setUp()
    system.spawn(ear, { id: 'other' })
    for (let times = 0; times < 3; times++) e.send(note('a'), { key: 'k' })
    system.send('other', note('b'), { key: 'k' })
    system.as('ann').send('e', note('c'), { key: 'k' })
    const answers = await Promise.all([1, 2].map(() => e.ask(note('d'), { key: 'k' })))
    await settle()
    expect(heard.sort()).toEqual(['a', 'b', 'c', 'd'])
    expect(answers[0]).toBe(answers[1])
    await system.stop()
  })

  it('is not remembered for what nobody could hear, and is for what somebody failed at', async () => {
    const { system, clock, dead } = setUp()
    const ask = (type: string, ms = 0) =>
      system.ask('later', { type, text: 'asked', ms }, { key: type, timeout: 50 }).catch((error: { code: string }) => error.code)
    const send = () => system.send('later', note('sent'), { key: 'k' })
    send()
    expect(await Promise.all([ask('note'), ask('odd')])).toEqual(['NOT_FOUND', 'NOT_FOUND'])
    const later = system.spawn(ear, { id: 'later' })
    await later.pause()
    const late = ask('slow', 10)
    await clock.advance(50)
    await later.resume()
    await settle()
    expect(await late).toBe('TIMEOUT')
    expect(dead()).toEqual(['no-actor', 'expired'])
    for (let times = 0; times < 2; times++) send()
    const answers = [ask('note'), ask('note'), ask('slow', 10), ask('slow', 10), ask('odd'), ask('crash'), ask('crash')]
    await clock.advance(10)
    expect(await Promise.all(answers)).toEqual([2, 2, 'slept', 'slept', 'NO_HANDLER', 'CRASHED', 'CRASHED'])
    expect(heard).toEqual(['sent', 'asked'])
    await system.stop()
  })

  it('is remembered for its window, and no more keys than may be', async () => {
    const { system, clock, e } = setUp({ keys: { window: 1_000, limit: 2 } })
    const say = (key: string) => e.send(note(key), { key })
    for (const key of ['a', 'a', 'b', 'c', 'a', 'c']) say(key)
    await clock.advance(1_000)
    say('c')
    await settle()
    expect(heard).toEqual(['a', 'b', 'c', 'a', 'c'])
    await system.stop()
  })
})
