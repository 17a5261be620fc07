/** The ref of a schedule of this process. */
import type { Applied } from '../../protocol/reply.js'
import type { ScheduleRef } from '../../ref.js'
import { LocalRef } from './ref.js'

export class LocalScheduleRef extends LocalRef implements ScheduleRef {
  readonly kind = 'schedule'

  async cancel(): Promise<Applied> {
    if (this.refused) throw this.refused
    return { id: this.id, state: this.stage.core.schedules.cancel(this.id) ? 'cancelled' : 'ended' }
  }
}
