/** A swarm's state, moved by its machine, its phase, and what is said of both. */
import type { SwarmState, Topology } from '../../src/protocol/states.js'
import type { SwarmView } from '../../src/protocol/view.js'
import type { Host } from '../../src/system/actor.js'
import type { SwarmDeclaration } from '../../src/system/definition.js'
import { type Life, live } from '../../src/system/machine.js'
import type { Chronicle } from './chronicle.js'
import { swarmMachine } from './machine.js'

type Move = 'FORMED' | 'PAUSE' | 'RESUME' | 'CRASH' | 'REFORM' | 'DISSOLVE' | 'ENDED'

export class SwarmLife {
  state: SwarmState
  phase: string
  readonly #id: string
  readonly #host: Host
  readonly #chronicle: Chronicle
  readonly #machine: Life<{ type: Move }>

  /** `past`: how it was in the process before. */
  constructor(id: string, host: Host, chronicle: Chronicle, past?: SwarmView) {
    this.#id = id
    this.#host = host
    this.#chronicle = chronicle
    this.state = past?.state ?? 'forming'
    this.phase = past?.phase ?? 'forming'
    this.#machine = live(swarmMachine, id, host.inspect, past?.state)
  }

  get over(): boolean {
    return this.state === 'dissolving' || this.state === 'dissolved'
  }

  /** Says that it exists. Returns when its tasks have to be over, milliseconds since the epoch, if ever. */
  created({ goal, name = goal.slice(0, 80), deadline, metadata }: SwarmDeclaration, topology: Topology): number | undefined {
    const ends = deadline === undefined ? undefined : this.#host.clock.now() + deadline
    // Said by whoever forms it.
    this.#host.emit({
      type: 'swarm.created',
      id: this.#id,
      name: name.slice(0, 256),
      goal,
      topology,
      ...(ends === undefined ? {} : { deadline: ends }),
      ...(metadata ? { metadata: { ...metadata } } : {}),
    })
    return ends
  }

  /** Takes a transition and says so. False, and silent, when the present state has none of that name. */
  move(type: Move, phase = this.phase, reason?: string): boolean {
    if (!this.#machine.send({ type })) return false
    const from = this.state
    // The machine's states are the words of the contract.
    this.state = this.#machine.path as SwarmState
    this.phase = phase
    if (type === 'ENDED') this.#machine.stop()
    this.#say(from, reason)
    return true
  }

  enter(phase: string): void {
    this.phase = phase
    this.#say(this.state)
  }

  #say(from: SwarmState, reason?: string): void {
    const { state, phase } = this
    this.#chronicle.say({ type: 'swarm.status', id: this.#id, state, phase, from, ...(reason ? { reason } : {}) })
  }
}
