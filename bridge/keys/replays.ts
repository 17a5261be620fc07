/** What was signed and taken in already: within the window nothing is taken in twice. */
import type { Clock } from '../../src/clock.js'
import type { Records } from '../../src/journal/journal.js'
import { Ahead } from './ahead.js'

interface Said {
  /** When each was signed, by its id, in the order in which they came. */
  readonly ids: Map<string, number>
  /** What was signed until then cannot be told from what was taken in before, and counts as too old. */
  floor: number
}

/** Signers of whom that is remembered. */
const signers = 100_000

export class Replays {
  readonly #clock: Clock
  readonly #window: number
  readonly #limit: number
  /** By signer; who spoke last stands last. */
  readonly #said = new Map<string, Said>()
  /** Before that, nobody knows what was taken in: what was signed in a former life of the process is not taken in again. */
  #begun: number

  readonly #ahead: Ahead

  /** `window` in milliseconds; `limit`: how many are remembered of one signer. `records`: what outlives the process, where something does. */
  constructor(clock: Clock, window: number, limit: number, records: Records) {
    this.#clock = clock
    this.#window = window
    this.#limit = limit
    this.#ahead = new Ahead(clock, records)
    this.#begun = clock.now() - 1
  }

  /** Takes it in: undefined when it is the first time, else why not. */
  take(from: string, id: string, at: number): 'stale' | 'early' | 'replayed' | undefined {
    const now = this.#clock.now()
    const said = this.#said.get(from) ?? { ids: new Map<string, number>(), floor: this.#floorOf(from) }
    if (said.ids.has(id)) return 'replayed'
    if (at <= said.floor || at < now - this.#window) return 'stale'
    if (at > now + this.#window || (at > now && !this.#ahead.note(from, at))) return 'early'
    said.ids.set(id, at)
    this.#forget(said, now)
    this.#said.delete(from)
    this.#said.set(from, said)
    if (this.#said.size > signers) this.#forgetOne()
    return undefined
  }

  #floorOf(from: string): number {
    return Math.max(this.#begun, this.#ahead.former(from) ?? this.#begun)
  }

  /** What is older than the window is known by its age; what has no room raises the floor. */
  #forget(said: Said, now: number): void {
    for (const [id, at] of said.ids) {
      if (at >= now - this.#window && said.ids.size <= this.#limit) return
      said.ids.delete(id)
      said.floor = Math.max(said.floor, at)
    }
  }

  #forgetOne(): void {
    for (const [from, { ids }] of this.#said) {
      this.#said.delete(from)
      for (const at of ids.values()) this.#begun = Math.max(this.#begun, at)
      return
    }
  }
}
