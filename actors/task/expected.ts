/** Stands in for an agent that is not there as its tasks are brought back: it may be spawned anew before one of them is due. */
import { TroupeError } from '../../src/errors.js'
import type { AgentActor, Host, Letter, Work } from '../../src/system/actor.js'
import type { Worker } from './worker.js'

export class Expected implements Worker {
  readonly id: string
  readonly kind = 'agent'
  readonly queue: NonNullable<Worker['queue']> = {
    whenRoom: (priority, run) => this.#host.agent(this.id)?.queue.whenRoom(priority, run),
  }
  readonly #host: Host

  constructor(host: Host, id: string) {
    this.#host = host
    this.id = id
  }

  check(message: Letter['message']): Letter['message'] {
    return this.#agent.check(message)
  }

  enqueue(work: Work, begun?: boolean): void {
    this.#agent.enqueue(work, begun)
  }

  withdraw(work: Work, why: TroupeError): void {
    const agent = this.#host.agent(this.id)
    if (agent) agent.withdraw(work, why)
    else work.fail(why)
  }

  hold(work: Work, held: boolean): void {
    this.#host.agent(this.id)?.hold(work, held)
  }

  get #agent(): AgentActor {
    const agent = this.#host.agent(this.id)
    if (agent) return agent
    throw new TroupeError('NOT_RUNNING', `Agent ${this.id} has ended and takes no more tasks; give the task to another.`)
  }
}
