/** How tasks ended, for longer than the view remembers the tasks: others may still need them. */
import type { TaskState } from '../protocol/states.js'

/** How many are remembered. */
const most = 100_000

export class Ends {
  readonly #states = new Map<string, TaskState>()
  readonly #tenants = new Map<string, string>()

  of(id: string): TaskState | undefined {
    return this.#states.get(id)
  }
  /** Whose it was. */
  tenantOf(id: string): string | undefined {
    return this.#tenants.get(id)
  }

  note(id: string, state: TaskState, tenant: string | undefined): void {
    this.#states.set(id, state)
    if (tenant !== undefined) this.#tenants.set(id, tenant)
    if (this.#states.size <= most) return
    for (const oldest of this.#states.keys()) {
      this.#tenants.delete(oldest)
      return void this.#states.delete(oldest)
    }
  }
}
