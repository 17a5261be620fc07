/** How tasks ended, for longer than the view remembers the tasks: others may still need them. */
import type { TaskState } from '../protocol/states.js'

/** How many are remembered. */
const kept = 100_000

export class EndedTasks {
  readonly #states = new Map<string, TaskState>()
  readonly #tenants = new Map<string, string>()

  note(id: string, state: TaskState, tenant: string | undefined): void {
    this.#states.set(id, state)
    if (tenant !== undefined) this.#tenants.set(id, tenant)
    if (this.#states.size <= kept) return
    for (const oldest of this.#states.keys()) {
      this.#tenants.delete(oldest)
      return void this.#states.delete(oldest)
    }
  }

  state(id: string): TaskState | undefined {
    return this.#states.get(id)
  }
  tenant(id: string): string | undefined {
    return this.#tenants.get(id)
  }
}
