/** One word of a voter after the other, folded into a count. Pure. */
import type { Rule } from '../protocol/words.js'
import type { Count } from './tally.js'

/** What a voter said last; `choice` is -1 for an abstention. */
interface Said {
  readonly choice: number
  readonly amount: number
}

export interface Fold extends Count {
  readonly rule: Rule
  /** Everybody who may vote, and what they said, if they did. */
  readonly electorate: ReadonlyMap<string, Said | undefined>
}

/** What happens to a ballot while it is open. Only who has said nothing leaves: a vote that was cast stands. */
export type Word =
  | { readonly kind: 'vote'; readonly voter: string; readonly choice: number; readonly confidence: number }
  | { readonly kind: 'joined'; readonly voter: string }
  | { readonly kind: 'left'; readonly voter: string }

const weightOf = ({ weights }: Rule, voter: string): number =>
  weights && Object.hasOwn(weights, voter) ? (weights[voter] ?? 1) : 1

/** A count in which nobody has said anything. */
export const openFold = (rule: Rule, choices: readonly string[], voters: Iterable<string>): Fold => {
  const electorate = new Map<string, undefined>()
  for (const voter of voters) electorate.set(voter, undefined)
  const open = [...electorate.keys()].reduce((sum, voter) => sum + weightOf(rule, voter), 0)
  return { rule, choices, votes: choices.map(() => 0), abstained: 0, present: 0, voters: electorate.size, open, electorate }
}

/** The map of the electorate is the fold's own and grows in place: copying it would make ten thousand votes cost a hundred million steps. */
export const step = (fold: Fold, word: Word): Fold => {
  const electorate = fold.electorate as Map<string, Said | undefined>
  const { voter } = word
  const weight = weightOf(fold.rule, voter)
  if (word.kind === 'joined') {
    electorate.set(voter, undefined)
    return { ...fold, voters: fold.voters + 1, open: fold.open + weight }
  }
  if (word.kind === 'left') {
    electorate.delete(voter)
    return { ...fold, voters: fold.voters - 1, open: Math.max(0, fold.open - weight) }
  }
  const before = electorate.get(voter)
  const { choice } = word
  const said = { choice, amount: weight * (fold.rule.kind === 'plurality' ? word.confidence : 1) }
  electorate.set(voter, said)
  const base = before ? takenBack(fold, before) : { ...fold, open: fold.open - weight, present: fold.present + 1 }
  return choice < 0
    ? { ...base, abstained: base.abstained + 1 }
    : { ...base, votes: base.votes.map((each, at) => (at === choice ? each + said.amount : each)) }
}

/** The count before a voter's last word. */
const takenBack = (fold: Fold, { choice, amount }: Said): Fold =>
  choice < 0
    ? { ...fold, abstained: fold.abstained - 1 }
    : { ...fold, votes: fold.votes.map((each, at) => (at === choice ? Math.max(0, each - amount) : each)) }
