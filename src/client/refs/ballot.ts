/** The ref of a ballot that lives in a distant system. */
import type { Applied, Decision } from '../../protocol/reply.js'
import type { BallotRef } from '../../ref.js'
import type { Member } from '../../system/definition.js'
import { nameOf, RemoteRef } from './ref.js'

export class RemoteBallotRef extends RemoteRef implements BallotRef {
  readonly kind = 'ballot'

  vote(voter: string | Member, choice?: string, reason?: string): Promise<Applied> {
    return this.verb('ballot.vote', { voter: nameOf(voter), choice, reason })
  }
  cancel(): Promise<Applied> {
    return this.verb('ballot.cancel', {})
  }
  result(): Promise<Decision> {
    return this.verb('ballot.result', {}, { waits: true })
  }
}
