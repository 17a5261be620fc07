/** The ref of a ballot that lives in this process. */
import { TroupeError } from '../../errors.js'
import type { VoteOptions } from '../../options.js'
import type { Applied, Decision } from '../../protocol/reply.js'
import type { BallotRef } from '../../ref.js'
import type { Member } from '../definition.js'
import { LocalRef, nameOf } from './ref.js'

export class LocalBallotRef extends LocalRef implements BallotRef {
  readonly kind = 'ballot'

  async vote(voter: string | Member, choice?: string, options: VoteOptions = {}): Promise<Applied> {
    const ballot = this.#ballot
    this.stage.acting(() => ballot.vote({ ...options, voter: nameOf(voter), choice }))
    return { id: this.id, state: ballot.open ? 'open' : 'closed' }
  }
  async cancel(): Promise<Applied> {
    this.stage.acting(() => this.#ballot.cancel())
    return { id: this.id, state: 'closed' }
  }
  async result(): Promise<Decision> {
    return this.#ballot.outcome
  }
  get #ballot() {
    if (this.refused) throw this.refused
    const ballot = this.stage.core.ballots.get(this.id)
    if (!ballot) throw new TroupeError('NOT_FOUND', `There is no ballot here with the id ${this.id}.`)
    return ballot
  }
}
