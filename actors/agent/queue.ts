/** The tasks that wait for an agent: higher priority first, then in the order in which they came; and who waits for room among them. */
import { TroupeError } from '../../src/errors.js'
import { level, type Priority } from '../../src/protocol/priority.js'
import type { Host, Work } from '../../src/system/actor.js'

type Room = Set<{ readonly run: () => void }>

/** Positions count from 1, as a person reads them. Every change is said. */
export class TaskQueue {
  readonly #id: string
  readonly #host: Host
  readonly #limit: number
  readonly #waiting: Work[] = []
  /** Those who have something for it when there is room, by the level of its priority. */
  #outside: readonly [Room, Room, Room, Room] | undefined

  /** `limit`: how many may wait. */
  constructor(id: string, host: Host, limit: number) {
    this.#id = id
    this.#host = host
    this.#limit = limit
  }

  get length(): number {
    return this.#waiting.length
  }
  get full(): boolean {
    return this.#waiting.length >= this.#limit
  }

  /** Adds a task behind all of its priority, or before them when it was begun already. Throws `QUEUE_FULL` for one that is new. */
  add(work: Work, begun = false): void {
    if (this.full && !begun)
      throw new TroupeError('QUEUE_FULL', `${this.#limit} tasks wait for agent ${this.#id} already; try again later.`, {
        details: { limit: this.#limit },
      })
    const rank = level(work.priority) + (begun ? 0.5 : 0)
    let at = this.#waiting.length
    while (at > 0 && level(this.#waiting[at - 1]?.priority ?? 'critical') < rank) at--
    this.#waiting.splice(at, 0, work)
    this.#say('joined', work, at + 1)
  }

  /** Takes a task out. False when it was not there. */
  remove(work: Work): boolean {
    const at = this.#waiting.indexOf(work)
    if (at < 0) return false
    this.#waiting.splice(at, 1)
    this.#say('left', work, at + 1)
    this.#letIn()
    return true
  }

  /**
   * Calls back once when there is room for one more, and returns how not to: the most urgent first, then who has waited longest. Undefined
   * when there is room now.
   */
  whenRoom(priority: Priority, run: () => void): (() => void) | undefined {
    if (!this.full) return undefined
    this.#outside ??= [new Set(), new Set(), new Set(), new Set()]
    const outside = this.#outside[level(priority)]
    const waiting = { run }
    outside.add(waiting)
    return () => void outside.delete(waiting)
  }

  /** Takes out the next task that is not held back. */
  take(): Work | undefined {
    const work = this.#waiting.find((each) => !each.held)
    if (work) this.remove(work)
    return work
  }

  /** Empties the queue: each task fails. */
  dismiss(why: TroupeError): void {
    for (let work = this.#waiting[0]; work; work = this.#waiting[0]) {
      this.remove(work)
      work.fail(why)
    }
  }

  #letIn(): void {
    for (const outside of this.#outside?.toReversed() ?? [])
      for (const waiting of outside) {
        if (this.full) return
        outside.delete(waiting)
        waiting.run()
      }
  }

  #say(change: 'joined' | 'left', work: Work, position: number): void {
    const { length } = this.#waiting
    this.#host.emit({ type: 'agent.queue', id: this.#id, change, task: work.id, position, length }, { source: this.#id })
  }
}
