/** How tasks ended, for longer than the view remembers the tasks: others may still need them. */
import type { TaskState } from '../protocol/states.js'
import type { Host } from './actor.js'

/** How many are remembered. */
const most = 100_000
/** How many of them, the last, are remembered beyond the process. */
const mostKept = 10_000

export class Ends {
  readonly #host: Pick<Host, 'keeper'>
  readonly #states = new Map<string, TaskState>()
  readonly #tenants = new Map<string, string>()
  readonly #kept = new Set<string>()

  constructor(host: Pick<Host, 'keeper'>) {
    this.#host = host
  }

  of(id: string): TaskState | undefined {
    return this.#states.get(id)
  }
  /** Whose it was. */
  tenantOf(id: string): string | undefined {
    return this.#tenants.get(id)
  }

  note(id: string, state: TaskState, tenant: string | undefined): void {
    this.#remember(id, state, tenant)
    const { keeper } = this.#host
    if (!keeper) return
    keeper.keep('end', id, { state, number: keeper.next() }, tenant === undefined ? undefined : { tenant })
    this.#kept.delete(id)
    this.#kept.add(id)
    if (this.#kept.size > mostKept) for (const oldest of this.#kept) return this.#drop(oldest)
  }

  /** Those of the process before, the oldest first. */
  goOn(): void {
    for (const { id, record, reach } of this.#host.keeper?.inOrder('end') ?? []) {
      this.#remember(id, record.state, reach?.tenant)
      this.#kept.add(id)
    }
  }

  #drop(id: string): void {
    this.#kept.delete(id)
    this.#host.keeper?.drop('end', id)
  }

  #remember(id: string, state: TaskState, tenant: string | undefined): void {
    this.#states.set(id, state)
    if (tenant !== undefined) this.#tenants.set(id, tenant)
    if (this.#states.size <= most) return
    for (const oldest of this.#states.keys()) {
      this.#tenants.delete(oldest)
      return void this.#states.delete(oldest)
    }
  }
}
