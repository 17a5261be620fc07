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
  readonly #keep: (wanted: boolean) => void

  /** `patience`: milliseconds that work which was told to end may take. `keep`: remembers whether it is wanted. */
  constructor(id: string, life: AgentLife, inHand: InHand, patience: number, wanted: boolean, keep: (wanted: boolean) => void) {
    this.#id = id
    this.#life = life
    this.#inHand = inHand
    this.#patience = patience
    this.wanted = wanted
    this.#keep = keep
  }

  /** Remembers it. */
  keep(): void {
    this.#keep(this.wanted)
  }

  #want(wanted: boolean): void {
    if (this.wanted === wanted) return
    this.wanted = wanted
    this.#keep(wanted)
  }

  /** Throws `INVALID_STATE`, as do the others. */
  pause(): void {
    if (this.#life.over) this.refuse('paused')
    this.#want(true)
    if (this.#life.move('PAUSE')) this.#inHand.hold(true)
  }

  freeze(): void {
    if (this.#life.over) this.refuse('frozen')
    this.#want(true)
    if (!this.#life.freeze()) return
    const why = new TroupeError('CANCELLED', `Agent ${this.#id} was frozen; this is begun anew afterwards.`)
    this.#inHand.putDown(why, this.#patience)
    this.#inHand.hold(true)
  }

  /** Whether it goes on now. */
  resume(): boolean {
    if (this.#life.over) this.refuse('resumed')
    this.#want(false)
    if (!this.#life.move('RESUME')) return false
    this.#inHand.hold(false)
    return true
  }

  refuse(what: string): never {
    throw new TroupeError('INVALID_STATE', `Agent ${this.#id} is ${this.#life.state} and cannot be ${what}.`)
  }
}
