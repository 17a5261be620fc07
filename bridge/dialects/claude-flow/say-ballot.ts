/** Ballots of swarms, in the words of claude-flow: about yes and no a consensus, about anything else a collective decision. */
import type { EventAbout, EventOf } from '../../../src/protocol/event.js'
import type { BallotView } from '../../../src/protocol/view.js'
import type { CollectiveDecisionEvent, ConsensusEvent } from './data.js'
import { type News, news, type Scene } from './news.js'
import { sidesOf } from './votes.js'

export const ballotNews = (event: EventAbout<'ballot'>, { view, timestamp }: Scene): readonly News[] => {
  const ballot = view.ballot(event.id)
  const swarm = ballot?.swarm
  // Who comes and goes while it is open is told by the swarm.
  if (!ballot || swarm === undefined || event.type === 'ballot.voter') return []
  if (event.type === 'ballot.status' && event.state !== 'closed') return []
  const sides = sidesOf(ballot)
  return [
    sides
      ? news('swarm.consensus', swarm, () => ({ ...consensus(event, ballot, sides), swarmId: swarm, timestamp }))
      : news('swarm.decision', swarm, () => ({ ...decision(event, ballot), swarmId: swarm, timestamp })),
  ]
}

type Told = EventOf<'ballot.opened' | 'ballot.vote' | 'ballot.status'>
type Sides = { readonly yes: string; readonly no: string }

const consensus = (event: Told, ballot: BallotView, sides: Sides): Omit<ConsensusEvent, 'swarmId' | 'timestamp'> => {
  const { id: proposalId, question, votes, metadata } = ballot
  const vote = (choice: string | null | undefined) => (choice === sides.yes ? 'yes' : choice === sides.no ? 'no' : 'abstain')
  switch (event.type) {
    case 'ballot.opened': {
      const proposal = metadata && Object.hasOwn(metadata, 'proposal') ? metadata['proposal'] : question
      return { proposalId, type: 'proposed', proposal }
    }
    case 'ballot.vote':
      return { proposalId, type: 'voting', votes: [{ agentId: event.voter, vote: vote(event.choice) }] }
    case 'ballot.status': {
      const accepted = event.decision === sides.yes
      const all = Object.entries(votes).map(([agentId, choice]) => ({ agentId, vote: vote(choice) }) as const)
      const count = (what: 'yes' | 'no' | 'abstain') => all.filter((each) => each.vote === what).length
      const result = { accepted, votesFor: count('yes'), votesAgainst: count('no'), abstentions: count('abstain') }
      return { proposalId, type: accepted ? 'accepted' : 'rejected', votes: all, result }
    }
  }
}

const decision = (event: Told, ballot: BallotView): Omit<CollectiveDecisionEvent, 'swarmId' | 'timestamp'> => {
  const { id: decisionId, question, choices, votes, confidences = {} } = ballot
  const sure = (agentId: string) => (Object.hasOwn(confidences, agentId) ? { confidence: confidences[agentId] ?? 1 } : {})
  const about = { decisionId, question, options: [...choices] }
  switch (event.type) {
    case 'ballot.opened':
      return { ...about, votes: [] }
    case 'ballot.vote': {
      const { voter, choice, confidence } = event
      const cast =
        choice === undefined ? [] : [{ agentId: voter, option: choice, ...(confidence === undefined ? {} : { confidence }) }]
      return { ...about, votes: cast }
    }
    case 'ballot.status': {
      const all = Object.entries(votes).flatMap(([agentId, option]) =>
        option === null ? [] : [{ agentId, option, ...sure(agentId) }],
      )
      return { ...about, votes: all, result: { selectedOption: event.decision ?? '', confidence: confidenceOf(event) } }
    }
  }
}

/** Of a plurality it was counted; else it is the share of what was cast. */
const confidenceOf = ({ decision: winner, confidence, votes }: EventOf<'ballot.status'>): number => {
  if (confidence !== undefined || winner === null) return confidence ?? 0
  const cast = Object.values(votes).reduce((sum, each) => sum + each, 0)
  return cast > 0 ? (votes[winner] ?? 0) / cast : 0
}
