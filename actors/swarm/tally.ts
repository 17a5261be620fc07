/** How far a swarm's tasks are, counted as they change. */
import type { Clock } from '../../src/clock.js'
import type { SwarmSummary } from '../../src/protocol/reply.js'
import type { TaskState } from '../../src/protocol/states.js'

export interface Progress {
  readonly progress: number
  readonly completed: number
  readonly total: number
  readonly remaining?: number
}

/** What would be said again. */
const wordsOf = ({ progress, completed, total }: TallyPast['said']): string => `${progress} ${completed} ${total}`

export interface TallyPast extends SwarmSummary {
  /** Milliseconds since the epoch. */
  readonly startedAt: number
  /** What was said of it last. */
  readonly said: Pick<Progress, 'progress' | 'completed' | 'total'>
}

export class Tally {
  readonly #clock: Clock
  readonly #startedAt: number
  readonly #percent = new Map<string, number>()
  #sum = 0
  #completed = 0
  #failed = 0
  #cancelled = 0
  #said = ''
  total = 0

  /** `past`: what there was in the process before. */
  constructor(clock: Clock, past?: TallyPast) {
    this.#clock = clock
    this.#startedAt = past?.startedAt ?? clock.now()
    if (!past) return
    const { completed, failed, cancelled } = past
    this.#completed = completed
    this.#failed = failed
    this.#cancelled = cancelled
    this.total = completed + failed + cancelled
    this.#sum = 100 * this.total
    this.#said = wordsOf(past.said)
  }

  get summary(): SwarmSummary {
    return { completed: this.#completed, failed: this.#failed, cancelled: this.#cancelled }
  }

  add(id: string, percent = 0): void {
    this.total++
    this.#sum += percent
    this.#percent.set(id, percent)
  }

  /** Counts one that ended so in the process before. */
  lost(state: 'failed' | 'cancelled'): void {
    this.total++
    this.#sum += 100
    if (state === 'failed') this.#failed++
    else this.#cancelled++
  }

  progress(id: string, percent: number): void {
    const before = this.#percent.get(id)
    if (before === undefined) return
    this.#sum += percent - before
    this.#percent.set(id, percent)
  }

  /** Counts a change of state. True when the task is final. */
  status(id: string, state: TaskState): boolean {
    if (state === 'crashed') this.progress(id, 0)
    if (state !== 'completed' && state !== 'failed' && state !== 'cancelled') return false
    if (state === 'completed') this.#completed++
    else if (state === 'failed') this.#failed++
    else this.#cancelled++
    this.progress(id, 100)
    this.#percent.delete(id)
    return true
  }

  /** What has changed since it was last asked, in whole percents; undefined when nothing has. */
  news(): Progress | undefined {
    const progress = this.total === 0 ? 0 : Math.floor(this.#sum / this.total)
    const said = wordsOf({ progress, completed: this.#completed, total: this.total })
    if (said === this.#said) return undefined
    this.#said = said
    const spent = this.#clock.now() - this.#startedAt
    return {
      progress,
      completed: this.#completed,
      total: this.total,
      ...(progress > 0 && progress < 100 ? { remaining: Math.round((spent * (100 - progress)) / progress) } : {}),
    }
  }
}
