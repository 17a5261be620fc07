/** What clients' commands to ballots do. */
import { TroupeError } from '../../src/errors.js'
import { type Doings, ready, resultFor } from './doing.js'

export const ballotDoings: Doings<'ballot'> = {
  'ballot.propose': {
    needs: 'write',
    on: ({ id }) => `ballot.${id ?? 'new'}`,
    run({ question, voters, type: _, ...options }, stage) {
      return ready(stage.propose(question, { ...options, voters: Array.isArray(voters) ? voters : stage.swarm(voters.swarm) }))
    },
  },
  'ballot.vote': {
    needs: 'write',
    on: ({ id }) => `ballot.${id}`,
    async run({ id, voter, choice, reason, confidence }, stage, { rights }) {
      if (!rights.mayVoteAs(voter))
        throw new TroupeError(
          'FORBIDDEN',
          `The token does not allow voting as ${voter}; its agents are ${rights.principal.agents.join(', ') || 'none'}.`,
        )
      return stage.ballot(id).vote(voter, choice, { reason, confidence })
    },
  },
  'ballot.cancel': { needs: 'write', on: ({ id }) => `ballot.${id}`, run: ({ id }, stage) => stage.ballot(id).cancel() },
  'ballot.result': {
    needs: 'read',
    run: ({ id }, stage, context) => resultFor(context, `ballot.${id}.status`, stage.ballot(id)),
  },
}
