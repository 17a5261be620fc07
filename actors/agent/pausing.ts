/** How an agent is paused and goes on. */
import { TroupeError } from '../../src/errors.js'
import type { InHand } from './in-hand.js'
import type { AgentLife } from './life.js'

export class Pausing {
  /** Whether it is to be paused: only a resume undoes that, no crash and no restart. */
  wanted: boolean
  readonly #id: string
  readonly #life: AgentLife
  readonly #inHand: InHand
  readonly #patience: number

  /** `patience`: milliseconds that work which was told to end may take. */
  constructor(id: string, life: AgentLife, inHand: InHand, patience: number, wanted: boolean) {
    this.#id = id
    this.#life = life
    this.#inHand = inHand
    this.#patience = patience
    this.wanted = wanted
  }

  /** Throws `INVALID_STATE`, as do the others. */
  pause(): void {
    if (this.#life.over) this.refuse('paused')
    this.wanted = true
    if (this.#life.move('PAUSE')) this.#inHand.hold(true)
  }

  freeze(): void {
    if (this.#life.over) this.refuse('frozen')
    this.wanted = true
    if (!this.#life.freeze()) return
    const why = new TroupeError('CANCELLED', `Agent ${this.#id} was frozen; this is begun anew afterwards.`)
    this.#inHand.putDown(why, this.#patience)
    this.#inHand.hold(true)
  }

  /** Whether it goes on now. */
  resume(): boolean {
    if (this.#life.over) this.refuse('resumed')
    this.wanted = false
    if (!this.#life.move('RESUME')) return false
    this.#inHand.hold(false)
    return true
  }

  refuse(what: string): never {
    throw new TroupeError('INVALID_STATE', `Agent ${this.#id} is ${this.#life.state} and cannot be ${what}.`)
  }
}
