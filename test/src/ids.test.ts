import { describe, expect, it } from 'vitest'
import { createIds, createSeededIds, type Ids, isId } from '../../src/ids.js'

const uuid7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const take = (ids: Ids, count: number) => Array.from({ length: count }, () => ids.next())
const timeOf = (id: string) => Number.parseInt(id.replace('-', '').slice(0, 12), 16)

describe('ids', () => {
  it('are UUIDs of version 7, dated by the clock', () => {
    const id = createIds(() => 1_704_067_200_123).next()
    expect(id).toMatch(uuid7)
    expect(timeOf(id)).toBe(1_704_067_200_123)
    expect(isId(id)).toBe(true)
  })

  it('rise strictly, also when thousands are made within a millisecond', () => {
    const list = take(
      createIds(() => 5),
      20_000,
    )
    expect(list.every((id) => uuid7.test(id))).toBe(true)
    expect(list.every((id, at) => at === 0 || (list[at - 1] ?? '') < id)).toBe(true)
  })

  it('rise strictly when the clock is set back', () => {
    const times = [1_000, 2_000, 1_500, 1_500, 2_001]
    const list = take(
      createIds(() => times.shift() ?? 0),
      5,
    )
    expect([...list].sort()).toEqual(list)
    expect(new Set(list).size).toBe(5)
  })

  it('keep their form under a clock that knows fractions of a millisecond', () => {
    const id = createSeededIds(1, () => 1_704_067_200_123.75).next()
    expect(id).toMatch(uuid7)
    expect(timeOf(id)).toBe(1_704_067_200_123)
  })

  it('come out the same for the same seed, and differ for another', () => {
    const from = (seed: number) => {
      const ids = createSeededIds(seed, () => 7)
      return [...take(ids, 3), ids.random(), ids.random()]
    }
    expect(from(1)).toEqual(from(1))
    expect(from(1)).not.toEqual(from(2))
  })

  it('bring random numbers from 0 up to 1 that spread evenly', () => {
    for (const ids of [createIds(), createSeededIds(3, () => 0)]) {
      const tenths = Array<number>(10).fill(0)
      for (let at = 0; at < 10_000; at++) {
        const tenth = Math.floor(ids.random() * 10)
        tenths[tenth] = (tenths[tenth] ?? Number.NaN) + 1
      }
      expect(tenths).toHaveLength(10)
      for (const count of tenths) expect(Math.abs(count - 1_000)).toBeLessThan(250)
    }
  })

  it('may be any short word of letters, digits, _ and -, and nothing that would split a topic', () => {
    expect(['ada', 'a_b-9', 'x'.repeat(128)].every(isId)).toBe(true)
    expect(['', 'a.b', 'a b', '*', 'ü', 'a\n', 'x'.repeat(129)].filter(isId)).toEqual([])
  })
})
