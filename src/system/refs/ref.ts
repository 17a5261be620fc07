/** What all refs to what lives in this process have in common. */
import { TroupeError } from '../../errors.js'
import type { Event, EventOf } from '../../protocol/event.js'
import type { Applied } from '../../protocol/reply.js'
import type { AnyActor } from '../actor.js'
import type { Core } from '../core.js'
import type { Post } from '../post.js'
import type { Reach } from '../reach.js'

/** What a ref needs of the stage that it came from. */
export interface RefStage {
  readonly core: Core
  /** Who speaks: what stands as the source of what follows. */
  readonly speaker: string
  /** How far whoever speaks reaches; undefined: everywhere. */
  readonly reach: Reach | undefined
  /** What happens while `run` runs is the speaker's doing. */
  acting<R>(run: () => R): R
  readonly post: Pick<Post, 'send' | 'relay' | 'ask' | 'steer'>
}

/** The id of whatever has one. */
export const nameOf = (ref: string | { readonly id: string }) => (typeof ref === 'string' ? ref : ref.id)

export abstract class LocalRef {
  readonly id: string
  readonly ready: Promise<void>
  protected readonly stage: RefStage
  protected readonly refused: TroupeError | undefined

  constructor(stage: RefStage, id: string, ready: Promise<void> | TroupeError) {
    this.stage = stage
    this.id = id
    this.refused = ready instanceof TroupeError ? ready : undefined
    this.ready = ready instanceof TroupeError ? Promise.reject(ready) : ready
    // Nobody has to look at `ready`; a refusal is told by every other verb too.
    this.ready.catch(() => {})
  }

  protected async apply<A extends AnyActor>(actor: A | undefined, verb: (actor: A) => unknown): Promise<Applied> {
    if (this.refused) throw this.refused
    if (!actor) throw this.missing()
    let seq: number | undefined
    const stop = this.stage.core.listen(`${actor.kind}.${actor.id}.status`, (envelope) => {
      seq = envelope.seq
    })
    try {
      await this.stage.acting(() => verb(actor))
    } finally {
      stop()
    }
    return { id: this.id, state: actor.state, ...(seq === undefined ? {} : { seq }) }
  }

  /** Says something of it that its actor need not know, while a view has it. */
  protected said(event: Exclude<Event, EventOf<'message'>>, known: { readonly state: string } | undefined): Applied {
    if (this.refused) throw this.refused
    if (!known) throw this.missing()
    this.stage.core.emit(event, { source: this.stage.speaker })
    return { id: this.id, state: known.state }
  }

  protected missing(): TroupeError {
    const { agents, tasks, swarms } = this.stage.core.view
    const known = agents.get(this.id) ?? tasks.get(this.id) ?? swarms.get(this.id)
    if (known) return new TroupeError('ENDED', `${this.id} has ended: it is ${known.state}.`)
    const state = this.stage.core.taskState(this.id)
    return state
      ? new TroupeError('ENDED', `${this.id} has ended: it is ${state}, and what came of it is no longer remembered.`)
      : new TroupeError('NOT_FOUND', `There is nothing here with the id ${this.id}.`)
  }
}
