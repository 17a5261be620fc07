/** The list of what needs a person in this process. */
import type { AttentionQuery } from '../../options.js'
import type { AttentionItem } from '../../protocol/attention.js'
import type { Applied } from '../../protocol/reply.js'
import type { AttentionList } from '../../ref.js'
import type { RefStage } from './ref.js'

export class LocalAttention implements AttentionList {
  readonly #stage: RefStage

  constructor(stage: RefStage) {
    this.#stage = stage
  }

  async list(query?: AttentionQuery): Promise<readonly AttentionItem[]> {
    return this.#stage.core.attention.list(query, this.#stage.reach)
  }
  async ack(id: string): Promise<Applied> {
    const { core, speaker, reach } = this.#stage
    core.attention.acknowledge(id, speaker, reach)
    return { id, state: 'acknowledged' }
  }
  async snooze(id: string, milliseconds: number): Promise<Applied> {
    const { core, speaker, reach } = this.#stage
    core.attention.snooze(id, milliseconds, speaker, reach)
    return { id, state: 'snoozed' }
  }
  async resolve(id: string, answer?: string): Promise<Applied> {
    const { core, speaker, reach } = this.#stage
    core.attention.resolve(id, speaker, answer, reach)
    return { id, state: 'resolved' }
  }
}
