/** The ref of a swarm that lives in this process. */

import { needDuration, needWord } from '../../given.js'
import type { SendOptions, StopOptions } from '../../options.js'
import { optional } from '../../protocol/fold/entries.js'
import type { Applied, SwarmSummary } from '../../protocol/reply.js'
import { type Topology, topology as topologies } from '../../protocol/states.js'
import type { HandOverOptions, SwarmChanges, SwarmRef } from '../../ref.js'
import type { Letter } from '../actor.js'
import type { Member } from '../definition.js'
import { LocalRef, nameOf } from './ref.js'

export class LocalSwarmRef extends LocalRef implements SwarmRef {
  readonly kind = 'swarm'

  join(agent: string | Member, role?: string): Promise<Applied> {
    return this.apply(this.#actor, (swarm) => swarm.join(nameOf(agent), role))
  }
  leave(agent: string | Member, reason?: string): Promise<Applied> {
    return this.apply(this.#actor, (swarm) => swarm.leave(nameOf(agent), reason))
  }
  send(from: string | Member, to: string | Member, message: Letter['message'], options?: SendOptions): void {
    this.stage.post.relay(this.refused ? undefined : this.#actor, nameOf(from), nameOf(to), message, options)
  }
  async update({ name, goal, metadata }: SwarmChanges): Promise<Applied> {
    const changes = optional({ name, goal, metadata })
    return this.said({ type: 'swarm.updated', id: this.id, ...changes }, this.stage.core.view.swarms.get(this.id))
  }
  rewire(topology: Topology, reason?: string): Promise<Applied> {
    return this.apply(this.#actor, (swarm) => {
      needWord('The topology of a swarm', topology, topologies.options)
      swarm.rewire(topology, reason)
    })
  }
  handOver({ task, to, reason }: HandOverOptions): Promise<Applied> {
    const member = to === undefined ? undefined : nameOf(to)
    return this.apply(this.#actor, (swarm) => swarm.handOver(nameOf(task), member, reason))
  }
  async pause(): Promise<Applied> {
    let pending: readonly string[] = []
    const applied = await this.apply(this.#actor, (swarm) => {
      pending = swarm.pause()
    })
    return { ...applied, pending }
  }
  resume(): Promise<Applied> {
    return this.apply(this.#actor, (swarm) => swarm.resume())
  }
  stop(options?: StopOptions): Promise<Applied> {
    return this.apply(this.#actor, (swarm) => {
      needDuration('The grace of a stop', options?.grace)
      return swarm.stop(options)
    })
  }
  async result(): Promise<SwarmSummary> {
    if (this.refused) throw this.refused
    const swarm = this.#actor
    if (!swarm) throw this.missing()
    return swarm.complete()
  }
  get #actor() {
    return this.stage.core.swarm(this.id)
  }
}
