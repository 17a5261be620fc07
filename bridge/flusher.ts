/** One flush a tick for all connections that have something to say, and one timer for all marks. */
import type { CancelTimer, Clock } from '../src/clock.js'
import type { Journal } from '../src/journal/journal.js'

export interface Flushable {
  flush(): void
  /** Tells the client how far it has come. */
  mark(): void
}

/** Milliseconds after which a client is told how far it has come. */
const markDelay = 100

export class Flusher {
  readonly #clock: Clock
  readonly #report: (error: unknown) => void
  readonly #uncommit: () => void
  #dirty = new Set<Flushable>()
  #unmarked = new Set<Flushable>()
  #held = new Set<Flushable>()
  #armed = false
  #cancelMark: CancelTimer | undefined

  /** `report` is told when one of them fails; the others have their turn all the same. */
  constructor(clock: Clock, journal: Pick<Journal, 'onCommit'>, report: (error: unknown) => void) {
    this.#clock = clock
    this.#report = report
    this.#uncommit = journal.onCommit(() => this.#committed())
  }

  dirty(connection: Flushable): void {
    this.#dirty.add(connection)
    if (this.#armed) return
    this.#armed = true
    this.#clock.yield(() => this.flush())
  }

  /** It has something to say when the journal has kept what it says. */
  held(connection: Flushable): void {
    this.#held.add(connection)
  }

  /** The journal has kept more. */
  #committed(): void {
    if (this.#held.size === 0) return
    const held = this.#held
    this.#held = new Set()
    for (const connection of held) this.#guarded(() => connection.flush())
  }

  unmarked(connection: Flushable): void {
    this.#unmarked.add(connection)
    this.#cancelMark ??= this.#clock.after(markDelay, () => {
      this.#cancelMark = undefined
      const unmarked = this.#unmarked
      this.#unmarked = new Set()
      for (const each of unmarked) this.#guarded(() => each.mark())
    })
  }

  flush(): void {
    this.#armed = false
    const dirty = this.#dirty
    this.#dirty = new Set()
    for (const connection of dirty) this.#guarded(() => connection.flush())
  }

  close(): void {
    this.#cancelMark?.()
    this.#cancelMark = undefined
    this.#unmarked.clear()
    this.#held.clear()
    this.#uncommit()
  }

  #guarded(run: () => void): void {
    try {
      run()
    } catch (error) {
      this.#report(error)
    }
  }
}
