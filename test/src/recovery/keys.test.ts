/** Idempotency keys of messages: what a client sent before the process was killed is not sent again under its key. */
import { beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { agent } from '../../../actors/agent/define.js'
import { Budget } from '../../../src/budget.js'
import { createLives } from '../../kit/mortal.js'
import { settle } from '../../kit/quiet.js'

const heard: unknown[] = []
const ear = agent('ear', {
  hears: { note: { value: z.unknown() }, endless: {}, large: { size: z.number() }, refuse: {} },
  on: {
    note: ({ value }) => heard.push(value),
    endless: () => new Promise<void>(() => void heard.push('endless')),
    large: ({ size }) => 'x'.repeat(size),
    refuse(_, { fail }) {
      heard.push('refuse')
      fail('not today')
    },
  },
})

type Life = ReturnType<ReturnType<typeof createLives>['begin']>

const send = ({ system }: Life, value: unknown, key = 'k', from = 'ann') =>
  system.deliver('e', { type: 'note', value }, { key }, from)
const ask = ({ system }: Life, message: { type: string; [field: string]: unknown }, key = 'k') =>
  system
    .as('ann')
    .ask('e', message, { key })
    .catch((error: { code: string }) => error.code)

/** The life after one that was killed. */
const next = async (lives: ReturnType<typeof createLives>, former: Life, later?: number) => {
  former.kill()
  const life = lives.begin(later)
  await life.system.recover([ear])
  await settle()
  return life
}

const begin = async () => {
  const lives = createLives()
  const first = lives.begin()
  await first.system.spawn(ear, { id: 'e' }).ready
  return { lives, first }
}

const recordsOf = ({ journal }: ReturnType<typeof createLives>) => [...journal.records.list('message-key/')].length

beforeEach(() => void heard.splice(0))

describe('the key of a message that was sent before the process was killed', () => {
  it('is remembered: it is not sent again, nothing else is sent under it, and others may use it', async () => {
    const { lives, first } = await begin()
    send(first, 1)
    await settle()
    const second = await next(lives, first)
    send(second, 1)
    expect(() => send(second, 2)).toThrow(expect.objectContaining({ code: 'INVALID_MESSAGE' }))
    send(second, 3, 'k', 'bob')
    await settle()
    expect(heard).toEqual([1, 3])
  })

  it('goes with its message, which waits over the end of the process and is handled once', async () => {
    const { lives, first } = await begin()
    await first.system.agent('e').pause()
    send(first, 1)
    const second = await next(lives, first)
    send(second, 1)
    await second.system.agent('e').resume()
    await settle()
    expect(heard).toEqual([1])
  })

  it('is forgotten with a message that nobody handles any more, also when that is found out after the restart', async () => {
    const { lives, first } = await begin()
    await first.system.agent('e').pause()
    send(first, 1)
    const second = await next(lives, first)
    await second.system.agent('e').stop({ force: true })
    expect(second.system.state.deadLetters).toBe(1)
    expect(recordsOf(lives)).toBe(0)
  })

  it('is forgotten when its time is over', async () => {
    const { lives, first } = await begin()
    send(first, 1)
    await settle()
    const second = await next(lives, first, 600_000)
    send(second, 1)
    await settle()
    expect(heard).toEqual([1, 1])
    expect(recordsOf(lives)).toBe(1)
  })

  it('brings back what an ask was answered with, and nothing where that is not known', async () => {
    const { lives, first } = await begin()
    expect(await ask(first, { type: 'note', value: 1 }, 'answered')).toBe(1)
    expect(await ask(first, { type: 'refuse' }, 'refused')).toBe('FAILED')
    expect(await ask(first, { type: 'large', size: 100_000 }, 'large')).toHaveLength(100_000)
    void ask(first, { type: 'endless' }, 'under way')
    await settle()
    const second = await next(lives, first)
    heard.splice(0)
    expect(await ask(second, { type: 'note', value: 1 }, 'answered')).toBe(1)
    expect(await ask(second, { type: 'refuse' }, 'refused')).toBe('FAILED')
    expect(await ask(second, { type: 'large', size: 100_000 }, 'large')).toBe('UNKNOWN_OUTCOME')
    expect(await ask(second, { type: 'endless' }, 'under way')).toBe('UNKNOWN_OUTCOME')
    expect(heard).toEqual([])
  })

  it('of code in the process is not: what it sent ended with the process, and may be sent again', async () => {
    const { lives, first } = await begin()
    await first.system.agent('e').pause()
    first.system.send('e', { type: 'note', value: 1 }, { key: 'k' })
    const second = await next(lives, first)
    await second.system.agent('e').resume()
    second.system.send('e', { type: 'note', value: 1 }, { key: 'k' })
    await settle()
    expect(heard).toEqual([1])
  })
})

describe('what asks under keys were answered with', () => {
  it('is held up to a bound: then the oldest is not known any more, and is not asked again either', async () => {
    const { first } = await begin()
    const size = 12_000_000
    for (const key of ['a', 'b', 'c']) expect(await ask(first, { type: 'large', size }, key)).toHaveLength(size)
    expect(await ask(first, { type: 'large', size }, 'a')).toBe('UNKNOWN_OUTCOME')
    expect(await ask(first, { type: 'large', size }, 'c')).toHaveLength(size)
  })
})

describe('a budget', () => {
  it('lets the oldest go when there is more than may be, and what is too heavy at once', () => {
    const gone: string[] = []
    const budget = new Budget(10)
    const hold = (name: string, weight: number) => budget.hold(name, weight, () => gone.push(name))
    hold('a', 4)
    hold('b', 4)
    budget.release('a')
    hold('c', 6)
    expect([gone, budget.weight]).toEqual([[], 10])
    hold('d', 5)
    expect([gone, budget.weight]).toEqual([['b', 'c'], 5])
    hold('e', 11)
    expect([gone, budget.weight]).toEqual([['b', 'c', 'd', 'e'], 0])
  })
})
