/** The ref of a task that lives in a distant system. */
import type { Applied } from '../../protocol/reply.js'
import type { TaskChanges, TaskRef } from '../../ref.js'
import { RemoteRef } from './ref.js'

export class RemoteTaskRef extends RemoteRef implements TaskRef<never> {
  readonly kind = 'task'

  // The result's type follows from the declaration, which the erased ref does not know: `TaskRef` states it.
  async result(): Promise<never> {
    return (await this.verb<{ value: never }>('task.result', {}, { waits: true })).value
  }
  update(changes: TaskChanges): Promise<Applied> {
    return this.verb('task.update', { ...changes })
  }
  forget(reason?: string): Promise<Applied> {
    return this.verb('task.forget', { reason }, { timeout: Number.POSITIVE_INFINITY })
  }
  cancel(reason?: string): Promise<Applied> {
    return this.verb('task.cancel', { reason }, { timeout: Number.POSITIVE_INFINITY })
  }
  pause(): Promise<Applied> {
    return this.verb('task.pause', {})
  }
  resume(): Promise<Applied> {
    return this.verb('task.resume', {})
  }
  approve(reason?: string): Promise<Applied> {
    return this.verb('task.approve', { reason })
  }
  reject(reason?: string): Promise<Applied> {
    return this.verb('task.reject', { reason })
  }
}
