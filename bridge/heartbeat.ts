/** One timer for all connections: who is silent is asked, who does not answer is dead. */
import type { CancelTimer, Clock } from '../src/clock.js'

export interface Pulse {
  /** When it was last heard, milliseconds since the epoch. */
  readonly heardAt: number
  ping(): void
  dead(): void
}

/** Pings that may go unanswered, unless a protocol says otherwise. */
const usuallyMissed = 2
/** How often all are looked at within the shortest interval. */
const looks = 10

interface Known {
  /** Milliseconds of silence before it is asked. */
  readonly interval: number
  /** Pings that may go unanswered. */
  readonly missed: number
  /** How often it was asked since it was last heard. */
  asked: number
  /** When it was last heard, as it says itself: only whether that has changed is looked at, since the clock may have been set. */
  heardAt: number
  /** From when on it is silent: since it was heard, or asked last. */
  since: number
}

export class Heartbeat {
  readonly #clock: Clock
  readonly #interval: number
  readonly #pulses = new Map<Pulse, Known>()
  #cancel: CancelTimer | undefined
  /** The shortest interval of all that are looked at. */
  #shortest: number

  constructor(clock: Clock, interval: number) {
    this.#clock = clock
    this.#interval = interval
    this.#shortest = interval
  }

  /** Default: the bridge's interval, and two pings that may go unanswered. */
  add(pulse: Pulse, own: { readonly interval?: number | undefined; readonly missed?: number | undefined } = {}): void {
    const { interval = this.#interval, missed = usuallyMissed } = own
    this.#pulses.set(pulse, { interval, missed, asked: 0, heardAt: pulse.heardAt, since: pulse.heardAt })
    if (interval < this.#shortest) {
      this.#shortest = interval
      this.#stop()
    }
    this.#cancel ??= this.#wait()
  }

  remove(pulse: Pulse): void {
    this.#pulses.delete(pulse)
    if (this.#pulses.size > 0) return
    this.#shortest = this.#interval
    this.#stop()
  }

  #wait(): CancelTimer {
    return this.#clock.after(this.#shortest / looks, () => this.#beat())
  }

  #stop(): void {
    this.#cancel?.()
    this.#cancel = undefined
  }

  #beat(): void {
    this.#cancel = this.#wait()
    const now = this.#clock.now()
    for (const [pulse, known] of [...this.#pulses]) this.#look(pulse, known, now)
  }

  #look(pulse: Pulse, known: Known, now: number): void {
    const { heardAt } = pulse
    // An answer counts however long ago it came: this beat may be late, and the answer was prompt.
    if (heardAt !== known.heardAt) Object.assign(known, { heardAt, asked: 0, since: Math.max(heardAt, known.since) })
    // What seems to have been later than now was before the clock was set back.
    known.since = Math.min(known.since, now)
    if (now - known.since < known.interval) return
    if (known.asked >= known.missed) {
      this.remove(pulse)
      pulse.dead()
    } else {
      known.asked++
      known.since = now
      pulse.ping()
    }
  }
}
