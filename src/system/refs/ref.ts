/** What all refs to what lives in this process have in common. */
import { TroupeError } from '../../errors.js'
import type { AskOptions, SendOptions } from '../../options.js'
import type { Applied } from '../../protocol/reply.js'
import type { AgentActor, AnyActor, Letter } from '../actor.js'
import type { Core } from '../core.js'

/** What a ref needs of the stage that it came from. */
export interface RefStage {
  readonly core: Core
  /** Who speaks: what stands as the source of what follows. */
  readonly speaker: string
  sendTo(to: string, message: Letter['message'], options: SendOptions | undefined, refused?: TroupeError): void
  /** Throws what the message is refused with. */
  steerTo(agent: AgentActor, message: Letter['message'], options: SendOptions | undefined): void
  askOf(to: string, message: Letter['message'], options: AskOptions | undefined, refused?: TroupeError): Promise<unknown>
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
    await verb(actor)
    return { id: this.id, state: actor.state }
  }

  protected missing(): TroupeError {
    const { agents, tasks, swarms } = this.stage.core.view
    const known = agents.get(this.id) ?? tasks.get(this.id) ?? swarms.get(this.id)
    return known
      ? new TroupeError('NOT_RUNNING', `${this.id} has ended: it is ${known.state}.`)
      : new TroupeError('NOT_FOUND', `There is nothing here with the id ${this.id}.`)
  }
}
