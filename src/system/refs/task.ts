/** The ref of a task that lives in this process. */
import { TroupeError } from '../../errors.js'
import { optional } from '../../protocol/fold/entries.js'
import type { Applied } from '../../protocol/reply.js'
import type { TaskChanges, TaskRef } from '../../ref.js'
import type { TaskActor } from '../actor.js'
import { LocalRef, type RefStage } from './ref.js'

export class LocalTaskRef extends LocalRef implements TaskRef<never> {
  readonly kind = 'task'
  /** How it ends, where it was there when this ref was made: whoever has the ref has that, though the view forgets. */
  readonly #ended: TaskActor['ended'] | undefined

  /** `task`: the actor, or why there is none. */
  constructor(stage: RefStage, id: string, task: TaskActor | Promise<void> | TroupeError) {
    super(stage, id, 'kind' in task ? task.ready : task)
    this.#ended = 'kind' in task ? task.ended : undefined
  }

  async update({ title, metadata }: TaskChanges): Promise<Applied> {
    const changes = optional({ title, metadata })
    return this.said({ type: 'task.updated', id: this.id, ...changes }, this.stage.core.view.tasks.get(this.id))
  }
  async forget(reason?: string): Promise<Applied> {
    const over = this.#actor ? await this.cancel(reason) : {}
    return { ...over, ...this.said({ type: 'task.forgotten', id: this.id }, this.stage.core.view.tasks.get(this.id)) }
  }
  cancel(reason?: string): Promise<Applied> {
    return this.#reach(async (task) => {
      const reached = task.cancel(new TroupeError('CANCELLED', reason ? `The task was cancelled: ${reason}` : undefined))
      await task.ended
      return reached
    })
  }
  pause(): Promise<Applied> {
    return this.#reach((task) => task.pause())
  }
  resume(): Promise<Applied> {
    return this.#reach((task) => task.resume())
  }
  approve(reason?: string): Promise<Applied> {
    return this.#decide('approve', reason)
  }
  reject(reason?: string): Promise<Applied> {
    return this.#decide('reject', reason)
  }
  // The result's type follows from the declaration, which the erased ref does not know: `TaskRef` states it.
  async result(): Promise<never> {
    if (this.refused) throw this.refused
    const { error, value } = (await (this.#ended ?? this.#actor?.ended)) ?? this.#past()
    if (error) throw error
    return value as never
  }
  /** What is remembered of one that had ended before. */
  #past(): Awaited<TaskActor['ended']> {
    const { view } = this.stage.core
    const known = view.tasks.get(this.id)
    if (!known) throw this.missing()
    const { error, result } = known
    return { error: error && new TroupeError(error.code, error.message, { details: { ...error.details } }), value: result }
  }
  async #reach(verb: (task: TaskActor) => number | Promise<number>): Promise<Applied> {
    let reached = 0
    const applied = await this.apply(this.#actor, async (task) => {
      reached = await verb(task)
    })
    return reached > 0 ? { ...applied, reached } : applied
  }
  async #decide(decision: 'approve' | 'reject', reason: string | undefined): Promise<Applied> {
    const known = this.stage.core.view.tasks.get(this.id)?.approval
    if (known?.decision)
      throw new TroupeError(
        'INVALID_STATE',
        `Task ${this.id} was decided already: ${known.by ?? 'somebody'} said ${known.decision}.`,
      )
    return this.apply(this.#actor, (task) => task.decide(decision, this.stage.speaker, reason))
  }
  get #actor() {
    return this.stage.core.task(this.id)
  }
}
