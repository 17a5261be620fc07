/** The parts of a task: how far they are, and what they go through together. */
import type { TroupeError } from '../../src/errors.js'
import type { TaskActor } from '../../src/system/actor.js'

export class Family {
  readonly #open = new Map<string, TaskActor>()
  readonly #percent = new Map<string, number>()
  #sum = 0

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

  /** Those of an attempt that is over no longer count. */
  clear(): void {
    this.#open.clear()
    this.#percent.clear()
    this.#sum = 0
  }

  /** Returns how many were told. */
  cancel(why: TroupeError): number {
    const open = [...this.#open.values()]
    for (const child of open) child.cancel(why)
    return open.length
  }

  /** Holds them back, or lets them go on, on behalf of their parent `by`. Returns how many were told. */
  hold(by: string, held: boolean): number {
    const open = [...this.#open.values()]
    return open.reduce((sum, child) => sum + 1 + child.holdWith(by, held), 0)
  }
}
