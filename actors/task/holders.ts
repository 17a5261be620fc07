/** On whose behalf a task is paused: its own, its parent's, its swarm's. */
import { TroupeError } from '../../src/errors.js'
import type { TaskState } from '../../src/protocol/states.js'

export class Holders {
  readonly #id: string
  readonly #all: Set<string>

  constructor(id: string, past: readonly string[] = []) {
    this.#id = id
    this.#all = new Set(past)
  }

  get held(): boolean {
    return this.#all.size > 0
  }
  get names(): readonly string[] {
    return [...this.#all]
  }

  /** Whether it is held otherwise than before now. */
  set(by: string, held: boolean): boolean {
    const before = this.held
    if (held) this.#all.add(by)
    else this.#all.delete(by)
    return this.held !== before
  }

  /** Whether the task itself is to be resumed. Throws `INVALID_STATE` where it is not paused, or only with what it belongs to. */
  mayResume(state: TaskState): boolean {
    const [by] = this.#all
    if (by === undefined && state === 'running') return false
    if (by === undefined) throw new TroupeError('INVALID_STATE', `Task ${this.#id} is ${state} and is not paused.`)
    if (this.#all.has(this.#id)) return true
    throw new TroupeError('INVALID_STATE', `Task ${this.#id} is paused with ${by}, to which it belongs; resume that.`)
  }
}
