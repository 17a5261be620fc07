/** Gives actors their turns: each a bounded one, all together yielding to timers and sockets. */
import type { Clock } from '../clock.js'
import type { Turn } from './actor.js'

/** Messages that one actor may handle before the next has its turn. */
const turnBudget = 64
/** Milliseconds after which timers and sockets get theirs. */
const sliceLength = 8
/** Turns between two looks at the clock. */
const lookEvery = 32
/** Turns in one slice at the most, since a clock that is moved by hand may stand still. */
const sliceTurns = 8_192

export class Scheduler {
  readonly #clock: Clock
  readonly #report: (error: unknown) => void
  #waiting: Turn[] = []
  #armed = false

  constructor(clock: Clock, report: (error: unknown) => void) {
    this.#clock = clock
    this.#report = report
  }

  /** Whether no turn is to come. */
  get resting(): boolean {
    return !this.#armed
  }

  schedule(turn: Turn): void {
    if (turn.queued) return
    turn.queued = true
    this.#waiting.push(turn)
    if (this.#armed) return
    this.#armed = true
    queueMicrotask(() => this.#slice())
  }

  #slice(): void {
    const end = this.#clock.now() + sliceLength
    let turns = 0
    while (this.#waiting.length > 0) {
      const round = this.#waiting
      this.#waiting = []
      for (let at = 0; at < round.length; at++) {
        const turn = round[at]
        if (turn) this.#run(turn)
        if (++turns % lookEvery === 0 && (turns >= sliceTurns || this.#clock.now() >= end)) {
          this.#waiting = round.slice(at + 1).concat(this.#waiting)
          return this.#clock.yield(() => this.#slice())
        }
      }
    }
    this.#armed = false
  }

  #run(turn: Turn): void {
    turn.queued = false
    try {
      if (turn.run(turnBudget)) this.schedule(turn)
    } catch (error) {
      this.#report(error)
      // What made it throw is behind it; what waits is not lost for it.
      this.schedule(turn)
    }
  }
}
