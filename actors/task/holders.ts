/** On whose behalf a task is paused: its own, its parent's, its swarm's. */
import { TroupeError } from '../../src/errors.js'
import type { TaskState } from '../../src/protocol/states.js'

/** Whose pauses they are. */
export interface Held {
  readonly id: string
  readonly state: TaskState
  /** It is held, or goes on, from now on. Returns how many of its parts were told. */
  turn(held: boolean): number
  /** On whose behalf has changed. */
  keep(): void
}

export class Holders {
  readonly #task: Held
  readonly #all: Set<string>

  /** `past`: who held it in the process before. */
  constructor(task: Held, past: readonly string[] = []) {
    this.#task = task
    this.#all = new Set(past)
  }

  get held(): boolean {
    return this.#all.size > 0
  }
  get names(): readonly string[] {
    return [...this.#all]
  }

  /** Returns how many of its parts were told. */
  set(by: string, held: boolean): number {
    if (this.#all.has(by) === held) return 0
    const before = this.held
    if (held) this.#all.add(by)
    else this.#all.delete(by)
    this.#task.keep()
    return this.held === before ? 0 : this.#task.turn(held)
  }

  pause(): number {
    const { id, state } = this.#task
    if (state === 'completed' || state === 'failed' || state === 'cancelled')
      throw new TroupeError('INVALID_STATE', `Task ${id} is ${state} and cannot be paused.`)
    return this.set(id, true)
  }

  /** Throws `INVALID_STATE` where it is not paused, or only with what it belongs to. */
  resume(): number {
    const { id, state } = this.#task
    const [by] = this.#all
    if (by === undefined && state === 'running') return 0
    if (by === undefined) throw new TroupeError('INVALID_STATE', `Task ${id} is ${state} and is not paused.`)
    if (this.#all.has(id)) return this.set(id, false)
    throw new TroupeError('INVALID_STATE', `Task ${id} is paused with ${by}, to which it belongs; resume that.`)
  }
}
