/** A task at work: what it waits for, who does it, how often it was tried, and how it ended. */
import { isOurs, TroupeError, toTroupeError } from '../../src/errors.js'
import type { Cause } from '../../src/protocol/envelope.js'
import type { Priority } from '../../src/protocol/priority.js'
import type { TaskState } from '../../src/protocol/states.js'
import type { AgentActor, Host, TaskActor, Work } from '../../src/system/actor.js'
import { Desk } from './desk.js'
import { Family } from './family.js'
import { Foreman } from './foreman.js'
import { TaskLife } from './life.js'
import { Limits } from './limits.js'
import { Needs, refuseLinks } from './needs.js'
import { type AnyTask, deadlineOf, needsOf, type Plan, parentOf, planOf } from './plan.js'
import { Retry } from './retry.js'
import type { Worker } from './worker.js'

type Outcome = { readonly error: TroupeError | undefined; readonly value: unknown }

export class Task implements TaskActor, Work {
  readonly kind = 'task'
  readonly id: string
  readonly work: Work = this
  readonly priority: Priority
  readonly message: Work['message']
  readonly from: string
  readonly deadline: number | undefined
  readonly requires: readonly string[]
  readonly ready = Promise.resolve()
  readonly ended: Promise<Outcome>
  readonly #host: Host
  readonly #declared: AnyTask
  readonly #plan: Plan
  readonly #parent: TaskActor | undefined
  readonly #life: TaskLife
  readonly #needs: Needs
  readonly #retry: Retry
  readonly #limits: Limits
  readonly #family: Family
  #worker: Worker | undefined
  #reports = false
  /** On whose behalf it is paused: its own, its parent's, its swarm's. */
  readonly #holders = new Set<string>()
  /** What its handler returned, while parts of it are still open. */
  #returned: { readonly value: unknown } | undefined
  /** Ends its waiting for the next try, or for room with who is to do it. */
  #cancelWait: (() => void) | undefined
  /** To whom it goes, when its worker has let go of it. */
  #moving: { readonly to: Worker; readonly reason: string; readonly went: () => void } | undefined
  /** Why it is being ended, whatever its handler says of that. */
  #stopping: TroupeError | undefined
  #settle: (outcome: Outcome) => void = () => {}

