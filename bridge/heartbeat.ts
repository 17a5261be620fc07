/** One timer for all connections: who is silent is asked, who does not answer is dead. */
import type { CancelTimer, Clock } from '../src/clock.js'

export interface Pulse {
  /** When it was last heard, milliseconds since the epoch. */
  readonly heardAt: number
  ping(): void
  dead(): void
}

/** Pings that may go unanswered. */
const missed = 2

export class Heartbeat {
  readonly #clock: Clock
  readonly #interval: number
  readonly #pulses = new Map<Pulse, number>()
  #cancel: CancelTimer | undefined

  constructor(clock: Clock, interval: number) {
    this.#clock = clock
    this.#interval = interval
  }

  add(pulse: Pulse): void {
    this.#pulses.set(pulse, 0)
    this.#cancel ??= this.#clock.after(this.#interval, () => this.#beat())
  }

  remove(pulse: Pulse): void {
    this.#pulses.delete(pulse)
    if (this.#pulses.size > 0) return
    this.#cancel?.()
    this.#cancel = undefined
  }

  #beat(): void {
    const now = this.#clock.now()
    this.#cancel = this.#clock.after(this.#interval, () => this.#beat())
    for (const [pulse, asked] of [...this.#pulses]) {
      if (now - pulse.heardAt < this.#interval) this.#pulses.set(pulse, 0)
      else if (asked >= missed) {
        this.remove(pulse)
        pulse.dead()
      } else {
        this.#pulses.set(pulse, asked + 1)
        pulse.ping()
      }
    }
  }
}
