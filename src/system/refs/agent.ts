/** The ref of an agent that lives in this process. */

import { needDuration } from '../../given.js'
import type { AskOptions, SendOptions, StopOptions } from '../../options.js'
import type { Applied } from '../../protocol/reply.js'
import type { AgentRef } from '../../ref.js'
import type { Letter } from '../actor.js'
import { LocalRef } from './ref.js'

export class LocalAgentRef extends LocalRef implements AgentRef {
  readonly kind = 'agent'

  send(message: Letter['message'], options?: SendOptions): void {
    this.stage.post.send(this.id, message, options, this.refused)
  }
  // The answer's type follows from the definition, which the erased ref does not know: `AgentRef` states it.
  ask(message: Letter['message'], options?: AskOptions): Promise<never> {
    return this.stage.post.ask(this.id, message, options, this.refused) as Promise<never>
  }
  pause(): Promise<Applied> {
    return this.apply(this.#actor, (agent) => agent.pause())
  }
  freeze(): Promise<Applied> {
    return this.apply(this.#actor, (agent) => agent.freeze())
  }
  steer(message: Letter['message'], options?: Pick<SendOptions, 'ttl'>): Promise<Applied> {
    return this.apply(this.#actor, (agent) => this.stage.post.steer(agent, message, options))
  }
  terminate(options: Pick<StopOptions, 'grace' | 'reason'> = {}): Promise<Applied> {
    return this.stop(options)
  }
  kill(reason?: string): Promise<Applied> {
    return this.stop({ force: true, reason })
  }
  resume(): Promise<Applied> {
    return this.apply(this.#actor, (agent) => agent.resume())
  }
  restart(): Promise<Applied> {
    return this.apply(this.#actor, (agent) => agent.restart())
  }
  stop(options?: StopOptions): Promise<Applied> {
    return this.apply(this.#actor, (agent) => {
      needDuration('The grace of a stop', options?.grace)
      return agent.stop(options)
    })
  }
  async result(): Promise<void> {
    if (this.refused) throw this.refused
    const agent = this.#actor
    if (agent) return agent.ended
    if (!this.stage.core.view.agents.has(this.id)) throw this.missing()
  }
  get #actor() {
    return this.stage.core.agent(this.id)
  }
}
