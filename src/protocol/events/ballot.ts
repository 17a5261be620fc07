/** What may happen to ballots. Topic: `ballot.<id>.<what>`. */
import { z } from 'zod'
import { ballotState } from '../states.js'
import { count, id, label, rule, text, timestamp } from '../words.js'
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
  }),
  /** `choice` absent: the voter abstained. */
  'ballot.vote': event('ballot.vote', { id, voter: id, choice: label.optional(), reason: text.optional() }),
  'ballot.status': event('ballot.status', {
    id,
    state: ballotState,
    /** null: no choice reached what the rule asks for. */
    decision: label.nullable(),
    reason: z.enum(['decided', 'deadline', 'complete', 'veto', 'cancelled']).optional(),
    votes: z.record(z.string(), count),
    abstained: count,
  }),
} as const
