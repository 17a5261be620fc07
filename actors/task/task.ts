/** A task at work: what it waits for, who does it, how often it was tried, and how it ended. */
import { TroupeError } from '../../src/errors.js'
import type { Cause } from '../../src/protocol/envelope.js'
import type { Priority } from '../../src/protocol/priority.js'
import type { TaskState } from '../../src/protocol/states.js'
import type { AgentActor, Host, SwarmActor, TaskActor, Work } from '../../src/system/actor.js'
import type { TaskDeclaration } from '../../src/system/definition.js'
import { live } from '../../src/system/machine.js'
import { Countdown } from './countdown.js'
import { taskMachine } from './machine.js'
import { Needs, refuseCycle, refuseNoIds } from './needs.js'

const idOf = (ref: string | { readonly id: string }) => (typeof ref === 'string' ? ref : ref.id)

export class Task implements TaskActor, Work {
  readonly kind = 'task'
  readonly id: string
  readonly priority: Priority
  readonly message: Work['message']
  readonly from: string
  readonly cause: Cause
  readonly ready = Promise.resolve()
  readonly ended: TaskActor['ended']
  state: TaskState = 'queued'
  attempt = 0
  held = false
  readonly #host: Host
  readonly #declared: TaskDeclaration
  readonly #life = live(taskMachine)
  readonly #to: AgentActor | SwarmActor
  readonly #needs: Needs
  readonly #timeout: Countdown
  #agent: AgentActor | undefined
  #sequence = 0
  #startedAt = 0
  #cancelRetry: (() => void) | undefined
  #stopping: TroupeError | undefined
  #settle: (outcome: { error: TroupeError | undefined; value: unknown }) => void = () => {}

