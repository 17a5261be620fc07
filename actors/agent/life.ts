/** An agent's state, moved by its machine, each move said as an event. */
import type { TroupeError } from '../../src/errors.js'
import type { AgentState } from '../../src/protocol/states.js'
import type { Host } from '../../src/system/actor.js'
import { live } from '../../src/system/machine.js'
import { agentMachine } from './machine.js'

type Move = 'READY' | 'WORK' | 'REST' | 'PAUSE' | 'RESUME' | 'CRASH' | 'RECOVER' | 'STOP' | 'ENDED'

export class AgentLife {
  state: AgentState = 'spawning'
  readonly #id: string
  readonly #host: Host
  readonly #inHand: { readonly size: number }
  readonly #machine = live(agentMachine)

  /** `inHand` tells whether work is in flight in states that do not say so themselves. */
  constructor(id: string, host: Host, inHand: { readonly size: number }) {
    this.#id = id
    this.#host = host
    this.#inHand = inHand
  }

  /** Whether it takes no more work, for good. */
  get over(): boolean {
    return this.state === 'stopped' || this.state === 'stopping'
  }

  /** Takes a transition and says so. False, and silent, when the present state has none of that name. */
  move(type: Move, why: { error?: TroupeError; reason?: string } = {}): boolean {
    if (!this.#machine.send({ type })) return false
    const from = this.state
    const path = this.#machine.path
    const dot = path.indexOf('.')
    // The machine's top states are the words of the contract.
    this.state = (dot < 0 ? path : path.slice(0, dot)) as AgentState
    if (type === 'ENDED') this.#machine.stop()
    const { reason, error } = why
    this.#host.emit(
      {
        type: 'agent.status',
        id: this.#id,
        state: this.state,
        busy: dot > 0 ? path.endsWith('.busy') : this.#inHand.size > 0,
        from,
        ...(reason ? { reason } : {}),
        ...(error ? { error: error.toJSON() } : {}),
      },
      { source: this.#id },
    )
    return true
  }
}
