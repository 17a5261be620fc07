/** The ref of a ballot that lives in this process. */
import { TroupeError } from '../../errors.js'
import type { VoteOptions } from '../../options.js'
import type { Applied, Decision } from '../../protocol/reply.js'
import type { BallotRef } from '../../ref.js'
import { outcomeOf } from '../../vote/recall.js'
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
    if (this.refused) throw this.refused
    const { ballots, view } = this.stage.core
    const closed = ballots.has(this.id) ? undefined : view.ballots.get(this.id)
    return (closed && outcomeOf(closed)) ?? this.#ballot.outcome
  }
  get #ballot() {
    if (this.refused) throw this.refused
    const { ballots, view } = this.stage.core
    const ballot = ballots.get(this.id)
    if (!ballot && view.ballots.has(this.id))
      throw new TroupeError('INVALID_STATE', `Ballot ${this.id} is closed; votes are no longer taken.`)
    if (!ballot) throw new TroupeError('NOT_FOUND', `There is no ballot here with the id ${this.id}.`)
    return ballot
  }
}
