import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { entityOf, isReserved, matches, parsePattern, parseTopic } from '../../src/protocol/topic.js'
import { Subscriptions } from '../../src/subscriptions.js'

/** Matching as its definition reads: try everything. */
const naive = (pattern: readonly string[], topic: readonly string[]): boolean => {
  const [head, ...rest] = pattern
  if (head === undefined) return topic.length === 0
  if (head === '#') return naive(rest, topic) || (topic.length > 0 && naive(pattern, topic.slice(1)))
  return topic.length > 0 && (head === '*' || head === topic[0]) && naive(rest, topic.slice(1))
}

const segment = fc.constantFrom('a', 'b', 'c')
const topic = fc.array(segment, { minLength: 1, maxLength: 5 })
const pattern = fc.array(fc.oneof(segment, fc.constantFrom('*', '#')), { minLength: 1, maxLength: 5 })

describe('patterns', () => {
  it('match as their definition reads', () => {
    fc.assert(
      fc.property(pattern, topic, (p, t) => {
        expect(matches(p, t)).toBe(naive(p, t))
      }),
      { numRuns: 5_000 },
    )
  })

  it('are refused with what was expected and what came', () => {
    for (const wrong of ['', 'a..b', 'a b', 'a.', '.a', 'a.b#', 'ü', `${'a.'.repeat(16)}a`, 'x'.repeat(3_000)])
      expect(() => parsePattern(wrong)).toThrow(/Expected a pattern.*Got /)
    expect(() => parseTopic('task.*')).toThrow(/Expected a topic/)
  })

  it('know the entity and the domain of a topic', () => {
    expect([entityOf('task.t9.output'), entityOf('team.blue'), entityOf('x')]).toEqual(['task.t9', 'team.blue', 'x'])
    expect([isReserved('task.t9.output'), isReserved('system'), isReserved('team.blue'), isReserved('tasks.a')]).toEqual([
      true,
      true,
      false,
      false,
    ])
  })
})

describe('subscriptions', () => {
  it('find whom a naive search finds, in the order of coming, through any coming and going', () => {
    const move = fc.oneof(fc.record({ add: pattern }), fc.record({ remove: fc.nat(20) }), fc.record({ ask: topic }))
    fc.assert(
      fc.property(fc.array(move, { maxLength: 60 }), (moves) => {
        const subscriptions = new Subscriptions<number>()
        const mine: { pattern: string[]; id: number; undo: () => void; gone: boolean }[] = []
        for (const each of moves) {
          if ('add' in each)
            mine.push({
              pattern: each.add,
              id: mine.length,
              undo: subscriptions.add(each.add.join('.'), mine.length),
              gone: false,
            })
          else if ('remove' in each) {
            const one = mine[each.remove]
            one?.undo()
            if (one) one.gone = true
          } else
            expect(subscriptions.match(each.ask.join('.'))).toEqual(
              mine.filter((one) => !one.gone && naive(one.pattern, each.ask)).map((one) => one.id),
            )
        }
        expect(subscriptions.size).toBe(mine.filter((one) => !one.gone).length)
      }),
      { numRuns: 1_000 },
    )
  })

  it('can change while a list of them is walked through', () => {
    const subscriptions = new Subscriptions<string>()
    const undo = subscriptions.add('a', 'one')
    const list = subscriptions.match('a')
    undo()
    undo()
    subscriptions.add('a', 'two')
    expect([...list]).toEqual(['one'])
    expect(subscriptions.match('a')).toEqual(['two'])
  })
})
