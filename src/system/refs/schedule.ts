/** The ref of a schedule of this process. */
import type { Applied } from '../../protocol/reply.js'
import type { ScheduleRef } from '../../ref.js'
import { sees } from '../reach.js'
import { LocalRef } from './ref.js'

export class LocalScheduleRef extends LocalRef implements ScheduleRef {
  readonly kind = 'schedule'

  async cancel(): Promise<Applied> {
    if (this.refused) throw this.refused
    const { core, reach } = this.stage
    const agent = core.schedules.agentOf(this.id)
    const mine = agent !== undefined && sees(core, reach, agent)
    return { id: this.id, state: mine && core.schedules.cancel(this.id) ? 'cancelled' : 'ended' }
  }
}
