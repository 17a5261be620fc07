/** What is published on `swarm.<id>.consensus` and `swarm.<id>.decision` of a swarm that is known here, or without the id: ballots, and votes in them. */
import type { z } from 'zod'
import { TroupeError } from '../../../src/errors.js'
import type { Command } from '../../../src/protocol/command.js'
import { fitted } from '../../../src/protocol/fitted.js'
import { type BallotView, isFinal } from '../../../src/protocol/view.js'
import { id as idSchema, type Rule } from '../../../src/protocol/words.js'
import type { Sight } from '../../dialect.js'
import { type ConsensusWord, consensusWord, type DecisionWord, decisionWord } from './data.js'
import type { ClaudeFlowOptions } from './options.js'

/** Commands, each with what the events that it leads to are known by. */
export interface Voting {
  readonly command: Command
  /** The ballot that it opens or the vote that it casts. */
  readonly about: { readonly ballot: string; readonly voter?: string }
}

type Known = Pick<Sight, 'swarm' | 'ballot' | 'mayRead'>

/** The choice for and the one against, where a ballot is about yes and no. */
export const sidesOf = ({
  choices,
  rule,
  metadata,
}: Pick<BallotView, 'choices' | 'rule' | 'metadata'>): { yes: string; no: string } | undefined => {
  const [first = '', second = ''] = choices
  if (choices.length !== 2 || rule.kind === 'plurality' || metadata?.['collective'] === true) return undefined
  const sides = [
    ['accept', 'reject'],
    ['yes', 'no'],
    ['approve', 'reject'],
  ]
  return sides.some(([yes, no]) => yes === first && no === second) ? { yes: first, no: second } : undefined
}

const byConfidence: Rule = { kind: 'plurality' }

const bad = (message: string) => new TroupeError('INVALID_MESSAGE', message)

const read = <S extends z.ZodType>(schema: S, data: unknown, what: string): z.infer<S> => {
  const result = fitted(schema, data)
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw bad(`${what} does not fit at ${issue?.path.map(String).join('.') || 'its top'}: ${issue?.message.slice(0, 300)}.`)
}

/** Throws where it can be no ballot's. */
const ballotId = (id: string, field: string): string => {
  if (idSchema.safeParse(id).success) return id
  throw bad(`The ${field} of a swarm that is known here is 1 to 128 of A-Z a-z 0-9 _ -; got ${JSON.stringify(id).slice(0, 80)}.`)
}

/** A vote is cast in the swarm's own ballots. */
const needOwn = (ballot: BallotView | undefined, id: string, swarm: string) => {
  if (ballot && ballot.swarm !== swarm) throw new TroupeError('NOT_FOUND', `Nothing called ${id} is voted on in ${swarm}.`)
}

/** Only what was counted is a result. */
const refuseResult = (ballot: string) => {
  throw new TroupeError(
    'FORBIDDEN',
    `The votes on ${ballot} are counted here; publish votes, and the swarm publishes the result.`,
  )
}

/**
 * What a message on a topic asks for. Undefined: it is only relayed, as everything in a swarm that is not known is. Throws
 * `INVALID_MESSAGE`, and `FORBIDDEN` for a result that was not counted, unless its publisher is `trusted`.
 */
export const votingOf = (
  topic: string,
  data: unknown,
  view: Known,
  options: ClaudeFlowOptions,
  trusted = false,
): readonly Voting[] | undefined => {
  if (typeof data !== 'object' || data === null) return undefined
  const { what, id } = placeOf(topic, data)
  if (id === undefined) return undefined
  // Who cannot know whether votes are counted there would have others hear, as a result, what was never counted.
  if (isVoting(what, data) && !view.mayRead(`swarm.${id}.status`))
    throw new TroupeError(
      'FORBIDDEN',
      `Voting in swarm ${id.slice(0, 128)} needs the right to read swarm.${id.slice(0, 128)}.status.`,
    )
  const swarm = view.swarm(id)
  if (!swarm || isFinal(swarm.state)) return undefined
  if (what === 'consensus' && 'type' in data && 'proposalId' in data)
    return consensus(swarm.id, read(consensusWord, data, 'A consensus message'), view, options, trusted)
  if (what === 'decision' && 'decisionId' in data)
    return decision(swarm.id, read(decisionWord, data, 'A decision message'), view, options, trusted)
  return undefined
}

