import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Rule } from '../../../src/protocol/words.js'
import { openFold, step } from '../../../src/vote/fold.js'
import { majority, plurality, quorum, supermajority, unanimous, weighted } from '../../../src/vote/rules.js'
import { decisionOf, isCertain } from '../../../src/vote/tally.js'

/** What a voter said last: an index into the choices, -1 for an abstention; undefined: nothing yet. */
type Said = { readonly choice: number; readonly sure: number } | undefined
interface Given {
  readonly kind: Rule['kind']
  readonly part: number
  readonly need: number
  readonly choices: readonly string[]
  readonly weights: readonly number[]
  readonly said: readonly Said[]
}

const nameOf = (at: number) => `v${at}`

const ruleOf = ({ kind, part, need, weights }: Given): Rule => {
  const options = { quorum: part, weights: Object.fromEntries(weights.map((weight, at) => [nameOf(at), weight])) }
  return {
    majority: () => majority(options),
    supermajority: () => supermajority({ ...options, share: need }),
    unanimous: () => unanimous(options),
    quorum: () => quorum(part, options),
    weighted: () => weighted(options.weights, { quorum: part, ...(need === 0.5 ? {} : { share: need }) }),
    plurality: () => plurality({ ...options, confidence: need - 0.5 }),
  }[kind]()
}

/** The rules, spelled out as one would on paper. */
const naive = (given: Given): string | null => {
  const { kind, part, need, choices, weights, said } = given
  const near = 1e-9
  const present = said.filter((each) => each !== undefined).length
  const forChoice = (wanted: number) =>
    said.reduce(
      (sum, each, at) => sum + (each?.choice === wanted ? (weights[at] ?? 1) * (kind === 'plurality' ? each.sure : 1) : 0),
      0,
    )
  const all = choices.reduce((sum, _, at) => sum + forChoice(at), 0)
  if (all <= near || present < part * said.length - near) return null
  const wins = (at: number): boolean => {
    const mine = forChoice(at)
    const beats = choices.every((__, other) => other === at || forChoice(other) < mine - near)
    switch (kind) {
      case 'majority':
        return mine > all / 2 + near
      case 'unanimous':
        return mine >= all - near
      case 'quorum':
        return beats
      case 'weighted':
        return need === 0.5 ? mine > all / 2 + near : beats && mine >= need * all - near
      case 'supermajority':
        return beats && mine >= need * all - near
      case 'plurality':
        return beats && mine >= (need - 0.5) * all - near
    }
  }
  return choices.find((_, at) => wins(at)) ?? null
}

const given: fc.Arbitrary<Given> = fc
  .record({
    kind: fc.constantFrom<Rule['kind'][]>('majority', 'supermajority', 'unanimous', 'quorum', 'weighted', 'plurality'),
    part: fc.constantFrom(0, 0.3, 0.5, 2 / 3, 1),
    need: fc.constantFrom(0.5, 0.6, 2 / 3, 1),
    choices: fc.constantFrom(['a'], ['a', 'b'], ['a', 'b', 'c']),
    weights: fc.array(fc.constantFrom(0, 0.1, 0.2, 0.3, 1, 2.5), { minLength: 6, maxLength: 6 }),
    even: fc.boolean(),
    said: fc.array(
      fc.option(fc.record({ choice: fc.integer({ min: -1, max: 2 }), sure: fc.constantFrom(0, 0.1, 0.2, 0.3, 1) }), {
        nil: undefined,
      }),
      { minLength: 1, maxLength: 5 },
    ),
  })
  .map(({ even, ...one }) => ({
    ...one,
    weights: even ? one.weights.map(() => 1) : one.weights,
    said: one.said.map((each) => each && { ...each, choice: Math.min(each.choice, one.choices.length - 1) }),
  }))

/** The ballot's own count of what was said, in the order of the voters; each may have said something else before. */
const foldOf = (one: Given, before: readonly Said[] = []) => {
  const voters = one.said.map((_, at) => nameOf(at))
  const words = [...before, ...one.said].flatMap((each, at) =>
    each && one.said[at % one.said.length]
      ? [{ kind: 'vote' as const, voter: nameOf(at % one.said.length), choice: each.choice, confidence: each.sure }]
      : [],
  )
  return words.reduce(step, openFold(ruleOf(one), one.choices, voters))
}

/** Every way in which those who have said nothing may still vote (sure or not), abstain or stay away. */
function* endings(one: Given, at = 0): Generator<Given> {
  if (at === one.said.length) return yield one
  yield* endings(one, at + 1)
  if (one.said[at]) return
  for (let choice = -1; choice < one.choices.length; choice++)
    for (const sure of one.kind === 'plurality' && choice >= 0 ? [0, 0.5, 1] : [1])
      yield* endings({ ...one, said: one.said.with(at, { choice, sure }) }, at + 1)
}

describe('the tally', () => {
  it('decides as the rules read on paper, whatever the votes, weights and confidence', () => {
    fc.assert(
      fc.property(given, (one) => {
        expect(decisionOf(ruleOf(one), foldOf(one))).toBe(naive(one))
      }),
      { numRuns: 4_000 },
    )
  })

  it('counts only the last word of a voter who changes it', () => {
    fc.assert(
      fc.property(given, given, (one, other) => {
        const before = one.said.map((_, at) => {
          const said = other.said[at % other.said.length]
          return said && { ...said, choice: Math.min(said.choice, one.choices.length - 1) }
        })
        expect(decisionOf(ruleOf(one), foldOf(one, before))).toBe(naive(one))
      }),
      { numRuns: 2_000 },
    )
  })

  it('calls an outcome certain exactly when no way of going on changes it', () => {
    fc.assert(
      fc.property(given, (one) => {
        const outcomes = new Set<string | null>()
        for (const end of endings(one)) outcomes.add(naive(end))
        expect(isCertain(ruleOf(one), foldOf(one), false)).toBe(outcomes.size === 1)
      }),
      { numRuns: 800 },
    )
  })

  it('is not certain while somebody with a veto has not voted', () => {
    const count = { choices: ['yes', 'no'], votes: [3, 0], abstained: 0, present: 3, voters: 4, open: 1 }
    expect(isCertain(majority(), count, false)).toBe(true)
    expect(isCertain(majority(), count, true)).toBe(false)
  })

  it('refuses a share, a weight or a confidence that is none', () => {
    expect(() => supermajority({ share: 1.5 })).toThrow(/0 to 1; got 1.5/)
    expect(() => quorum(Number.NaN)).toThrow(/0 to 1; got NaN/)
    expect(() => weighted({ ada: -1 })).toThrow(/weight of ada expects a number from 0 to .*; got -1/)
    expect(() => plurality({ confidence: 2 })).toThrow(/0 to 1; got 2/)
  })
})
