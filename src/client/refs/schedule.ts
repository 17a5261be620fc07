/** The ref of a schedule of a distant system. */
import type { Applied } from '../../protocol/reply.js'
import type { ScheduleRef } from '../../ref.js'
import { RemoteRef } from './ref.js'

export class RemoteScheduleRef extends RemoteRef implements ScheduleRef {
  readonly kind = 'schedule'

  cancel(): Promise<Applied> {
    return this.verb('schedule.cancel', {})
  }
}
