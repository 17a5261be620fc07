import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { majority, quorum, supermajority, unanimous } from '../../../src/vote/rules.js'
import { type Count, decisionOf, isCertain } from '../../../src/vote/tally.js'

/** What each voter said: an index into the choices, -1 for an abstention, undefined for nothing yet. */
type Said = readonly (number | undefined)[]

const countOf = (choices: readonly string[], said: Said): Count => ({
  choices,
  votes: choices.map((_, at) => said.filter((each) => each === at).length),
  abstained: said.filter((each) => each === -1).length,
  voters: said.length,
})

/** The rules, spelled out as one would on paper. */
const naive = (kind: string, part: number, need: number, choices: readonly string[], said: Said): string | null => {
  const cast = said.filter((each) => each !== undefined && each >= 0)
  const present = said.filter((each) => each !== undefined)
  if (cast.length === 0 || present.length < part * said.length - 1e-9) return null
  const winners = choices.filter((_, at) => {
    const mine = cast.filter((each) => each === at).length
    const others = choices.map((__, other) => (other === at ? -1 : cast.filter((each) => each === other).length))
    if (kind === 'majority') return mine > cast.length / 2
    if (kind === 'supermajority') return mine >= need * cast.length - 1e-9 && others.every((each) => each < mine)
    if (kind === 'unanimous') return mine === cast.length
    return others.every((each) => each < mine)
  })
  return winners[0] ?? null
}

const ballot = fc
  .record({
    kind: fc.constantFrom('majority', 'supermajority', 'unanimous', 'quorum'),
    part: fc.constantFrom(0, 0.3, 0.5, 2 / 3, 1),
    need: fc.constantFrom(0.5, 0.6, 2 / 3, 1),
    choices: fc.constantFrom(['a'], ['a', 'b'], ['a', 'b', 'c']),
    said: fc.array(fc.option(fc.integer({ min: -1, max: 2 }), { nil: undefined }), { minLength: 1, maxLength: 6 }),
  })
  .map((given) => ({
    ...given,
    said: given.said.map((each) => (each === undefined ? undefined : Math.min(each, given.choices.length - 1))),
  }))

const ruleOf = ({ kind, part, need }: { kind: string; part: number; need: number }) =>
  kind === 'majority'
    ? majority({ quorum: part })
    : kind === 'supermajority'
      ? supermajority({ share: need, quorum: part })
      : kind === 'unanimous'
        ? unanimous({ quorum: part })
        : quorum(part)

/** Every way in which those who have said nothing may still vote, abstain or stay away. */
function* endings(choices: readonly string[], said: Said): Generator<Said> {
  const open = said.indexOf(undefined)
  if (open < 0) return yield said
  for (let word = -1; word < choices.length; word++) yield* endings(choices, said.with(open, word))
  yield* endings(choices, said.with(open, -2))
}

describe('the tally', () => {
  it('decides as the rules read on paper, whatever the votes', () => {
    fc.assert(
      fc.property(ballot, (given) => {
        expect(decisionOf(ruleOf(given), countOf(given.choices, given.said))).toBe(
          naive(given.kind, given.part, given.need, given.choices, given.said),
        )
      }),
      { numRuns: 3_000 },
    )
  })

  it('calls an outcome certain exactly when no way of going on changes it', () => {
    fc.assert(
      fc.property(ballot, (given) => {
        const outcomes = new Set<string | null>()
        for (const end of endings(given.choices, given.said)) {
          const read = end.map((each) => (each === -2 ? undefined : each))
          outcomes.add(naive(given.kind, given.part, given.need, given.choices, read))
        }
        expect(isCertain(ruleOf(given), countOf(given.choices, given.said), false)).toBe(outcomes.size === 1)
      }),
      { numRuns: 1_500 },
    )
  })

  it('is not certain while somebody with a veto has not voted', () => {
    const count = { choices: ['yes', 'no'], votes: [3, 0], abstained: 0, voters: 4 }
    expect(isCertain(majority(), count, false)).toBe(true)
    expect(isCertain(majority(), count, true)).toBe(false)
  })

  it('refuses a share that is none', () => {
    expect(() => supermajority({ share: 1.5 })).toThrow(/0 to 1; got 1.5/)
    expect(() => quorum(Number.NaN)).toThrow(/0 to 1; got NaN/)
  })
})
