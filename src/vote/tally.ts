/** The tally: votes in, decision out. Pure. */
import type { Rule } from '../protocol/words.js'

/** What has been said so far. */
export interface Count {
  readonly choices: readonly string[]
  /** Votes for each choice, in the order of `choices`. */
  readonly votes: readonly number[]
  readonly abstained: number
  readonly voters: number
}

/** The decision if the ballot closed now; null when no choice reaches what the rule asks for. */
export const decisionOf = (rule: Rule, { choices, votes, abstained, voters }: Count): string | null => {
  const cast = votes.reduce((sum, each) => sum + each, 0)
  if (cast === 0 || cast + abstained < (rule.quorum ?? 0) * voters - epsilon) return null
  const most = Math.max(...votes)
  const leader = votes.indexOf(most)
  const alone = votes.lastIndexOf(most) === leader
  const enough = {
    majority: most * 2 > cast,
    supermajority: alone && most >= (rule.share ?? 2 / 3) * cast - epsilon,
    unanimous: most === cast,
    quorum: alone,
  }
  return enough[rule.kind] ? (choices[leader] ?? null) : null
}

/** Shares such as 2/3 are not exact in binary: 2 of 3 votes are two thirds. */
const epsilon = 1e-9

/**
 * Whether the outcome can no longer change, whatever those do who have not voted. Every rule is monotonous in the votes for one
 * choice, so it is enough to look at the extremes: they stay away, they all abstain, they all vote for one and the same choice.
 */
export const isCertain = (rule: Rule, count: Count, vetoOpen: boolean): boolean => {
  const open = count.voters - count.abstained - count.votes.reduce((sum, each) => sum + each, 0)
  if (open === 0) return true
  if (vetoOpen) return false
  const now = decisionOf(rule, count)
  if (decisionOf(rule, { ...count, abstained: count.abstained + open }) !== now) return false
  return count.votes.every(
    (_, choice) =>
      decisionOf(rule, { ...count, votes: count.votes.map((each, at) => (at === choice ? each + open : each)) }) === now,
  )
}
