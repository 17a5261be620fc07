/** Opens a ballot in a system: its papers go to the agents among the voters, and who comes and goes meanwhile is followed. */
import { TroupeError } from '../errors.js'
import type { Cause } from '../protocol/envelope.js'
import type { Rule } from '../protocol/words.js'
import { Ballot, type BallotOptions } from '../vote/ballot.js'
import { majority } from '../vote/rules.js'
import type { Core } from './core.js'

export interface Poll {
  readonly id: string
  readonly question: string
  /** Ids of voters, or the swarm whose members vote, those who join while it is open included. */
  readonly voters: readonly string[] | { readonly swarm: string }
  readonly choices: readonly string[]
  readonly rule?: Rule | undefined
  readonly within?: number | undefined
  /** What an agent without an opinion votes. Default: it abstains. */
  readonly fallback?: string | undefined
  readonly cause?: Cause | undefined
}

/** Throws `NOT_FOUND` for a swarm that is not there and `INVALID_MESSAGE` for a question that cannot be decided. */
export const openPoll = (core: Core, poll: Poll): Ballot => {
  const { id, question, choices, rule = majority(), within, fallback, cause } = poll
  const { voters, swarm } = electorateOf(core, poll.voters)
  const stops = new Map<string, () => void>()
  const closed = () => {
    for (const stop of stops.values()) stop()
    forget(core, id)
  }
  const emit: BallotOptions['emit'] = (event, source) => void core.emit(event, { source, cause })
  const ballot = new Ballot({ id, question, choices, voters, rule, within, swarm, clock: core.clock, emit, closed })
  const paper = { id, question, choices, voters, deadline: ballot.deadline, fallback }
  const invite = (voter: string) => {
    const agent = core.agent(voter)
    if (!agent || !ballot.open) return
    const stop = core.listen(`agent.${voter}.status`, ({ event }) => {
      if (event.type === 'agent.status' && event.state === 'stopped') ballot.leave(voter)
    })
    stops.set(voter, stop)
    agent.ballot(paper, {
      vote(choice, options) {
        if (ballot.open) ballot.vote({ ...options, voter, choice })
      },
      silent(reason, gone) {
        if (!ballot.open || ballot.hasSaid(voter)) return
        // Who is on the way out has not abstained: it is gone.
        if (gone) ballot.leave(voter)
        else ballot.vote({ voter, choice: undefined, reason })
      },
    })
  }
  core.ballots.set(id, ballot)
  ballot.start()
  if (swarm && ballot.open)
    stops.set(
      '',
      core.listen(`swarm.${swarm}.member`, ({ event }) => {
        if (event.type !== 'swarm.member') return
        if (event.change === 'left') return ballot.leave(event.agent)
        ballot.join(event.agent)
        invite(event.agent)
      }),
    )
  for (const voter of voters) invite(voter)
  // Who voted at once may have closed it while the rest was still being invited.
  if (!ballot.open) for (const stop of stops.values()) stop()
  return ballot
}

const electorateOf = (core: Core, voters: Poll['voters']): { voters: readonly string[]; swarm: string | undefined } => {
  if (!('swarm' in voters)) return { voters, swarm: undefined }
  const swarm = core.swarm(voters.swarm)
  if (!swarm) throw new TroupeError('NOT_FOUND', `There is no swarm here with the id ${voters.swarm} whose members could vote.`)
  return { voters: [...swarm.members.keys()], swarm: swarm.id }
}

/** A closed ballot can be asked for its result for as long as the view remembers it. */
const forget = ({ ballots, view }: Core, latest: string): void => {
  for (const [id, ballot] of ballots) if (!ballot.open && id !== latest && !view.ballots.has(id)) ballots.delete(id)
}
