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
  readonly #kept = new Set<string>()

  constructor(host: Pick<Host, 'keeper'>) {
    this.#host = host
  }

  of(id: string): TaskState | undefined {
    return this.#states.get(id)
  }

  note(id: string, state: TaskState): void {
    this.#remember(id, state)
    const { keeper } = this.#host
    if (!keeper) return
    keeper.keep('end', id, { state, number: keeper.next() })
    this.#kept.delete(id)
    this.#kept.add(id)
    if (this.#kept.size > mostKept) for (const oldest of this.#kept) return this.#drop(oldest)
  }

  /** Those of the process before, the oldest first. */
  goOn(): void {
    for (const { id, record } of this.#host.keeper?.inOrder('end') ?? []) {
      this.#remember(id, record.state)
      this.#kept.add(id)
    }
  }

  #drop(id: string): void {
    this.#kept.delete(id)
    this.#host.keeper?.drop('end', id)
  }

  #remember(id: string, state: TaskState): void {
    this.#states.set(id, state)
    if (this.#states.size > most) for (const oldest of this.#states.keys()) return void this.#states.delete(oldest)
  }
}
