/** How a ballot ended that was closed in a process before. */

import type { Decision } from '../protocol/reply.js'
import type { BallotView } from '../protocol/view.js'
import { openFold, step } from './fold.js'

/** Undefined for one that is open. */
export const outcomeOf = ({ rule, choices, voters, votes, confidences, ...view }: BallotView): Decision | undefined => {
  const { decision, reason, confidence } = view
  if (reason === undefined) return undefined
  let fold = openFold(rule, choices, voters)
  for (const [voter, choice] of Object.entries(votes))
    if (fold.electorate.has(voter))
      fold = step(fold, {
        ...{ kind: 'vote', voter, confidence: confidences?.[voter] ?? 1 },
        choice: choice === null ? -1 : choices.indexOf(choice),
      })
  const byChoice = Object.fromEntries(choices.map((choice, at) => [choice, fold.votes[at] ?? 0]))
  const sure = confidence === undefined ? {} : { confidence }
  return { decision, reason, votes: byChoice, abstained: fold.abstained, voters: fold.voters, ...sure }
}