  constructor(host: Host, declared: TaskDeclaration & { id: string }, cause: Cause, from: string) {
    const target = idOf(declared.to)
    const to = host.agent(target) ?? host.swarm(target)
    if (!to) throw new TroupeError('NOT_FOUND', `A task needs an agent or a swarm to go to; there is none with the id ${target}.`)
    const needs = [...new Set((declared.needs ?? []).map(idOf))]
    refuseNoIds(needs)
    refuseCycle(host, declared.id, needs)
    if (to.kind === 'agent' && to.full)
      throw new TroupeError('QUEUE_FULL', `As many tasks wait for agent ${to.id} as may; try again later.`)
    this.id = declared.id
    this.from = from
    this.priority = declared.priority ?? 'normal'
    this.message = to.kind === 'agent' ? to.check(declared.message) : declared.message
    this.cause = { ...cause, task: declared.id }
    this.#host = host
    this.#declared = declared
    this.#to = to
    this.#timeout = new Countdown(host.clock, declared.timeout, () => this.#timedOut())
    this.#needs = new Needs(host, needs, {
      met: () => this.#unblocked(),
      broken: (need, state) =>
        this.#finish(
          'FAIL',
          new TroupeError('DEPENDENCY_FAILED', `The task ${need}, which this one needs, was ${state}.`, {
            details: { task: need },
          }),
        ),
    })
    this.ended = new Promise((resolve) => {
      this.#settle = resolve
    })
  }

  get work(): Work {
    return this
  }

  start(): void {
    const { title = this.message.type, retries = 0, timeout, metadata } = this.#declared
    this.#host.emit(
      {
        type: 'task.created',
        id: this.id,
        title: title.slice(0, 256),
        to: this.#to.id,
        message: this.message,
        needs: [...this.#needs.ids],
        priority: this.priority,
        retries,
        ...(timeout === undefined ? {} : { timeout }),
        ...(this.#to.kind === 'swarm' ? { swarm: this.#to.id } : {}),
        ...(metadata ? { metadata: { ...metadata } } : {}),
      },
      { source: this.from, cause: this.cause },
    )
    if (this.#to.kind === 'swarm') this.#to.adopt(this)
    this.#needs.start()
  }

  assign(agent: AgentActor): void {
    try {
      agent.check(this.message)
      this.#agent = agent
      // Said first, so that nobody hears of a task in a queue before it was assigned.
      if (this.#move('ASSIGN')) agent.enqueue(this)
    } catch (thrown) {
      this.fail(thrown instanceof TroupeError ? thrown : new TroupeError('INTERNAL', undefined, { cause: thrown }))
    }
  }

  begin(): void {
    this.attempt++
    this.#startedAt = this.#host.clock.now()
    this.#move('BEGIN')
    this.#timeout.start()
  }

  progress(percent: number, note?: string): void {
    const spent = this.#host.clock.now() - this.#startedAt
    const remaining = percent > 0 ? Math.round((spent * (100 - percent)) / percent) : undefined
    this.#host.emit(
      {
        type: 'task.progress',
        id: this.id,
        progress: percent,
        ...(note === undefined ? {} : { note: note.slice(0, 1_000) }),
        ...(remaining === undefined ? {} : { remaining }),
      },
      { source: this.#agent?.id ?? this.from, priority: 'low', cause: this.cause },
    )
  }

  output(data: string, stream: 'stdout' | 'stderr'): void {
    const agent = this.#agent?.id ?? this.#to.id
    this.#host.emit(
      { type: 'task.output', id: this.id, agent, stream, data, sequence: ++this.#sequence, attempt: this.attempt },
      { source: agent, priority: 'low', cause: this.cause },
    )
  }

  done(result: unknown): void {
    this.#timeout.stop()
    this.#finish('COMPLETE', undefined, result)
  }

  fail(error: TroupeError): void {
    this.#timeout.stop()
    const why = this.#stopping ?? error
    if (why.code === 'CANCELLED' || why.code === 'KILLED' || (this.#host.draining && this.state === 'assigned'))
      return this.#finish('CANCEL', why)
    if (this.state === 'assigned' && why.code === 'NOT_RUNNING' && this.#to.kind === 'swarm') return this.#release(why)
    const { retries = 0, backoff = [100, 30_000] } = this.#declared
    const again = why.retry && this.attempt > 0 && this.attempt <= retries && !this.#host.draining
    if (!again || !this.#life.send({ type: 'CRASH' })) return this.#finish('FAIL', why)
    this.#entered({ error: why, reason: `attempt ${this.attempt} of ${retries + 1} failed` })
    const delay = Math.min(backoff[1], backoff[0] * 2 ** (this.attempt - 1))
    this.#cancelRetry = this.#host.clock.after(delay, () => {
      if (this.#move('RETRY')) this.#place()
    })
  }

  cancel(error = new TroupeError('CANCELLED', 'The task was cancelled.')): void {
    if (this.#life.path === 'completed' || this.#life.path === 'failed' || this.#life.path === 'cancelled') return
    this.#stopping = error
    if (this.#agent && (this.state === 'assigned' || this.state === 'running' || this.state === 'paused'))
      this.#agent.withdraw(this, error)
    else this.#finish('CANCEL', error)
  }

  pause(): void {
    if (this.held) return
    this.held = true
    if (this.#move('PAUSE')) {
      this.#timeout.pause()
      this.#agent?.hold(this, true)
    } else if (this.state === 'queued' || this.state === 'assigned') this.#entered({ reason: 'held back until resumed' })
    else {
      this.held = false
      throw new TroupeError('INVALID_STATE', `Task ${this.id} is ${this.state} and cannot be paused.`)
    }
  }

  resume(): void {
    if (!this.held) {
      if (this.#life.path === 'running') return
      throw new TroupeError('INVALID_STATE', `Task ${this.id} is ${this.state} and is not paused.`)
    }
    this.held = false
    if (this.#move('RESUME')) this.#timeout.start()
    else this.#entered({ reason: 'no longer held back' })
    this.#agent?.hold(this, false)
    if (this.#to.kind === 'swarm' && this.state === 'queued') this.#to.take(this)
  }

  #unblocked(): void {
    if (this.#move('UNBLOCK')) this.#place()
  }

  /** Gives it to its agent, or to its swarm, which finds one. */
  #place(): void {
    if (this.#to.kind === 'agent') this.assign(this.#to)
    else this.#to.take(this)
  }

  #release(why: TroupeError): void {
    this.#agent = undefined
    if (!this.#life.send({ type: 'RELEASE' })) return
    this.#entered({ reason: why.message })
    this.#place()
  }

  #timedOut(): void {
    const error = new TroupeError(
      'TIMEOUT',
      `The task ran longer than the ${this.#declared.timeout} ms that one attempt may take.`,
    )
    this.#agent?.withdraw(this, error)
  }

  #finish(type: 'COMPLETE' | 'FAIL' | 'CANCEL', error?: TroupeError, value?: unknown): void {
    if (!this.#life.send({ type })) return
    this.#cancelRetry?.()
    this.#timeout.stop()
    this.#needs.stop()
    this.#entered({ error, result: value })
    this.#life.stop()
    this.#host.retire(this)
    this.#settle({ error, value })
  }

  #move(type: 'UNBLOCK' | 'ASSIGN' | 'BEGIN' | 'PAUSE' | 'RESUME' | 'RETRY'): boolean {
    if (!this.#life.send({ type })) return false
    this.#entered({})
    return true
  }

  #entered(what: { error?: TroupeError | undefined; reason?: string; result?: unknown }): void {
    const from = this.state
    const path = this.#life.path
    this.state = (path.startsWith('queued') ? 'queued' : path) as TaskState
    this.#host.emit(
      {
        type: 'task.status',
        id: this.id,
        state: this.state,
        blocked: path === 'queued.blocked',
        from,
        attempt: this.attempt,
        ...(this.#agent ? { agent: this.#agent.id } : {}),
        ...(what.reason ? { reason: what.reason } : {}),
        ...(what.error ? { error: what.error.toJSON() } : {}),
        ...(what.result === undefined ? {} : { result: what.result }),
      },
      { source: this.#agent?.id ?? this.from, cause: this.cause },
    )
  }
}
