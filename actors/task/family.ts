/** The parts of a task: how far they are, and what they go through together. */
import { TroupeError } from '../../src/errors.js'
import type { TaskActor } from '../../src/system/actor.js'

export class Family {
  readonly #whole: string
  readonly #open = new Map<string, TaskActor>()
  readonly #percent = new Map<string, number>()
  #sum = 0
  /** Whether they are cancelled, as what they are parts of is being ended: so is one that comes then. */
  ending = false

  constructor(whole: string) {
    this.#whole = whole
  }

  /** How many are not final. */
  get open(): number {
    return this.#open.size
  }
  get size(): number {
    return this.#percent.size
  }
  /** The mean of its parts, 0 to 100, whole. */
  get progress(): number {
    return this.#percent.size === 0 ? 0 : Math.floor(this.#sum / this.#percent.size)
  }

  add(child: TaskActor): void {
    this.#open.set(child.id, child)
    this.#percent.set(child.id, 0)
    if (this.ending) this.#cancel(child)
  }

  /** One of them came to its end in the process before. */
  ended(child: string): void {
    this.#percent.set(child, 100)
    this.#sum += 100
  }

  /** One of them got on, or came to its end, however that was. */
  moved(child: string, percent: number, final: boolean): void {
    const before = this.#percent.get(child)
    if (before === undefined) return
    const now = final ? 100 : percent
    this.#sum += now - before
    this.#percent.set(child, now)
    if (final) this.#open.delete(child)
  }

  /** What they are parts of ends, or this attempt at it: they are cancelled, and whoever joins them before the next one. */
  end(): void {
    this.ending = true
    for (const child of [...this.#open.values()]) this.#cancel(child)
  }

  /** It is begun anew, with parts of its own; those of the last attempt no longer count. */
  renew(): void {
    this.end()
    this.ending = false
    this.#open.clear()
    this.#percent.clear()
    this.#sum = 0
  }

  /** Holds them back, or lets them go on, on behalf of their parent `by`. Returns how many were told. */
  hold(by: string, held: boolean): number {
    const open = [...this.#open.values()]
    return open.reduce((sum, child) => sum + 1 + child.holdWith(by, held), 0)
  }

  #cancel(child: TaskActor): void {
    child.cancel(
      new TroupeError('CANCELLED', `The task ${this.#whole}, of which this one is a part, was ended or is begun anew.`),
    )
  }
}