/** Whether a message speaks of a vote in a swarm that is known here: what is proposed, voted and decided there is told by who counts. */
export const speaksOfVote = (topic: string, data: unknown, view: Pick<Known, 'swarm'>): boolean => {
  if (typeof data !== 'object' || data === null) return false
  const { what, id } = placeOf(topic, data)
  const swarm = id === undefined ? undefined : view.swarm(id)
  return swarm !== undefined && !isFinal(swarm.state) && isVoting(what, data)
}

/** Without the id in the topic the message says which swarm it is about. */
const placeOf = (topic: string, data: object): { readonly what: string; readonly id: string | undefined } => {
  const [domain, second = '', third] = topic.split('.')
  const id = third !== undefined ? second : 'swarmId' in data ? data.swarmId : undefined
  return { what: third ?? second, id: domain === 'swarm' && typeof id === 'string' ? id : undefined }
}

const isVoting = (what: string, data: object): boolean =>
  (what === 'consensus' && 'proposalId' in data) || (what === 'decision' && 'decisionId' in data)

const consensus = (
  swarm: string,
  { proposalId, type, proposal, votes = [] }: ConsensusWord,
  view: Known,
  { consensus: { rule, within } = {} }: ClaudeFlowOptions,
  trusted: boolean,
): readonly Voting[] | undefined => {
  const ballot = ballotId(proposalId, 'proposalId')
  const known = view.ballot(ballot)
  const { yes, no } = (known && sidesOf(known)) ?? { yes: 'accept', no: 'reject' }
  if (type === 'accepted' || type === 'rejected') return trusted ? undefined : refuseResult(ballot)
  if (type === 'voting') needOwn(known, ballot, swarm)
  if (type === 'voting' && votes.length === 0) throw bad('A message of type voting has votes: [{ agentId, vote }]; got none.')
  const cast = votes.map(({ agentId, vote }) =>
    voting(ballot, agentId, vote === 'abstain' ? undefined : vote === 'yes' ? yes : no),
  )
  if (type === 'voting') return cast
  const question = typeof proposal === 'string' ? proposal : (JSON.stringify(proposal ?? null) ?? 'null')
  const command: Command = {
    ...{ type: 'ballot.propose', id: ballot, question: question.slice(0, 10_000), choices: [yes, no], voters: { swarm } },
    ...{ waits: true, ...(rule ? { rule } : {}), ...(within === undefined ? {} : { within }) },
    ...(proposal === undefined ? {} : { metadata: { proposal } }),
  }
  return [{ command, about: { ballot } }, ...cast]
}

const decision = (
  swarm: string,
  { decisionId, question, options: choices, votes = [], result }: DecisionWord,
  view: Known,
  { decisions: { rule = byConfidence, within } = {} }: ClaudeFlowOptions,
  trusted: boolean,
): readonly Voting[] | undefined => {
  const ballot = ballotId(decisionId, 'decisionId')
  const known = view.ballot(ballot)
  if (result !== undefined && result !== null) return trusted ? undefined : refuseResult(ballot)
  const cast = votes.map(({ agentId, option, confidence }) => voting(ballot, agentId, option, confidence))
  if (cast.length > 0 && (known || !choices)) {
    needOwn(known, ballot, swarm)
    return cast
  }
  if (question === undefined || !choices) throw bad('A decision message has a question and options, or votes; got neither.')
  const command: Command = {
    ...{ type: 'ballot.propose', id: ballot, question, choices, voters: { swarm }, rule, waits: true },
    metadata: { collective: true },
    ...(within === undefined ? {} : { within }),
  }
  return [{ command, about: { ballot } }, ...cast]
}

const voting = (ballot: string, voter: string, choice: string | undefined, confidence?: number): Voting => ({
  command: {
    ...{ type: 'ballot.vote', id: ballot, voter },
    ...(choice === undefined ? {} : { choice }),
    ...(confidence === undefined ? {} : { confidence }),
  },
  about: { ballot, voter },
})
