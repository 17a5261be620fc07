/** What a task waits for before it may begin. */
import { TroupeError } from '../../src/errors.js'
import type { Host } from '../../src/system/actor.js'

/** Refuses a task whose dependencies lead back to itself, and names the way. Throws `CYCLE`. */
export const refuseCycle = (host: Host, id: string, needs: readonly string[]): void => {
  const seen = new Set<string>()
  const search = (at: string, way: readonly string[]): void => {
    if (at === id)
      throw new TroupeError('CYCLE', `The dependencies form a cycle: ${[...way, at].join(' needs ')}. Remove one of them.`)
    if (seen.has(at)) return
    seen.add(at)
    for (const next of host.view.tasks.get(at)?.needs ?? []) search(next, [...way, at])
  }
  for (const need of needs) search(need, [id])
}

/** Listens until all needed tasks are completed, or one of them ended otherwise. A task that is not there yet is waited for. */
export class Needs {
  readonly ids: readonly string[]
  readonly #host: Host
  readonly #told: { met: () => void; broken: (need: string, state: string) => void }
  readonly #open = new Map<string, () => void>()

  constructor(host: Host, ids: readonly string[], told: { met: () => void; broken: (need: string, state: string) => void }) {
    this.ids = ids
    this.#host = host
    this.#told = told
  }

  start(): void {
    for (const id of this.ids) {
      const state = this.#host.view.tasks.get(id)?.state
      if (state === 'completed') continue
      if (state === 'failed' || state === 'cancelled') return this.#break(id, state)
      this.#open.set(
        id,
        this.#host.listen(`task.${id}.status`, ({ event }) => {
          if (event.type === 'task.status') this.#heard(id, event.state)
        }),
      )
    }
    if (this.#open.size === 0) this.#told.met()
  }

  stop(): void {
    for (const stop of this.#open.values()) stop()
    this.#open.clear()
  }

  #heard(id: string, state: string): void {
    if (state === 'failed' || state === 'cancelled') return this.#break(id, state)
    if (state !== 'completed') return
    this.#open.get(id)?.()
    if (this.#open.delete(id) && this.#open.size === 0) this.#told.met()
  }

  #break(id: string, state: string): void {
    this.stop()
    this.#told.broken(id, state)
  }
}
