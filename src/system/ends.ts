/** How tasks ended, for longer than the view remembers the tasks: others may still need them. */
import type { TaskState } from '../protocol/states.js'

/** How many are remembered. */
const most = 100_000

export class Ends {
  readonly #states = new Map<string, TaskState>()

  of(id: string): TaskState | undefined {
    return this.#states.get(id)
  }

  note(id: string, state: TaskState): void {
    this.#states.set(id, state)
    if (this.#states.size > most) for (const oldest of this.#states.keys()) return void this.#states.delete(oldest)
  }
}
