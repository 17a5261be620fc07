import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { agent } from '../../../actors/agent/define.js'
import { createLives } from '../../kit/mortal.js'
import { settle } from '../../kit/quiet.js'

const counter = (version: number, load: (data: unknown, version: number) => { sum: number }) =>
  agent('counter', {
    hears: { add: { n: z.number() }, sum: {} },
    state: () => ({ sum: 0 }),
    snapshot: { version, save: ({ sum }) => ({ sum }), load },
    on: {
      add: ({ n }, { state }) => {
        state.sum += n
      },
      sum: (_, { state }) => state.sum,
    },
  })

const plain = counter(1, (data) => z.object({ sum: z.number() }).parse(data))

const counted = async () => {
  const lives = createLives()
  const first = lives.begin()
  const one = first.system.spawn(plain, { id: 'one' })
  await one.ready
  one.send({ type: 'add', n: 3 })
  one.send({ type: 'add', n: 4 })
  await settle()
  first.kill()
  return lives
}

describe('the state of an agent that has a snapshot', () => {
  it('is as it was after the last message that was handled', async () => {
    const lives = await counted()
    const { system } = lives.begin()
    await system.recover([plain])
    expect(await system.ask('one', { type: 'sum' })).toBe(7)
  })

  it('is read by a newer version that knows how', async () => {
    const lives = await counted()
    const { system } = lives.begin()
    const newer = counter(2, (data, version) => ({
      sum: z.object({ sum: z.number() }).parse(data).sum * (version === 1 ? 10 : 1),
    }))
    await system.recover([newer])
    expect(await system.ask('one', { type: 'sum' })).toBe(70)
  })

  it('is set aside, told and begun anew where it cannot be read', async () => {
    const lives = await counted()
    const { system, errors } = lives.begin()
    const other = counter(3, (_, version) => {
      throw new Error(`version ${version} is not known here`)
    })
    await system.recover([other])
    expect(await system.ask('one', { type: 'sum' })).toBe(0)
    expect(errors.join()).toContain('version 1 is not known here')
    expect(lives.journal.records.get('aside/memory/one')).toMatchObject({ record: { version: 1, data: { sum: 7 } } })
  })

  it('begins anew after a crash of the agent alone, as its policy says', async () => {
    const lives = createLives()
    const { system } = lives.begin()
    const one = system.spawn(plain, { id: 'one' })
    await one.ready
    one.send({ type: 'add', n: 3 })
    await settle()
    await one.restart()
    await settle()
    expect(await one.ask({ type: 'sum' })).toBe(0)
  })

  it('needs a version that is one', () => {
    expect(() => counter(0, () => ({ sum: 0 }))).toThrow('version of a snapshot')
  })
})
