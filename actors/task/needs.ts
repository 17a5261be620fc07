/** What a task waits for before it may begin. */
import { TroupeError } from '../../src/errors.js'
import { isId } from '../../src/ids.js'
import type { View } from '../../src/protocol/view.js'
import type { TaskRecord } from '../../src/recovery/records.js'
import type { Host } from '../../src/system/actor.js'
import type { Link } from './link.js'

/** In each system, by how many each task is waited for, those included that are not there yet. */
const awaited = new WeakMap<View, Map<string, number>>()

/** Hosts differ by tenant and by what they reach; the view is one. */
const awaitedIn = ({ view }: Host): Map<string, number> => {
  const known = awaited.get(view) ?? new Map<string, number>()
  awaited.set(view, known)
  return known
}

/** Refuses a task whose dependencies lead back to itself, and names the way. Throws `CYCLE`. */
const refuseCycle = (host: Host, id: string, needs: readonly string[]): void => {
  // What nobody waits for closes no circle, which spares almost every task the search.
  if (!needs.includes(id) && !awaitedIn(host).has(id)) return
  /** From which task each was reached. */
  const from = new Map<string, string>()
  const open: string[] = []
  const reach = (next: string, by: string) => {
    if (from.has(next)) return
    from.set(next, by)
    open.push(next)
  }
  for (const need of needs) reach(need, id)
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (at === id) throw cycle(id, from)
    // What does not wait has met its needs, and cannot come to need what is new.
    if (host.task(at)?.state === 'queued') for (const next of host.view.tasks.get(at)?.needs ?? []) reach(next, at)
  }
}

const cycle = (id: string, from: ReadonlyMap<string, string>): TroupeError => {
  const way = [id]
  for (let at = from.get(id); at !== undefined && at !== id; at = from.get(at)) way.unshift(at)
  return new TroupeError('CYCLE', `The dependencies form a cycle: ${[id, ...way].join(' needs ')}. Remove one of them.`)
}

/** Refuses needs that cannot be: throws `INVALID_MESSAGE` for what can be the id of no task, and `CYCLE`. */
export const refuseLinks = (host: Host, id: string, links: readonly Link[]): void => {
  const bad = links.find((link) => !isId(link.id))
  if (bad)
    throw new TroupeError(
      'INVALID_MESSAGE',
      `A task needs tasks by their ids, of A-Z a-z 0-9 _ -; got ${JSON.stringify(bad.id).slice(0, 80)}.`,
    )
  const needs = links.map((link) => link.id)
  refuseCycle(host, id, needs)
}

interface NeedsTold {
  met(): void
  broken(why: TroupeError): void
  /** Of one of them it is known now what came of it. */
  changed(): void
}

/** Listens until all needed tasks are completed, or one of them ended otherwise. A task that is not there yet is waited for. */
export class Needs {
  readonly ids: readonly string[]
  readonly #host: Host
  readonly #tolerant: boolean
  readonly #links: readonly Link[]
  readonly #told: NeedsTold
  readonly #open = new Map<string, () => void>()
  /** What came of those that are met: kept here, since the view forgets. */
  readonly #results = new Map<string, unknown>()

  /** `tolerant`: one that ended otherwise counts as well. `past`: what came of those that were over before. */
  constructor(host: Host, links: readonly Link[], tolerant: boolean, told: NeedsTold, past: TaskRecord['met'] = {}) {
    this.ids = [...new Set(links.map(({ id }) => id))]
    this.#links = links
    this.#tolerant = tolerant
    this.#host = host
    this.#told = told
    for (const [id, { result }] of Object.entries(past)) this.#results.set(id, result)
  }

  /** What came of those that are over, by id. */
  get met(): TaskRecord['met'] {
    return Object.fromEntries([...this.#results].map(([id, result]) => [id, { result }]))
  }

  /** The results of what was needed, by the names that it was given. */
  get results(): Readonly<Record<string, unknown>> {
    return Object.fromEntries(this.#links.map(({ as, id }) => [as, this.#results.get(id)]))
  }

  start(): void {
    const known = this.#results.size
    for (const id of this.ids) {
      if (this.#results.has(id)) continue
      const state = this.#host.taskState(id)
      const ended = state === 'failed' || state === 'cancelled'
      if (ended && !this.#tolerant) return this.#break(id, state)
      if (state === 'completed' || ended) {
        this.#results.set(id, this.#host.view.tasks.get(id)?.result)
        continue
      }
      this.#await(id, 1)
      this.#open.set(
        id,
        this.#host.listen(`task.${id}.status`, ({ event }) => {
          if (event.type === 'task.status') this.#heard(id, event.state, event.result)
        }),
      )
    }
    // Written down: whoever goes on with it may find that the view has forgotten them.
    if (this.#results.size > known) this.#told.changed()
    if (this.#open.size === 0) this.#told.met()
  }

  stop(): void {
    for (const [id, stop] of this.#open) {
      stop()
      this.#await(id, -1)
    }
    this.#open.clear()
  }

  #heard(id: string, state: string, result: unknown): void {
    const ended = state === 'failed' || state === 'cancelled'
    if (ended && !this.#tolerant) return this.#break(id, state)
    if (state !== 'completed' && !ended) return
    this.#open.get(id)?.()
    if (!this.#open.delete(id)) return
    this.#results.set(id, result)
    this.#told.changed()
    this.#await(id, -1)
    if (this.#open.size === 0) this.#told.met()
  }

  #await(id: string, by: 1 | -1): void {
    const counts = awaitedIn(this.#host)
    const count = (counts.get(id) ?? 0) + by
    if (count > 0) counts.set(id, count)
    else counts.delete(id)
  }

  #break(id: string, state: string): void {
    this.stop()
    this.#told.broken(
      new TroupeError('DEPENDENCY_FAILED', `The task ${id}, which this one needs, was ${state}.`, { details: { task: id } }),
    )
  }
}
