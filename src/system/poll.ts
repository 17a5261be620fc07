/** Opens a ballot in a system: its papers go to the agents among the voters, and who comes and goes meanwhile is followed. */
import { TroupeError } from '../errors.js'
import type { BallotView } from '../protocol/view.js'
import { Ballot, type BallotOptions } from '../vote/ballot.js'
import type { Poll } from '../vote/question.js'
import { majority } from '../vote/rules.js'
import type { Host } from './actor.js'

/** What a poll needs of its system. */
export interface Pollster
  extends Pick<Host, 'clock' | 'emit' | 'listen' | 'agent' | 'swarm' | 'view' | 'keeper' | 'tenant' | 'tenantOf'> {
  readonly ballots: Map<string, Ballot>
}

/**
 * Throws `NOT_FOUND` for a swarm that is not there and `INVALID_MESSAGE` for a question that cannot be decided. `past`: how it was in the
 * process before; who has voted then is not asked again.
 */
export const openPoll = (core: Pollster, poll: Poll, past?: BallotView): Ballot => {
  const { id, question, choices, rule = majority(), within, fallback, waits = false, passing, metadata, cause } = poll
  const { voters, swarm } = past ?? electorateOf(core, poll.voters)
  const stops = new Map<string, () => void>()
  const closed = () => {
    for (const stop of stops.values()) stop()
    core.keeper?.drop('ballot', id)
    forget(core, id)
  }
  const emit: BallotOptions['emit'] = (event, source) => void core.emit(event, { source, cause })
  const { clock } = core
  const ballot = new Ballot({ id, question, choices, voters, rule, within, swarm, metadata, clock, past, emit, closed })
  const paper = { id, question, choices, voters, deadline: ballot.deadline, fallback }
  const invite = (voter: string) => {
    const agent = core.agent(voter)
    // To a ballot of one tenant, an agent of another is no agent.
    if (!agent || !ballot.open || core.tenantOf(voter) !== core.tenant) return
    const stop = core.listen(`agent.${voter}.status`, ({ event }) => {
      if (event.type === 'agent.status' && event.state === 'stopped') ballot.leave(voter)
    })
    // Who comes back after having left is followed once.
    stops.get(voter)?.()
    stops.set(voter, stop)
    agent.ballot(paper, {
      // It may have closed, or its voter may have left the swarm, while the hook was at it: then its word comes too late.
      vote(choice, options) {
        if (ballot.hears(voter)) ballot.vote({ ...options, voter, choice })
      },
      none() {
        if (!waits && ballot.hears(voter)) ballot.vote({ voter, choice: fallback, reason: 'it has no opinion' })
      },
      silent(reason, gone) {
        if (!ballot.hears(voter) || ballot.hasSaid(voter)) return
        // Who is on the way out has not abstained: it is gone.
        if (gone) ballot.leave(voter)
        else ballot.vote({ voter, choice: undefined, reason })
      },
    })
  }
  core.ballots.set(id, ballot)
  if (past && passing) {
    ballot.cancel()
    return ballot
  }
  core.keeper?.keep('ballot', id, { fallback, waits, passing, cause })
  // Said of those whose own end nobody will hear of any more.
  if (past) for (const voter of voters) if (hasEnded(core, voter)) ballot.leave(voter)
  ballot.start()
  if (swarm && ballot.open)
    stops.set(
      '',
      core.listen(`swarm.${swarm}.member`, ({ event }) => {
        if (event.type !== 'swarm.member') return
        if (event.change === 'left') ballot.leave(event.agent)
        else if (ballot.join(event.agent)) invite(event.agent)
      }),
    )
  for (const voter of voters) if (!ballot.hasSaid(voter)) invite(voter)
  // Who voted at once may have closed it while the rest was still being invited.
  if (!ballot.open) for (const stop of stops.values()) stop()
  return ballot
}

/** Whether there was such an agent, and is none any more. */
const hasEnded = (core: Pollster, id: string): boolean => core.view.agents.get(id)?.state === 'stopped' && !core.agent(id)

const electorateOf = (core: Pollster, voters: Poll['voters']): { voters: readonly string[]; swarm: string | undefined } => {
  if (!('swarm' in voters)) return { voters: [...new Set(voters)], swarm: undefined }
  const swarm = core.swarm(voters.swarm)
  if (!swarm) throw new TroupeError('NOT_FOUND', `There is no swarm here with the id ${voters.swarm} whose members could vote.`)
  return { voters: [...swarm.members.keys()], swarm: swarm.id }
}

/** A closed ballot can be asked for its result for as long as the view remembers it. */
const forget = ({ ballots, view }: Pollster, latest: string): void => {
  for (const [id, ballot] of ballots) if (!ballot.open && id !== latest && !view.ballots.has(id)) ballots.delete(id)
}
