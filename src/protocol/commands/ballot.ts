/** What may be asked of ballots. */
import { z } from 'zod'
import { id, label, metadata, milliseconds, rule, share, text } from '../words.js'
import { command } from './command-shape.js'

export const ballotCommands = {
  'ballot.propose': command('ballot.propose', {
    id: id.optional(),
    question: text,
    choices: z.array(label).min(1).max(100),
    /** Agents, other voters' ids, or one swarm whose members vote. */
    voters: z.union([z.array(id).max(100_000), z.object({ swarm: id })]),
    rule: rule.optional(),
    within: milliseconds.optional(),
    /** Whether agents without an opinion of their own are waited for, since somebody may vote as them. Default: they abstain. */
    waits: z.boolean().optional(),
    metadata,
  }),
  /** `choice` absent: abstain. */
  'ballot.vote': command('ballot.vote', {
    id,
    voter: id,
    choice: label.optional(),
    reason: text.optional(),
    confidence: share.optional(),
  }),
  'ballot.cancel': command('ballot.cancel', { id }),
  'ballot.result': command('ballot.result', { id }),
} as const
