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

const fresh = { asked: 0, at: 0 }

export class Heartbeat {
  readonly #clock: Clock
  readonly #interval: number
  /** How often each was asked since it was last heard, and when it was asked last. */
  readonly #pulses = new Map<Pulse, { readonly asked: number; readonly at: number }>()
  #cancel: CancelTimer | undefined

  constructor(clock: Clock, interval: number) {
    this.#clock = clock
    this.#interval = interval
  }

  add(pulse: Pulse): void {
    this.#pulses.set(pulse, fresh)
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
    for (const [pulse, { asked, at }] of [...this.#pulses]) {
      // An answer counts however long ago it came: this beat may be late, and the answer was prompt.
      const unanswered = pulse.heardAt >= at ? 0 : asked
      if (now - pulse.heardAt < this.#interval) this.#pulses.set(pulse, fresh)
      else if (unanswered >= missed) {
        this.remove(pulse)
        pulse.dead()
      } else {
        this.#pulses.set(pulse, { asked: unanswered + 1, at: now })
        pulse.ping()
      }
    }
  }
}
