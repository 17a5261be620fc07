/** The agents that an agent has spawned, and what they go through with it and with each other. */
import type { StopOptions } from '../../src/options.js'
import type { AgentActor } from '../../src/system/actor.js'
import type { Strategy } from '../../src/system/strategy.js'

export class Children {
  readonly #strategy: Strategy
  /** Why they are told to go, while they are: so is whoever comes then. */
  #going: StopOptions | undefined
  /** In the order in which they were spawned. */
  readonly #all = new Map<string, AgentActor>()

  constructor(strategy: Strategy) {
    this.#strategy = strategy
  }

  add(child: AgentActor): void {
    this.#all.set(child.id, child)
    void child.ended.then(() => {
      // The id may have been given to a new child meanwhile.
      if (this.#all.get(child.id) === child) this.#all.delete(child.id)
    })
    if (this.#going) void child.stop({ ...this.#going, force: true })
  }

  /** Their parent begins anew, with whom it spawns from now on. */
  welcome(): void {
    this.#going = undefined
  }

  /** Stops them all, each after its own children, and whoever comes until others are welcome. */
  async stop(options: StopOptions): Promise<void> {
    this.#going = options
    await Promise.all([...this.#all.values()].reverse().map((child) => child.stop(options)))
  }

  /** One of them was restarted or stopped after a crash: by the strategy, others share that. `delay`: until it begins anew, and they after it. */
  share(child: string, directive: 'restart' | 'stop', reason: string, delay: number): void {
    if (this.#going || this.#strategy.kind === 'one-for-one') return
    const ids = [...this.#all.keys()]
    const from = this.#strategy.kind === 'rest-for-one' ? ids.indexOf(child) : 0
    for (const id of ids.slice(Math.max(0, from))) if (id !== child) this.#all.get(id)?.follow(directive, child, reason, delay)
  }
}
