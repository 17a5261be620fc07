/** Holds a command's output back until whoever shows it has taken what is on its way. */
import { type Clock, systemClock } from '../../src/clock.js'

/** Milliseconds after which nobody is waited for who has taken nothing meanwhile: it may be gone. */
const patience = 60_000

export class Pace {
  readonly #window: number
  // Processes live in the machine's time, whatever clock the system is given.
  readonly #clock: Clock
  #told = 0
  #taken = 0
  /** Nobody is waited for, for good or until something is taken. */
  #given: 'no' | 'up' | 'for good' = 'no'
  #waiting: (() => void)[] = []
  #cancel = () => {}

  /** `window`: pieces that may be on their way. */
  constructor(window: number, clock: Clock = systemClock) {
    this.#window = window
    this.#clock = clock
  }

  /** A piece is on its way. */
  told(): void {
    this.#told++
  }

  /** Resolves when another piece may be read. */
  async ready(): Promise<void> {
    while (this.#told - this.#taken >= this.#window && this.#given === 'no') {
      if (this.#waiting.length === 0) this.#cancel = this.#clock.after(patience, () => this.#giveUp('up'), { holds: false })
      await new Promise<void>((resolve) => void this.#waiting.push(resolve))
    }
  }

  /** So many pieces in all have been taken, or are known to be lost. */
  took(pieces: number): void {
    this.#taken = Math.max(this.#taken, pieces)
    if (this.#given === 'up') this.#given = 'no'
    this.#wake()
  }

  /** Nobody is waited for any more. */
  open(): void {
    this.#giveUp('for good')
  }

  #giveUp(how: 'up' | 'for good'): void {
    this.#given = how
    this.#wake()
  }

  #wake(): void {
    this.#cancel()
    for (const resolve of this.#waiting.splice(0)) resolve()
  }
}
