/** What may happen to ballots. Topic: `ballot.<id>.<what>`. */
import { z } from 'zod'
import { ballotState } from '../states.js'
import { count, id, label, rule, share, text, timestamp } from '../words.js'
import { event } from './event-shape.js'

export const ballotEvents = {
  'ballot.opened': event('ballot.opened', {
    id,
    question: text,
    choices: z.array(label),
    voters: z.array(id),
    rule,
    /** When it closes at the latest. */
    deadline: timestamp.optional(),
    swarm: id.optional(),
    metadata: z.record(z.string(), z.unknown()).optional(),
  }),
  /** `choice` absent: the voter abstained. */
  'ballot.vote': event('ballot.vote', {
    id,
    voter: id,
    choice: label.optional(),
    reason: text.optional(),
    /** How sure the voter is. */
    confidence: share.optional(),
  }),
  /** A voter came while it was open, or went without having voted. */
  'ballot.voter': event('ballot.voter', { id, voter: id, change: z.enum(['joined', 'left']) }),
  'ballot.status': event('ballot.status', {
    id,
    state: ballotState,
    /** null: no choice reached what the rule asks for. */
    decision: label.nullable(),
    reason: z.enum(['decided', 'deadline', 'complete', 'veto', 'cancelled']).optional(),
    /** What each choice was given: voters, weight or confidence, as the rule counts. */
    votes: z.record(z.string(), z.number().nonnegative()),
    abstained: count,
    /** For `plurality`: the share of all confidence that the decision has. */
    confidence: share.optional(),
  }),
} as const
