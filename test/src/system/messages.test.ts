/** How messages travel: how often, how far, until when, and what becomes of those that do not arrive. */
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { agent, task } from '../../../actors/index.js'
import { stop } from '../../../src/system/strategy.js'
import { quietSystem, settle } from '../../kit/quiet.js'

const heard: string[] = []
const ear = agent('ear', {
  hears: { note: { text: z.string() }, slow: { ms: z.number() }, relay: { to: z.string(), back: z.string() }, crash: {} },
  onFailure: stop(),
  on: {
    note: ({ text }) => heard.push(text),
    slow: async ({ ms }, { sleep }) => {
      await sleep(ms)
      return 'slept'
    },
    relay: ({ to, back }, { stage }) => stage.send(to, { type: 'relay', to: back, back: to }),
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

describe('a mailbox that is full', () => {
  const fill = async (overflow: 'drop-oldest' | 'drop-newest' | 'refuse' | 'fail-ask') => {
    const at = setUp()
    const a = at.system.spawn(ear, { id: 'a', mailbox: { capacity: 2, overflow } })
    await a.ready
    await a.pause()
    for (const text of ['1', '2', '3']) a.send(note(text))
    const ask = a.ask(note('ask')).catch((error: { code: string }) => error.code)
    await settle()
    const afar = (() => {
      try {
        at.system.check('a', note('afar'))
        return 'taken'
      } catch (error) {
        return (error as { code: string }).code
      }
    })()
    await a.resume()
    await settle()
    const answer = await Promise.race([ask, settle().then(() => 'open')])
    const left = [...heard]
    await at.system.stop()
    return { left, answer: typeof answer === 'number' ? 'answered' : answer, afar, dead: at.dead().length }
  }

  it.each([
    ['drop-oldest', { left: ['3', 'ask'], answer: 'answered', afar: 'taken', dead: 2 }],
    ['drop-newest', { left: ['1', '2'], answer: 'QUEUE_FULL', afar: 'taken', dead: 2 }],
    ['refuse', { left: ['1', '2'], answer: 'QUEUE_FULL', afar: 'QUEUE_FULL', dead: 2 }],
    ['fail-ask', { left: ['2', '3'], answer: 'QUEUE_FULL', afar: 'taken', dead: 2 }],
  ] as const)('does as it was told: %s', async (overflow, expected) => {
    expect(await fill(overflow)).toEqual(expected)
  })
})

describe('a message', () => {
  it('that passes from agent to agent without end becomes a dead letter', async () => {
    const { system, e, dead, seen } = setUp({ maxHops: 10 })
    system.spawn(ear, { id: 'f' })
    e.send({ type: 'relay', to: 'f', back: 'e' })
    await settle()
    expect(dead()).toEqual(['hops'])
    expect(seen.events.filter((event) => event.type === 'system.dead-letter')).toHaveLength(1)
    await system.stop()
  })

  it('is dead when its time is over before it is taken, and is refused with a time that is none', async () => {
    const { system, clock, e, dead } = setUp()
    await e.ready
    await e.pause()
    e.send(note('late'), { ttl: 100 })
    e.send(note('never'), { ttl: 0 })
    e.send(note('ever'), { ttl: Number.POSITIVE_INFINITY })
    e.send(note('odd'), { ttl: -1 })
    await expect(e.ask(note('odd'), { ttl: Number.NaN })).rejects.toMatchObject({ code: 'INVALID_MESSAGE' })
    await expect(e.ask(note('odd'), { timeout: -5 })).rejects.toMatchObject({ code: 'INVALID_MESSAGE' })
    await clock.advance(100)
    await e.resume()
    await settle()
    expect(heard).toEqual(['ever'])
    expect(dead().sort()).toEqual(['expired', 'expired', 'invalid'])
    await system.stop()
  })

  it('that is asked ends once, whatever becomes of whoever is asked', async () => {
    const { system, clock } = setUp()
    const ends = async (
      act: (ref: ReturnType<typeof system.spawn<typeof ear.hears, typeof ear.says, Record<string, unknown>, unknown>>) => unknown,
      more: object = {},
    ) => {
      const ref = system.spawn(ear)
      await ref.ready
      let count = 0
      const code = ref.ask({ type: 'slow', ms: 1_000 }, more).then(
        (value) => [++count, value],
        (error: { code: string }) => [++count, error.code],
      )
      await settle()
      await act(ref as never)
      await clock.advance(20_000)
      return code
    }
    expect(await ends(() => {})).toEqual([1, 'slept'])
    expect(await ends(() => {}, { timeout: 500 })).toEqual([1, 'TIMEOUT'])
    expect(await ends((ref) => void ref.stop({ grace: 100 }))).toEqual([1, 'CANCELLED'])
    expect(await ends((ref) => void ref.kill())).toEqual([1, 'KILLED'])
    expect(await ends((ref) => void ref.restart())).toEqual([1, 'CRASHED'])
    await system.stop()
  })

  it('is not waited for longer than whoever asked first waits', async () => {
    const { system, clock } = setUp()
    const middle = agent('middle', {
      hears: { go: {} },
      on: { go: (_, { stage }) => stage.ask('e', { type: 'slow', ms: 60_000 }) },
    })
    system.spawn(middle, { id: 'm' })
    const answer = system
      .as('ann', { deadline: clock.now() + 300 })
      .ask('m', { type: 'go' })
      .catch((error: Error) => error.message)
    await clock.advance(300)
    expect(await answer).toMatch(/within 300 ms/)
    await system.stop({ force: true })
  })
})

describe('a dead letter', () => {
  it('can be looked at and sent again, so often as may be', async () => {
    const { system, e, dead } = setUp({ deadLetters: { keep: 3, replays: 2 } })
    for (const text of ['0', '1', '2', '3']) system.send('later', note(text))
    const letters = await system.deadLetters()
    expect(letters.map(({ to, message, reason, replays }) => [to, message, reason, replays])).toEqual(
      ['3', '2', '1'].map((text) => ['later', note(text), 'no-actor', 0]),
    )
    const id = letters[0]?.id ?? ''
    await system.replay(id)
    expect((await system.deadLetters())[0]).toMatchObject({ id, replays: 1 })
    system.spawn(ear, { id: 'later' })
    await system.replay(id)
    await settle()
    expect(heard).toEqual(['3'])
    await expect(system.replay(id)).rejects.toMatchObject({ code: 'TOO_MANY' })
    await expect(system.replay('nobody')).rejects.toMatchObject({ code: 'NOT_FOUND' })
    expect(dead()).toHaveLength(5)
    expect(await system.deadLetters({ reason: 'expired' })).toEqual([])
    expect(await system.deadLetters({ to: 'later', limit: 1 })).toHaveLength(1)
    expect((await system.deadLetters({ before: letters[1]?.id ?? '' })).map(({ message }) => message)).toEqual([note('1')])
    await e.stop()
    await system.stop()
  })
})

describe('a schedule', () => {
  it('sends once, or again and again without drift, and says when it comes next', async () => {
    const { system, clock, e } = setUp()
    const start = clock.now()
    system.schedule(e, note('once'), { after: 150 })
    const beat = system.schedule(e, note('beat'), { every: 100, times: 3 })
    expect(system.state.agents.get('e')?.schedules).toMatchObject([{ next: start + 150 }, { id: beat.id, next: start + 100 }])
    await clock.advance(1_000)
    expect(heard).toEqual(['beat', 'once', 'beat', 'beat'])
    expect(system.state.agents.get('e')).not.toHaveProperty('schedules')
    await system.stop()
    expect(clock.pending).toBe(0)
  })

  it('waits through a pause without piling up, and keeps its beat', async () => {
    const { system, clock, e, seen } = setUp()
    await e.ready
    system.schedule(e, note('beat'), { every: 100 })
    await clock.advance(150)
    await e.pause()
    await clock.advance(500)
    await e.resume()
    await clock.advance(100)
    expect(heard).toEqual(['beat', 'beat', 'beat'])
    const changes = seen.events.flatMap((event) => (event.type === 'agent.schedule' ? [event.change] : []))
    expect(changes).toEqual(['created', 'fired', 'fired', 'skipped', 'skipped', 'skipped', 'skipped', 'fired'])
    await system.stop()
  })

  it('follows a cron expression in its time zone, over the change to summer time', async () => {
    const { system, clock, e, seen } = setUp()
    // 2024-03-30 12:00 in Berlin; in the night after it the clocks go forward.
    await clock.advance(Date.UTC(2024, 2, 30, 11) - clock.now())
    system.schedule(e, note('nine'), { cron: '0 9 * * *', timezone: 'Europe/Berlin', times: 2 })
    await clock.advance(3 * 86_400_000)
    const nexts = seen.events.flatMap((event) =>
      event.type === 'agent.schedule' && event.next ? [new Date(event.next).toISOString()] : [],
    )
    expect(nexts).toEqual(['2024-03-31T07:00:00.000Z', '2024-04-01T07:00:00.000Z'])
    expect(heard).toEqual(['nine', 'nine'])
    await system.stop()
  })

  it('can be cancelled, ends with its agent, and survives its restart', async () => {
    const { system, clock, e } = setUp()
    await e.ready
    const one = system.schedule(e, note('one'), { every: 100 })
    expect(await one.cancel()).toEqual({ id: one.id, state: 'cancelled' })
    expect(await system.scheduled(one.id).cancel()).toEqual({ id: one.id, state: 'ended' })
    system.schedule(e, note('two'), { every: 100 })
    await e.restart()
    await clock.advance(100)
    expect(heard).toEqual(['two'])
    await e.stop()
    await clock.advance(1_000)
    expect(heard).toEqual(['two'])
    expect(clock.pending).toBe(0)
    await system.stop()
  })

  it.each([
    [{ every: 0 }, /every of 1 or more milliseconds; got 0/],
    [{ every: 10, times: 0 }, /times of a schedule expects a whole number of 1 or more; got 0/],
    [{ every: 10, times: Number.NaN }, /times .* got NaN/],
    [{ cron: '* * * * *', times: 1.5 }, /times .* got 1.5/],
    [{ after: -1 }, /after of 0 or more milliseconds; got -1/],
    [{ cron: 'nonsense' }, /"nonsense" cannot be read/],
    [{ cron: '0 0 30 2 *' }, /never comes/],
    [{ cron: '* * * * *', timezone: 'Nowhere/Land' }, /cannot be read/],
  ])('at %j is refused with a sentence', async (when, why) => {
    const { system, e } = setUp()
    await expect(system.schedule(e, note('x'), when).ready).rejects.toThrow(why)
    await expect(system.schedule('nobody', note('x'), { after: 1 }).ready).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(system.schedule(e, { type: 'odd' }, { after: 1 }).ready).rejects.toMatchObject({ code: 'NO_HANDLER' })
    await system.stop()
  })

  it('is what a handler makes for itself, too', async () => {
    const { system, clock } = setUp()
    const waker = agent('waker', {
      hears: { go: {}, woken: {} },
      on: {
        go: (_, { stage, id }) => void stage.schedule(id, { type: 'woken' }, { after: 50 }),
        woken: () => void heard.push('woken'),
      },
    })
    system.spawn(waker).send({ type: 'go' })
    await clock.advance(50)
    expect(heard).toEqual(['woken'])
    const t = system.spawn(task({ to: system.spawn(ear), message: note('still') }))
    await t.result()
    await system.stop()
  })
})
