/** What an outbox counts: the offsets that wait, and what was lost. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Losses } from '../../bridge/losses.js'
import { Waiting } from '../../bridge/waiting.js'
import type { Envelope } from '../../src/protocol/envelope.js'

describe('the offsets that wait', () => {
  it('always know their smallest, whatever leaves first', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 3_000 }), (steps) => {
        const waiting = new Waiting()
        const naive: number[] = []
        let offset = 0
        for (const step of steps) {
          if (step < 3 || naive.length === 0) {
            waiting.add(++offset)
            naive.push(offset)
          } else {
            const [gone] = naive.splice(step === 3 ? 0 : (offset * 7 + step) % naive.length, 1)
            if (gone !== undefined) waiting.remove(gone)
          }
          expect(waiting.oldest).toBe(naive[0])
        }
      }),
    )
  })
})

describe('losses', () => {
  it('are refused beyond a bound, since a client that far behind does not read', () => {
    const losses = new Losses()
    const note = (topic: string) => losses.note({ topic, seq: 1 } as Envelope, 'overflow')
    for (let count = 0; count < 10_000; count++) expect(note(`a.${count}`)).toBe(true)
    expect(note('a.one-more')).toBe(false)
    expect(note('a.1')).toBe(true)
    expect(new Set([...losses.take()].map(({ topic }) => topic)).size).toBe(10_000)
    expect(note('a.one-more')).toBe(true)
  })

  it('are told for each tenant by itself, since each counts by itself', () => {
    const losses = new Losses()
    for (const [tenant, seq] of [
      ['blue', 1],
      [undefined, 1],
      ['blue', 2],
    ] as const)
      losses.note({ topic: 'a.b', seq, ...(tenant ? { tenant } : {}) } as Envelope, 'overflow')
    expect([...losses.take()].map(({ tenant, count }) => [tenant, count])).toEqual([
      ['blue', 2],
      [undefined, 1],
    ])
  })

  it('are told hole by hole, so that nothing which is delivered stands in a range', () => {
    const losses = new Losses()
    for (const seq of [1, 2, 3, 7, 8, 20]) losses.note({ topic: 'a.b', seq } as Envelope, 'overflow')
    expect([...losses.take()].map(({ fromSeq, toSeq, count }) => [fromSeq, toSeq, count])).toEqual([
      [1, 3, 3],
      [7, 8, 2],
      [20, 20, 1],
    ])
    for (let seq = 1; seq <= 1_000; seq += 2) losses.note({ topic: 'a.b', seq } as Envelope, 'overflow')
    const many = [...losses.take()]
    // More holes than are worth telling one by one are one range at the end, with how many are missing in it.
    expect([many.length, many.reduce((sum, { count }) => sum + count, 0), many.at(-1)?.toSeq]).toEqual([100, 500, 999])
  })
})
