/** The ref of a task that lives in this process. */
import { TroupeError } from '../../errors.js'
import type { Applied } from '../../protocol/reply.js'
import type { TaskRef } from '../../ref.js'
import { LocalRef } from './ref.js'

export class LocalTaskRef extends LocalRef implements TaskRef<never> {
  readonly kind = 'task'

  cancel(reason?: string): Promise<Applied> {
    return this.apply(this.#actor, async (task) => {
      task.cancel(new TroupeError('CANCELLED', reason ? `The task was cancelled: ${reason}` : undefined))
      await task.ended
    })
  }
  pause(): Promise<Applied> {
    return this.apply(this.#actor, (task) => task.pause())
  }
  resume(): Promise<Applied> {
    return this.apply(this.#actor, (task) => task.resume())
  }
  // The result's type follows from the declaration, which the erased ref does not know: `TaskRef` states it.
  async result(): Promise<never> {
    if (this.refused) throw this.refused
    const task = this.#actor
    if (task) {
      const { error, value } = await task.ended
      if (error) throw error
      return value as never
    }
    const ended = this.stage.core.view.tasks.get(this.id)
    if (!ended) throw this.missing()
    if (ended.error) throw new TroupeError(ended.error.code, ended.error.message, { details: { ...ended.error.details } })
    return ended.result as never
  }
  get #actor() {
    return this.stage.core.task(this.id)
  }
}
