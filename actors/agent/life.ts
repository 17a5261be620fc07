/** An agent's state, moved by its machine, each move said as an event. */
import type { TroupeError } from '../../src/errors.js'
import type { AgentState } from '../../src/protocol/states.js'
import type { AgentView } from '../../src/protocol/view.js'
import type { Host } from '../../src/system/actor.js'
import type { AgentDefinition, SpawnOptions } from '../../src/system/definition.js'
import { type Life, live } from '../../src/system/machine.js'
import { agentMachine } from './machine.js'

type Move = 'READY' | 'WORK' | 'REST' | 'PAUSE' | 'RESUME' | 'CRASH' | 'RECOVER' | 'STOP' | 'ENDED'

interface Why {
  readonly error?: TroupeError
  readonly reason?: string
}

/** What is known of an agent when it is spawned. */
interface Facts {
  readonly definition: AgentDefinition
  readonly concurrency: number
  readonly capabilities: readonly string[]
  readonly parent: string | undefined
  readonly options: unknown
}

export class AgentLife {
  state: AgentState = 'spawning'
  #ending: Why = {}
  /** Whether it was paused at once, wherever it stood. */
  #frozen = false
  readonly #id: string
  readonly #host: Host
  readonly #inHand: { readonly size: number }
  readonly #machine: Life<{ type: Move }>

  /** `inHand` tells whether work is in flight in states that do not say so themselves. `past`: how it was in the process before. */
  constructor(id: string, host: Host, inHand: { readonly size: number }, past?: Pick<AgentView, 'state' | 'busy'>) {
    this.#id = id
    this.#host = host
    const half = past?.state === 'running' || past?.state === 'paused' ? `.${past.busy ? 'busy' : 'idle'}` : ''
    this.#machine = live(agentMachine, id, host.inspect, past && `${past.state}${half}`)
    this.#inHand = inHand
    if (past) this.state = past.state
  }

  /** Whether it takes no more work, for good. */
  get over(): boolean {
    return this.state === 'stopped' || this.state === 'stopping'
  }

  /** Says that it exists. */
  spawned({ name, metadata }: SpawnOptions, { definition, concurrency, capabilities, parent, options }: Facts): void {
    const { hears, says } = definition
    const warnings = definition.warnings?.(options) ?? []
    this.#host.emit({
      type: 'agent.spawned',
      id: this.#id,
      definition: definition.name,
      name: name ?? definition.name,
      hears: Object.keys(hears),
      says: Object.keys(says),
      concurrency,
      ...(capabilities.length > 0 ? { capabilities: [...capabilities] } : {}),
      ...(parent ? { parent } : {}),
      ...(warnings.length > 0 ? { warnings: [...warnings] } : {}),
      ...(metadata ? { metadata: { ...metadata } } : {}),
    })
  }

  /** Paused at once. False where it is neither running nor paused; what was frozen already stays so. */
  freeze(): boolean {
    if (this.state !== 'running' && this.state !== 'paused') return false
    if (this.#frozen) return true
    this.#frozen = true
    if (!this.move('PAUSE')) this.#say(this.state, {})
    return true
  }

  /** Takes a transition and says so. False, and silent, when the present state has none of that name. */
  move(type: Move, why: Why = {}): boolean {
    if (!this.#machine.send({ type })) return false
    const from = this.state
    const path = this.#machine.path
    const dot = path.indexOf('.')
    // The machine's top states are the words of the contract.
    this.state = (dot < 0 ? path : path.slice(0, dot)) as AgentState
    if (type === 'ENDED') this.#machine.stop()
    if (type === 'STOP') this.#ending = why
    if (this.state !== 'paused') this.#frozen = false
    // Why it was stopped is why it has ended.
    this.#say(from, type === 'ENDED' ? this.#ending : why)
    return true
  }

  #say(from: AgentState, { reason, error }: Why): void {
    const { path } = this.#machine
    this.#host.emit(
      {
        type: 'agent.status',
        id: this.#id,
        state: this.state,
        busy: path.includes('.') ? path.endsWith('.busy') : this.#inHand.size > 0,
        from,
        ...(this.#frozen ? { frozen: true } : {}),
        ...(reason ? { reason } : {}),
        ...(error ? { error: error.toJSON() } : {}),
      },
      { source: this.#id },
    )
  }
}
