/** What becomes of a ballot's entry in the view. */
import type { EventAbout, EventOf } from '../event.js'
import type { View } from '../view.js'
import { begin, optional, retire } from './entries.js'

export const foldBallot = (view: View, event: EventAbout<'ballot'>, at: number, keep: number): void => {
  if (event.type === 'ballot.opened') return ballotOpened(view, event, at)
  const ballot = view.ballots.get(event.id)
  if (!ballot) return
  switch (event.type) {
    case 'ballot.vote':
      ballot.votes[event.voter] = event.choice ?? null
      if (event.confidence !== undefined) ballot.confidences = { ...ballot.confidences, [event.voter]: event.confidence }
      else delete ballot.confidences?.[event.voter]
      return
    case 'ballot.voter':
      ballot.voters =
        event.change === 'joined' ? [...ballot.voters, event.voter] : ballot.voters.filter((voter) => voter !== event.voter)
      return
    case 'ballot.status':
      ballot.state = event.state
      ballot.decision = event.decision
      if (event.confidence !== undefined) ballot.confidence = event.confidence
      if (event.state !== 'closed') return
      ballot.closedAt = at
      if (event.reason) ballot.reason = event.reason
      retire(view.ballots, event.id, keep)
      return
    default:
      return event satisfies never
  }
}

const ballotOpened = (view: View, event: EventOf<'ballot.opened'>, at: number) =>
  begin(view.ballots, {
    id: event.id,
    question: event.question,
    choices: event.choices,
    voters: event.voters,
    rule: event.rule,
    state: 'open',
    votes: {},
    decision: null,
    openedAt: at,
    ...optional({ deadline: event.deadline, swarm: event.swarm, metadata: event.metadata }),
  })
