/** The tally: votes in, decision out. Pure. */
import type { Rule } from '../protocol/words.js'

/** What has been said so far. */
export interface Count {
  readonly choices: readonly string[]
  /** What was cast for each choice, in the order of `choices`: voters, or their weight and confidence where the rule asks for them. */
  readonly votes: readonly number[]
  readonly abstained: number
  /** How many have voted or abstained. */
  readonly present: number
  readonly voters: number
  /** The most that those who have said nothing yet can still cast. */
  readonly open: number
}

/** The decision if the ballot closed now; null when no choice reaches what the rule asks for. */
export const decisionOf = (rule: Rule, { choices, votes, present, voters }: Count): string | null => {
  const cast = votes.reduce((sum, each) => sum + each, 0)
  // Sums of weights and shares such as 2/3 are not exact in binary: 2 of 3 votes are two thirds, 0.1 + 0.2 ties with 0.3, and what was
  // taken back may leave a trace.
  const slack = 1e-9 * Math.max(1, cast)
  if (cast <= slack || present < (rule.quorum ?? (rule.kind === 'quorum' ? 0.5 : 0)) * voters - 1e-9) return null
  const most = Math.max(...votes)
  const leader = votes.indexOf(most)
  const alone = votes.filter((each) => each > most - slack).length === 1
  const enough = (share: number) => alone && most >= share * cast - slack
  const half = most * 2 > cast + slack
  const wins = {
    majority: half,
    supermajority: enough(rule.share ?? 2 / 3),
    unanimous: most >= cast - slack,
    quorum: alone,
    weighted: rule.share === undefined ? half : enough(rule.share),
    plurality: enough(rule.confidence ?? 0),
  }
  return wins[rule.kind] ? (choices[leader] ?? null) : null
}

/** The share of all that was cast which a choice has, 0 to 1; 0 when nothing was. */
export const shareOf = ({ choices, votes }: Count, choice: string | null): number => {
  const cast = votes.reduce((sum, each) => sum + each, 0)
  return choice === null || cast <= 0 ? 0 : (votes[choices.indexOf(choice)] ?? 0) / cast
}

/**
 * Whether the outcome can no longer change, whatever those do who have not voted. Every rule is monotonous in the votes for one
 * choice, so it is enough to look at the extremes: they stay away, they all abstain, they all vote for one and the same choice.
 */
export const isCertain = (rule: Rule, count: Count, vetoOpen: boolean): boolean => {
  const { voters, present, open } = count
  if (present >= voters) return true
  if (vetoOpen) return false
  const now = decisionOf(rule, count)
  if (decisionOf(rule, { ...count, present: voters }) !== now) return false
  return count.votes.every(
    (_, choice) =>
      decisionOf(rule, {
        ...count,
        present: voters,
        votes: count.votes.map((each, at) => (at === choice ? each + open : each)),
      }) === now,
  )
}
