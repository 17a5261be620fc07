import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { matches } from '../../src/protocol/topic.js'
import { Subscriptions } from '../../src/subscriptions.js'

/** A table of which beginnings of the pattern cover which beginnings of the topic: slow, plain, and no way around it. */
const byTable = (pattern: readonly string[], topic: readonly string[]): boolean => {
  let row = [true, ...topic.map(() => false)]
  for (const part of pattern) {
    const next = [part === '#' && row[0] === true]
    for (const [at, segment] of topic.entries())
      next.push(part === '#' ? row[at + 1] === true || next[at] === true : row[at] === true && [segment, '*'].includes(part))
    row = next
  }
  return row[topic.length] === true
}

const segment = fc.constantFrom('a', 'b')
const topic = fc.array(segment, { minLength: 1, maxLength: 16 })
const pattern = fc.array(fc.oneof(segment, fc.constantFrom('*', '#', '#', '#')), { minLength: 1, maxLength: 16 })

describe('subscriptions', () => {
  it('find whom a table finds, among patterns as long and as wild as may be', () => {
    fc.assert(
      fc.property(fc.array(pattern, { minLength: 1, maxLength: 8 }), fc.array(topic, { maxLength: 4 }), (patterns, topics) => {
        const subscriptions = new Subscriptions<number>()
        for (const [at, each] of patterns.entries()) subscriptions.add(each.join('.'), at)
        for (const each of topics) {
          const expected = [...patterns.keys()].filter((at) => byTable(patterns[at] ?? [], each))
          expect(subscriptions.match(each.join('.'))).toEqual(expected)
          expect([...patterns.keys()].filter((at) => matches(patterns[at] ?? [], each))).toEqual(expected)
        }
      }),
      { numRuns: 500 },
    )
  })

  // A walk that tries every way takes hundreds of millions of steps here: it would run into the limit of the test by far.
  it('are not slowed down by the wildest pattern that is allowed', { timeout: 2_000 }, () => {
    const subscriptions = new Subscriptions<string>()
    const long = Array<string>(16).fill('a')
    subscriptions.add(Array<string>(16).fill('#').join('.'), 'any')
    subscriptions.add(`${Array<string>(7).fill('#.a').join('.')}.#.b`, 'none')
    expect(subscriptions.match(long.join('.'))).toEqual(['any'])
  })

  it('keep what they know of topics that a new pattern does not cover', () => {
    const subscriptions = new Subscriptions<string>()
    subscriptions.add('task.#', 'tasks')
    const before = subscriptions.match('task.t1.status')
    const undo = subscriptions.add('agent.#', 'agents')
    undo()
    expect(subscriptions.match('task.t1.status')).toBe(before)
    subscriptions.add('task.*.status', 'status')
    expect(subscriptions.match('task.t1.status')).toEqual(['tasks', 'status'])
  })
})
