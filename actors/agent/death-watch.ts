/** Whose end an agent wants to hear of. */
import type { Failure } from '../../src/errors.js'
import type { Host } from '../../src/system/actor.js'

/** The end of somebody who was watched. */
export interface Death {
  readonly id: string
  /** `stopped` for agents, `completed`, `failed` or `cancelled` for tasks, `dissolved` for swarms; `absent`: there is nobody of that id. */
  readonly state: 'stopped' | 'completed' | 'failed' | 'cancelled' | 'dissolved' | 'absent'
  readonly reason?: string | undefined
  /** What it failed with, where it did. */
  readonly error?: Failure | undefined
}

const ends = new Set<string>(['stopped', 'completed', 'failed', 'cancelled', 'dissolved'])

export class DeathWatch {
  readonly #host: Host
  readonly #tell: (death: Death) => void
  readonly #watched = new Map<string, () => void>()

  /** `tell` is called once for each who is watched. */
  constructor(host: Host, tell: (death: Death) => void) {
    this.#host = host
    this.#tell = tell
  }

  /** Tells of its end, also when that is long past; watching twice is watching once. */
  watch(id: string): void {
    if (this.#watched.has(id)) return
    const kind = this.#host.agent(id)?.kind ?? this.#host.task(id)?.kind ?? this.#host.swarm(id)?.kind
    if (!kind) return this.#tell(this.#past(id))
    this.#watched.set(
      id,
      this.#host.listen(`${kind}.${id}.status`, ({ event }) => {
        if (!('state' in event) || !ends.has(event.state)) return
        this.unwatch(id)
        const { reason, error } = event as { readonly reason?: string; readonly error?: Failure }
        // Only the states of `ends` come here.
        this.#tell({ id, state: event.state as Death['state'], reason, error: error ?? this.#host.view.agents.get(id)?.error })
      }),
    )
  }

  unwatch(id: string): void {
    this.#watched.get(id)?.()
    this.#watched.delete(id)
  }

  close(): void {
    for (const id of [...this.#watched.keys()]) this.unwatch(id)
  }

  #past(id: string): Death {
    if (this.#host.tenant !== undefined && this.#host.tenantOf(id) !== this.#host.tenant) return { id, state: 'absent' }
    const { agents, tasks, swarms } = this.#host.view
    const known = agents.get(id) ?? tasks.get(id)
    const state = known?.state ?? swarms.get(id)?.state ?? this.#host.taskState(id)
    if (state === undefined || !ends.has(state)) return { id, state: 'absent' }
    return { id, state: state as Death['state'], error: known?.error }
  }
}
