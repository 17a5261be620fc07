/** The tasks of a swarm: those that are not final, and how far all of them are. */
import type { TroupeError } from '../../src/errors.js'
import type { Envelope } from '../../src/protocol/envelope.js'
import type { Event } from '../../src/protocol/event.js'
import type { SwarmSummary } from '../../src/protocol/reply.js'
import type { Host, TaskActor } from '../../src/system/actor.js'
import { type Progress, Tally, type TallyPast } from './tally.js'

export interface TasksOptions {
  readonly host: Host
  /** What there was in the process before. */
  readonly past: TallyPast | undefined
  /** One has said something. */
  heard(event: Event): void
  /** One has come to its end. */
  ended(id: string): void
  /** How far they are has changed, or may have. */
  moved(news: Progress | undefined): void
}

export class Tasks {
  readonly #options: TasksOptions
  readonly #open = new Map<string, { readonly task: TaskActor; readonly forget: () => void }>()
  readonly #tally: Tally

  constructor(options: TasksOptions) {
    this.#options = options
    this.#tally = new Tally(options.host.clock, options.past)
  }

  /** Whether there were some, and all have come to their end. */
  get allFinal(): boolean {
    return this.#open.size === 0 && this.#tally.total > 0
  }
  get summary(): SwarmSummary {
    return this.#tally.summary
  }
  /** Those that are not final. */
  get open(): readonly TaskActor[] {
    return [...this.#open.values()].map(({ task }) => task)
  }

  get(id: string): TaskActor | undefined {
    return this.#open.get(id)?.task
  }

  /** `percent`: how far it is already. */
  add(task: TaskActor, percent = 0): void {
    this.#tally.add(task.id, percent)
    // Two exact topics rather than a pattern: a pattern costs a look at every topic that has been in use.
    const hear = (envelope: Envelope) => this.#heard(envelope)
    const stops = ['status', 'progress'].map((what) => this.#options.host.listen(`task.${task.id}.${what}`, hear))
    const forget = () => {
      for (const stop of stops) stop()
    }
    this.#open.set(task.id, { task, forget })
  }

  /** One of those that it had could not be brought back. */
  lost(state: 'failed' | 'cancelled'): void {
    this.#tally.lost(state)
  }

  /** How far they are, where that has changed since it was last asked. */
  news(): Progress | undefined {
    return this.#tally.news()
  }

  /** Holds them back on behalf of their swarm, or lets them go on. */
  hold(swarm: string, held: boolean): void {
    for (const task of this.open) task.holdWith(swarm, held)
  }

  cancel(why: TroupeError): void {
    for (const task of this.open) task.cancel(why)
  }

  close(): void {
    for (const { forget } of this.#open.values()) forget()
  }

  #heard({ event }: Envelope): void {
    this.#options.heard(event)
    if (event.type === 'task.progress') this.#tally.progress(event.id, event.progress)
    else if (event.type !== 'task.status' || !this.#tally.status(event.id, event.state)) return
    else {
      this.#open.get(event.id)?.forget()
      this.#open.delete(event.id)
      this.#options.ended(event.id)
    }
    this.#options.moved(this.#tally.news())
  }
}
