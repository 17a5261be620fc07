/** The ref of a ballot that lives in a distant system. */
import type { VoteOptions } from '../../options.js'
import type { Applied, Decision } from '../../protocol/reply.js'
import type { BallotRef } from '../../ref.js'
import type { Member } from '../../system/definition.js'
import { nameOf, RemoteRef } from './ref.js'

export class RemoteBallotRef extends RemoteRef implements BallotRef {
  readonly kind = 'ballot'

  vote(voter: string | Member, choice?: string, options: VoteOptions = {}): Promise<Applied> {
    return this.verb('ballot.vote', { ...options, voter: nameOf(voter), choice })
  }
  cancel(): Promise<Applied> {
    return this.verb('ballot.cancel', {})
  }
  result(): Promise<Decision> {
    return this.verb('ballot.result', {}, { waits: true })
  }
}
