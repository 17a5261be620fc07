/** The ref of a swarm that lives in a distant system. */
import type { SendOptions, StopOptions } from '../../options.js'
import type { Applied, SwarmSummary } from '../../protocol/reply.js'
import type { Topology } from '../../protocol/states.js'
import type { HandOverOptions, SwarmChanges, SwarmRef } from '../../ref.js'
import type { Member } from '../../system/definition.js'
import { type Message, nameOf, RemoteRef } from './ref.js'

export class RemoteSwarmRef extends RemoteRef implements SwarmRef {
  readonly kind = 'swarm'

  join(agent: string | Member, role?: string): Promise<Applied> {
    return this.verb('swarm.join', { agent: nameOf(agent), role })
  }
  leave(agent: string | Member, reason?: string): Promise<Applied> {
    return this.verb('swarm.leave', { agent: nameOf(agent), reason })
  }
  send(from: string | Member, to: string | Member, message: Message, options: SendOptions = {}): void {
    this.wire.tell('swarm.send', { id: this.id, from: nameOf(from), to: nameOf(to), message, ...options })
  }
  update(changes: SwarmChanges): Promise<Applied> {
    return this.verb('swarm.update', { ...changes })
  }
  rewire(topology: Topology, reason?: string): Promise<Applied> {
    return this.verb('swarm.rewire', { topology, reason })
  }
  handOver({ task, to, reason }: HandOverOptions): Promise<Applied> {
    return this.verb('swarm.hand-over', { task: nameOf(task), ...(to === undefined ? {} : { to: nameOf(to) }), reason })
  }
  pause(): Promise<Applied> {
    return this.verb('swarm.pause', {})
  }
  resume(): Promise<Applied> {
    return this.verb('swarm.resume', {})
  }
  stop(options: StopOptions = {}): Promise<Applied> {
    return this.verb('swarm.dissolve', { grace: options.grace, reason: options.reason }, { timeout: Number.POSITIVE_INFINITY })
  }
  result(): Promise<SwarmSummary> {
    return this.verb('swarm.result', {}, { waits: true })
  }
}
