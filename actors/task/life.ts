/** A task's state, moved by its machine, and what is said of it. */
import type { TroupeError } from '../../src/errors.js'
import type { Cause } from '../../src/protocol/envelope.js'
import type { TaskState } from '../../src/protocol/states.js'
import type { TaskView } from '../../src/protocol/view.js'
import type { Host, TaskActor } from '../../src/system/actor.js'
import { type Life, live } from '../../src/system/machine.js'
import { idOf } from './link.js'
import { taskMachine } from './machine.js'
import type { AnyTask, Plan } from './plan.js'
import { TaskTrace } from './trace.js'

type Move = 'UNBLOCK' | 'ASSIGN' | 'RELEASE' | 'BEGIN' | 'PAUSE' | 'RESUME' | 'CRASH' | 'RETRY' | 'COMPLETE' | 'FAIL' | 'CANCEL'

/** What is said beside the state. */
interface News {
  readonly error?: TroupeError | undefined
  readonly reason?: string | undefined
  readonly result?: unknown
  readonly retryAt?: number | undefined
}

export class TaskLife {
  state: TaskState = 'queued'
  attempt = 0
  /** The agent that has it, if one has. */
  agent: string | undefined
  /** How far it is, 0 to 100. */
  percent = 0
  readonly #id: string
  readonly #host: Host
  readonly #from: string
  #cause: Cause
  readonly #trace: TaskTrace
  readonly #machine: Life<{ type: Move }>
  #sequence = 0
  #startedAt = 0

  /** `past`: how it was in the process before. */
  constructor(id: string, host: Host, from: string, cause: Cause, past?: TaskView) {
    this.#id = id
    this.#host = host
    this.#from = from
    this.#cause = cause
    this.#trace = new TaskTrace(host)
    const queued = past?.blocked ? 'queued.blocked' : 'queued.ready'
    this.#machine = live(taskMachine, id, host.inspect, past?.state === 'queued' ? queued : past?.state)
    if (!past) return
    this.state = past.state
    this.attempt = past.attempt
    this.agent = past.agent
    this.percent = past.progress
    this.#sequence = past.output
    this.#startedAt = past.startedAt ?? 0
    const { message, to, parent } = past
    this.#cause = this.#trace.begin({ id, type: String(message['type']), to, parent }, cause)
  }

  /** Why it is, for what follows from it: from its creation on, within its span. */
  get cause(): Cause {
    return this.#cause
  }

  get over(): boolean {
    return this.state === 'completed' || this.state === 'failed' || this.state === 'cancelled'
  }
  /** Whether nothing is missing but somebody who does it. */
  get unplaced(): boolean {
    return this.#machine.path === 'queued.ready'
  }

  /** Says that it exists. */
  created(
    { title, swarm, worker, message, retries }: Plan,
    declared: AnyTask,
    needs: readonly string[],
    { priority, requires, deadline }: Pick<TaskActor, 'priority' | 'requires' | 'deadline'>,
  ): void {
    const { metadata, parent } = declared
    const { timeout, once } = declared.kind === 'task' ? declared : {}
    const to = swarm?.id ?? worker?.id ?? ''
    const whole = parent === undefined ? undefined : idOf(parent)
    this.#cause = this.#trace.begin({ id: this.#id, type: message.type, to, parent: whole }, this.#cause)
    this.#host.emit(
      {
        type: 'task.created',
        id: this.#id,
        title: title.slice(0, 256),
        to,
        message,
        needs: [...needs],
        ...(requires.length > 0 ? { requires: [...requires] } : {}),
        priority,
        retries: typeof retries === 'number' ? retries : { ...retries },
        ...(timeout === undefined ? {} : { timeout }),
        ...(once ? { once } : {}),
        ...(deadline === undefined ? {} : { deadline }),
        ...(whole === undefined ? {} : { parent: whole }),
        ...(swarm ? { swarm: swarm.id } : {}),
        ...(metadata ? { metadata: { ...metadata } } : {}),
      },
      { source: this.#from, cause: this.#cause },
    )
  }

  /** Takes a transition and says so. False, and silent, when the present state has none of that name. */
  move(type: Move, news: News = {}): boolean {
    if (!this.#machine.send({ type })) return false
    const from = this.state
    const { path } = this.#machine
    // The machine's top states are the words of the contract.
    this.state = (path.startsWith('queued') ? 'queued' : path) as TaskState
    if (type === 'BEGIN') {
      this.#startedAt = this.#host.clock.now()
      this.percent = 0
    }
    this.#trace.moved(this.state, this.attempt, this.agent, news.error)
    if (this.over) this.#machine.stop()
    this.say(news, from)
    if (this.over) this.#trace.end(this.state, this.attempt, news.error)
    return true
  }

  /** Says how it is. */
  say({ error, reason, result, retryAt }: News, from = this.state): void {
    this.#host.emit(
      {
        type: 'task.status',
        id: this.#id,
        state: this.state,
        blocked: this.#machine.path === 'queued.blocked',
        from,
        attempt: this.attempt,
        ...(this.agent ? { agent: this.agent } : {}),
        ...(reason ? { reason } : {}),
        ...(error ? { error: error.toJSON() } : {}),
        ...(retryAt === undefined ? {} : { retryAt }),
        ...(result === undefined ? {} : { result }),
      },
      { source: this.agent ?? this.#from, cause: this.#cause },
    )
  }

  progress(percent: number, note?: string): void {
    this.percent = percent
    const spent = Math.max(0, this.#host.clock.now() - this.#startedAt)
    const remaining = percent > 0 ? Math.round((spent * (100 - percent)) / percent) : undefined
    this.#host.emit(
      {
        type: 'task.progress',
        id: this.#id,
        progress: percent,
        ...(note === undefined ? {} : { note: note.slice(0, 1_000) }),
        ...(remaining === undefined ? {} : { remaining }),
      },
      { source: this.agent ?? this.#from, priority: 'low', cause: this.#cause },
    )
  }

  output(data: string, stream: 'stdout' | 'stderr', order: number): void {
    const agent = this.agent ?? ''
    this.#host.emit(
      { type: 'task.output', id: this.#id, agent, stream, data, sequence: ++this.#sequence, order, attempt: this.attempt },
      { source: agent, priority: 'low', cause: this.#cause },
    )
  }
}
