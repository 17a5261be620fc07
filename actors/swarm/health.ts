/** How well a swarm is: 100 when all members run, less for each that does not and for each crash of the last minute. */
import type { CancelTimer, Clock } from '../../src/clock.js'
import type { Crew } from './crew.js'

/** Milliseconds for which a crash counts, and what it costs. */
const memory = 60_000
const costOfCrash = 10

export class Health {
  readonly #clock: Clock
  readonly #crew: Crew
  readonly #say: (health: number) => void
  #crashes: number[] = []
  #said = -1
  #cancel: CancelTimer = () => {}

  /** `say` is told of every change. */
  constructor(clock: Clock, crew: Crew, say: (health: number) => void) {
    this.#clock = clock
    this.#crew = crew
    this.#say = say
  }

  crashed(): void {
    this.#crashes.push(this.#clock.now())
    this.look()
  }

  /** Looks again, since something may have changed. */
  look(): void {
    const now = this.#clock.now()
    this.#crashes = this.#crashes.filter((at) => at > now - memory)
    const alive = this.#crew.size === 0 ? 0 : this.#crew.alive / this.#crew.size
    const health = Math.max(0, Math.round(100 * alive) - costOfCrash * this.#crashes.length)
    this.#cancel()
    const [oldest] = this.#crashes
    this.#cancel = oldest === undefined ? () => {} : this.#clock.after(oldest + memory - now, () => this.look())
    if (health === this.#said) return
    this.#said = health
    this.#say(health)
  }

  close(): void {
    this.#cancel()
  }
}
