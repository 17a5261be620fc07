/** A task as the whole of its parts: it is done when its handler has returned and all of them are final. */
import type { TroupeError } from '../../src/errors.js'
import type { TaskActor } from '../../src/system/actor.js'
import { Family } from './family.js'
import { Foreman } from './foreman.js'
import type { TaskLife } from './life.js'
import type { Worker } from './worker.js'

export interface WholeOptions {
  readonly id: string
  readonly life: TaskLife
  /** Who does it, where that is not an agent of a swarm. */
  readonly worker: Worker | undefined
  progressed(percent: number): void
  /** It is done, or not, since a part that it consists of was not. */
  concluded(error: TroupeError | undefined, value: unknown): void
}

export class Whole {
  readonly family: Family
  /** Whether its handler says itself how far it is. */
  reports = false
  readonly #options: WholeOptions
  /** What its handler returned, while parts of it are still open. */
  #returned: { readonly value: unknown } | undefined

  constructor(options: WholeOptions) {
    this.#options = options
    this.family = new Family(options.id)
  }

  get returned(): boolean {
    return this.#returned !== undefined
  }

  /** Counts those of its parts that have come to their end in the process before. */
  ended(parts: readonly string[]): void {
    for (const part of parts) this.family.ended(part)
  }

  add(part: TaskActor, held: boolean): void {
    this.family.add(part)
    if (held) part.holdWith(this.#options.id, true)
  }

  moved(part: string, percent: number, final: boolean): void {
    const { life, progressed } = this.#options
    this.family.moved(part, percent, final)
    const mean = this.family.progress
    if (!this.reports && !this.family.ending && mean !== life.percent && life.state === 'running') progressed(mean)
    if (final) this.#conclude()
  }

  done(value: unknown): void {
    this.#returned = { value }
    this.#conclude()
  }

  #conclude(): void {
    const { life, worker, concluded } = this.#options
    const returned = this.#returned
    if (!returned || this.family.open > 0 || life.over) return
    if (!(worker instanceof Foreman)) return concluded(undefined, returned.value)
    void worker.outcome().then(({ error, value }) => concluded(error, value))
  }
}