  /** `parent`: the task that it is a part of, where that is not in the registry yet. Throws what it is refused with. */
  constructor(host: Host, declared: AnyTask & { id: string }, cause: Cause, from: string, parent?: TaskActor) {
    this.id = declared.id
    this.#parent = parent ?? parentOf(host, declared)
    const plan = planOf(host, declared, (part, of) => new Task(host, part, cause, from, of))
    const links = needsOf(declared)
    refuseLinks(host, declared.id, links)
    this.from = from
    this.priority = plan.priority
    this.message = plan.message
    this.requires = plan.requires
    this.#host = host
    this.#family = new Family(this.id)
    this.#declared = declared
    this.#plan = plan
    this.#life = new TaskLife(this.id, host, from, { ...cause, task: declared.id })
    this.deadline = deadlineOf(host, declared, this.#parent)
    this.#retry = new Retry(plan.retries, plan.backoff, () => host.ids.random())
    this.#limits = new Limits(declared, {
      clock: host.clock,
      deadline: this.deadline,
      attemptOver: (why) => this.#worker?.withdraw(this, why),
      allOver: (why) => this.#end('FAIL', why),
    })
    this.#needs = new Needs(host, links, declared.kind !== 'graph' && declared.evenIfNeedsFail === true, {
      met: () => {
        if (this.#life.move('UNBLOCK')) this.#place()
      },
      broken: (why) => this.#finish('FAIL', why),
    })
    this.ended = new Promise((resolve) => {
      this.#settle = resolve
    })
    if (plan.worker instanceof Foreman) plan.worker.prepare(this)
  }

  get state(): TaskState {
    return this.#life.state
  }
  get cause(): Cause {
    return this.#life.cause
  }
  get attempt(): number {
    return this.#life.attempt
  }
  get held(): boolean {
    return this.#holders.size > 0
  }
  get needs(): Readonly<Record<string, unknown>> {
    return this.#needs.results
  }

  start(): void {
    const { swarm } = this.#plan
    this.#life.created(this.#plan, this.#declared, this.#needs.ids, this)
    this.#parent?.addPart(this)
    if (this.#life.over) return
    this.#limits.start()
    swarm?.adopt(this)
    if (!this.#life.over) this.#needs.start()
  }

  begin(): void {
    this.#life.attempt++
    this.#reports = false
    this.#life.move('BEGIN')
    this.#limits.attempt.start()
  }

  progress(percent: number, note?: string): void {
    this.#reports = true
    this.#progressed(percent, note)
  }

  output(data: string, stream: 'stdout' | 'stderr', order: number): void {
    this.#life.output(data, stream, order)
  }

  suspended(held: boolean): void {
    if (held) this.#limits.attempt.pause()
    else if (!this.#returned && (this.state === 'running' || this.state === 'paused')) this.#limits.attempt.start()
  }

  ending(): void {
    this.#family.end()
  }

  done(result: unknown): void {
    this.#limits.attempt.stop()
    this.#returned = { value: result }
    this.#concludeIfWhole()
  }

  handOver(to: AgentActor, reason: string, went: () => void): boolean {
    if (!this.#worker || this.#plan.worker || this.#returned || !['assigned', 'running', 'paused'].includes(this.state))
      return false
    this.#moving = { to, reason, went }
    this.#worker.withdraw(this, new TroupeError('CANCELLED', `The task goes to ${to.id}: ${reason}.`))
    return true
  }

  putBack(reason: string, to = this.#worker): void {
    this.#limits.attempt.stop()
    if (this.#stopping) return this.fail(this.#stopping)
    const begun = this.state !== 'assigned'
    if (begun && !this.#life.move('CRASH', { reason })) return
    if (begun) this.#life.attempt--
    if (begun) this.#family.renew()
    if (this.#life.move(begun ? 'RETRY' : 'RELEASE', { reason }) && to) this.assign(to, begun)
  }

  fail(error: TroupeError): void {
    this.#limits.attempt.stop()
    const moving = this.#moving
    this.#moving = undefined
    if (moving && !this.#stopping) {
      this.putBack(moving.reason, moving.to)
      return this.#worker === moving.to ? moving.went() : undefined
    }
    // A deadline may have been declared to be a person's answer.
    const why = error.code === 'REJECTED' ? error : (this.#stopping ?? error)
    if (why.code === 'CANCELLED' || why.code === 'KILLED' || (this.#host.draining && this.state === 'assigned'))
      return this.#finish('CANCEL', why)
    if (this.state === 'assigned' && why.code === 'NOT_RUNNING' && this.#plan.swarm) return this.#release(why)
    const delay = this.#stopping || this.attempt === 0 || this.#host.draining ? undefined : this.#retry.next(why)
    if (delay === undefined) return this.#finish('FAIL', why)
    const news = { error: why, reason: `attempt ${this.attempt} failed`, retryAt: this.#host.clock.now() + delay }
    if (!this.#life.move('CRASH', news)) return this.#finish('FAIL', why)
    this.#family.renew()
    this.#cancelWait = this.#host.clock.after(delay, () => {
      if (this.#life.move('RETRY')) this.#place()
    })
  }

  cancel(error = new TroupeError('CANCELLED', 'The task was cancelled.')): number {
    const reached = this.#family.open
    this.#end(error.code === 'TIMEOUT' ? 'FAIL' : 'CANCEL', error)
    return reached
  }

  pause(): number {
    if (this.#life.over) throw new TroupeError('INVALID_STATE', `Task ${this.id} is ${this.state} and cannot be paused.`)
    return this.holdWith(this.id, true)
  }

  resume(): number {
    const [by] = this.#holders
    if (by === undefined && this.state === 'running') return 0
    if (by === undefined) throw new TroupeError('INVALID_STATE', `Task ${this.id} is ${this.state} and is not paused.`)
    if (this.#holders.has(this.id)) return this.holdWith(this.id, false)
    throw new TroupeError('INVALID_STATE', `Task ${this.id} is paused with ${by}, to which it belongs; resume that.`)
  }

  holdWith(by: string, held: boolean): number {
    const before = this.held
    if (held) this.#holders.add(by)
    else this.#holders.delete(by)
    if (this.held === before || this.#life.over) return 0
    if (!this.#life.move(held ? 'PAUSE' : 'RESUME'))
      this.#life.say({ reason: held ? 'held back until resumed' : 'no longer held back' })
    this.#worker?.hold(this, held)
    if (!held && !this.#plan.worker && this.#life.unplaced) this.#plan.swarm?.take(this)
    return this.#family.hold(this.id, held)
  }

  addPart(part: TaskActor): void {
    this.#family.add(part)
    if (this.held) part.holdWith(this.id, true)
  }

  partMoved(part: string, percent: number, final: boolean): void {
    this.#family.moved(part, percent, final)
    const mean = this.#family.progress
    if (!this.#reports && !this.#family.ending && mean !== this.#life.percent && this.state === 'running') this.#progressed(mean)
    if (final) this.#concludeIfWhole()
  }

  decide(decision: 'approve' | 'reject', by: string, reason?: string): void {
    const { worker } = this.#plan
    if (worker instanceof Desk) return worker.decide(decision, by, reason)
    throw new TroupeError('INVALID_STATE', `Task ${this.id} is not one that waits for a decision; only approvals are.`)
  }

  /** Its handler has returned and all its parts are final. */
  #concludeIfWhole(): void {
    const returned = this.#returned
    if (!returned || this.#family.open > 0 || this.#life.over) return
    const { worker } = this.#plan
    if (!(worker instanceof Foreman)) return this.#finish('COMPLETE', undefined, returned.value)
    void worker
      .outcome()
      .then(({ error, value }) => (error ? this.#finish('FAIL', error) : this.#finish('COMPLETE', undefined, value)))
  }

  #progressed(percent: number, note?: string): void {
    this.#life.progress(percent, note)
    this.#parent?.partMoved(this.id, percent, false)
  }

  /** Ends it, however far it is: what is in hand is told first. */
  #end(type: 'CANCEL' | 'FAIL', error: TroupeError): void {
    if (this.#life.over) return
    this.#stopping = error
    const inHand = this.state === 'assigned' || this.state === 'running' || this.state === 'paused'
    if (this.#worker && inHand && !this.#returned) this.#worker.withdraw(this, error)
    else this.#finish(type, error)
  }

  /** Gives it to who does it, or to its swarm, which finds one. */
  #place(): void {
    const { worker, swarm } = this.#plan
    if (worker) this.assign(worker)
    else swarm?.take(this)
  }

  /** Where as many wait as may, what was accepted waits outside; what was begun has its place. */
  assign(worker: Worker, begun = false): void {
    this.#cancelWait = begun ? undefined : worker.queue?.whenRoom(this.priority, () => this.assign(worker))
    if (this.#cancelWait) return this.#life.say({ reason: `it waits for room in the queue of ${worker.id}` })
    try {
      worker.check(this.message)
      this.#worker = worker
      this.#life.agent = worker.kind === 'agent' ? worker.id : undefined
      // Said first, so that nobody hears of a task in a queue before it was assigned.
      if (this.#life.move('ASSIGN')) worker.enqueue(this, begun)
    } catch (thrown) {
      this.fail(isOurs(thrown) ? thrown : toTroupeError(thrown))
    }
  }

  #release(why: TroupeError): void {
    this.#worker = undefined
    this.#life.agent = undefined
    if (this.#life.move('RELEASE', { reason: why.message })) this.#place()
  }

  #finish(type: 'COMPLETE' | 'FAIL' | 'CANCEL', error?: TroupeError, value?: unknown): void {
    if (this.#life.over) return
    this.#cancelWait?.()
    this.#limits.close()
    this.#needs.stop()
    this.#life.move(type, { error, result: value })
    this.#family.end()
    this.#parent?.partMoved(this.id, 100, true)
    this.#host.retire(this)
    this.#settle({ error, value })
  }
}
