/** A task at work: what it waits for, who does it, how often it was tried, and how it ended. */
import { TroupeError } from '../../src/errors.js'
import type { Cause } from '../../src/protocol/envelope.js'
import type { Priority } from '../../src/protocol/priority.js'
import type { TaskState } from '../../src/protocol/states.js'
import type { AgentActor, Host, TaskActor, Work } from '../../src/system/actor.js'
import type { TaskPast } from '../../src/system/kinds.js'
import { Desk } from './desk.js'
import { Foreman } from './foreman.js'
import { Holders } from './holders.js'
import { TaskLife } from './life.js'
import { Limits } from './limits.js'
import { Needs, refuseLinks } from './needs.js'
import { Placement } from './placement.js'
import { type AnyTask, deadlineOf, needsOf, type Plan, parentOf, planOf } from './plan.js'
import { endRecord, keepRecord } from './record.js'
import { Retry } from './retry.js'
import { Whole } from './whole.js'

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
  readonly #whole: Whole
  readonly #placement: Placement
  readonly #holders: Holders
  readonly #past: TaskPast | undefined
  /** Why it is being ended, whatever its handler says of that. */
  #stopping: TroupeError | undefined
  #settle: (outcome: Outcome) => void = () => {}

  /** `parent`: where that is not in the registry yet. `past`: how it was in the process before. Throws what it is refused with. */
  constructor(
    host: Host,
    declared: AnyTask & { id: string },
    cause: Cause,
    from: string,
    { parent, past }: { readonly parent?: TaskActor | undefined; readonly past?: TaskPast | undefined } = {},
  ) {
    this.id = declared.id
    this.#past = past
    this.#holders = new Holders(this, past?.record.held)
    this.#parent = parent ?? parentOf(host, declared)
    const plan = planOf(host, declared, (part, parent) => new Task(host, part, cause, from, { parent }), past !== undefined)
    const links = needsOf(declared)
    refuseLinks(host, declared.id, links)
    this.from = from
    this.priority = plan.priority
    this.message = plan.message
    this.requires = plan.requires
    this.#host = host
    this.#declared = declared
    this.#plan = plan
    this.#life = new TaskLife(this.id, host, from, { ...cause, task: declared.id }, past?.view)
    this.#placement = new Placement(this, host.clock, this.#life, plan)
    this.#whole = new Whole({
      ...{ id: this.id, life: this.#life, worker: plan.worker },
      progressed: (percent) => this.#progressed(percent),
      concluded: (error, value) => this.#finish(error ? 'FAIL' : 'COMPLETE', error, value),
    })
    this.deadline = past ? past.record.deadline : deadlineOf(host, declared, this.#parent)
    this.#retry = new Retry(plan.retries, plan.backoff, () => host.ids.random(), past?.record.retry)
    this.#limits = new Limits(declared, {
      clock: host.clock,
      deadline: this.deadline,
      attemptOver: (why) => this.#placement.worker?.withdraw(this, why),
      allOver: (why) => this.#end('FAIL', why),
    })
    const tolerant = declared.kind !== 'graph' && declared.evenIfNeedsFail === true
    const told = {
      met: () => {
        if (this.#life.move('UNBLOCK')) this.#placement.place()
      },
      broken: (why: TroupeError) => this.#finish('FAIL', why),
      changed: () => this.keep(),
    }
    this.#needs = new Needs(host, links, tolerant, told, past?.record.met)
    this.ended = new Promise((resolve) => {
      this.#settle = resolve
    })
    if (plan.worker instanceof Foreman && !past) plan.worker.prepare(this)
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
    return this.#holders.held
  }
  get once(): boolean {
    return this.#declared.kind === 'task' && this.#declared.once === true
  }
  get needs(): Readonly<Record<string, unknown>> {
    return this.#needs.results
  }

  start(): void {
    const { swarm } = this.#plan
    this.#life.created(this.#plan, this.#declared, this.#needs.ids, this)
    this.keep()
    this.#parent?.addPart(this)
    if (this.#life.over) return
    this.#limits.start()
    swarm?.adopt(this)
    if (!this.#life.over) this.#needs.start()
  }

  rejoin(): void {
    this.#parent?.addPart(this)
    this.#limits.start()
    this.#plan.swarm?.readopt(this, this.#life.percent)
  }

  goOn(): void {
    if (this.#placement.takeUp(this.#past?.record.parts ?? {}))
      this.#whole.ended(this.#past?.view.parts.filter((part) => !this.#host.task(part)) ?? [])
    this.#limits.look()
    if (this.#life.over || this.#placement.worker) return
    if (this.state === 'queued') return this.#life.unplaced ? this.#placement.place() : this.#needs.start()
    if (this.state === 'assigned') return this.#placement.release('the process that its agent lived in has ended')
    if (this.state === 'crashed') return this.#placement.again(this.#past?.view.retryAt ?? 0)
    this.fail(new TroupeError('CRASHED', `The process that task ${this.id} ran in has ended.`))
  }

  begin(): void {
    this.#life.attempt++
    this.#whole.reports = false
    this.#life.move('BEGIN')
    this.#limits.attempt.start()
  }

  assign(agent: AgentActor): void {
    this.#placement.assign(agent)
  }

  progress(percent: number, note?: string): void {
    this.#whole.reports = true
    this.#progressed(percent, note)
  }

  output(data: string, stream: 'stdout' | 'stderr', order: number): void {
    this.#life.output(data, stream, order)
  }

  suspended(held: boolean): void {
    if (held) this.#limits.attempt.pause()
    else if (!this.#whole.returned && (this.state === 'running' || this.state === 'paused')) this.#limits.attempt.start()
  }

  ending(): void {
    this.#whole.family.end()
  }

  done(result: unknown): void {
    this.#limits.attempt.stop()
    this.#whole.done(result)
  }

  handOver(to: AgentActor, reason: string, went: () => void): boolean {
    if (this.#whole.returned || (this.once && this.state !== 'assigned')) return false
    return this.#placement.handOver({ to, reason, went })
  }

  putBack(reason: string, to = this.#placement.worker): void {
    this.#limits.attempt.stop()
    if (this.#stopping) return this.fail(this.#stopping)
    const begun = this.state !== 'assigned'
    if (begun && this.once)
      return this.#finish(
        'FAIL',
        new TroupeError('CRASHED', `Task ${this.id} is done once, and was put down half-way: ${reason}.`),
      )
    if (begun && !this.#life.move('CRASH', { reason })) return
    if (begun) this.#life.attempt--
    if (begun) this.#whole.family.renew()
    if (this.#life.move(begun ? 'RETRY' : 'RELEASE', { reason }) && to) this.#placement.assign(to, begun)
  }

  fail(error: TroupeError): void {
    this.#limits.attempt.stop()
    const moving = this.#placement.move()
    if (moving && !this.#stopping) {
      this.putBack(moving.reason, moving.to)
      return this.#placement.worker === moving.to ? moving.went() : undefined
    }
    // A deadline may have been declared to be a person's answer.
    const why = error.code === 'REJECTED' ? error : (this.#stopping ?? error)
    if (why.code === 'CANCELLED' || why.code === 'KILLED' || (this.#host.draining && this.state === 'assigned'))
      return this.#finish('CANCEL', why)
    if (this.state === 'assigned' && why.code === 'NOT_RUNNING' && this.#plan.swarm) return this.#placement.release(why.message)
    const last = this.#stopping || this.attempt === 0 || this.#host.draining || this.once
    const delay = last ? undefined : this.#retry.next(why)
    if (delay === undefined) return this.#finish('FAIL', why)
    const news = { error: why, reason: `attempt ${this.attempt} failed`, retryAt: this.#host.clock.now() + delay }
    if (!this.#life.move('CRASH', news)) return this.#finish('FAIL', why)
    this.keep()
    this.#whole.family.renew()
    this.#placement.again(news.retryAt)
  }

  cancel(error = new TroupeError('CANCELLED', 'The task was cancelled.')): number {
    const reached = this.#whole.family.open
    this.#end(error.code === 'TIMEOUT' ? 'FAIL' : 'CANCEL', error)
    return reached
  }

  pause(): number {
    return this.#holders.pause()
  }
  resume(): number {
    return this.#holders.resume()
  }
  holdWith(by: string, held: boolean): number {
    return this.#holders.set(by, held)
  }

  turn(held: boolean): number {
    if (this.#life.over) return 0
    if (!this.#life.move(held ? 'PAUSE' : 'RESUME'))
      this.#life.say({ reason: held ? 'held back until resumed' : 'no longer held back' })
    this.#placement.worker?.hold(this, held)
    if (!held && !this.#plan.worker && this.#life.unplaced) this.#plan.swarm?.take(this)
    return this.#whole.family.hold(this.id, held)
  }

  addPart(part: TaskActor): void {
    this.#whole.add(part, this.held)
  }
  partMoved(part: string, percent: number, final: boolean): void {
    this.#whole.moved(part, percent, final)
  }

  decide(decision: 'approve' | 'reject', by: string, reason?: string): void {
    const { worker } = this.#plan
    if (worker instanceof Desk) return worker.decide(decision, by, reason)
    throw new TroupeError('INVALID_STATE', `Task ${this.id} is not one that waits for a decision; only approvals are.`)
  }

  #progressed(percent: number, note?: string): void {
    this.#life.progress(percent, note)
    this.#parent?.partMoved(this.id, percent, false)
  }

  /** Ends it, however far it is: what is in hand is told first. */
  #end(type: 'CANCEL' | 'FAIL', error: TroupeError): void {
    if (this.#life.over) return
    this.#stopping = error
    if (this.#placement.inHand && !this.#whole.returned) this.#placement.worker?.withdraw(this, error)
    else this.#finish(type, error)
  }

  keep(): void {
    if (!this.#host.keeper || this.#life.over) return
    const { from, cause, deadline } = this
    const past = { from, cause, deadline, held: this.#holders.names, retry: this.#retry.record, met: this.#needs.met }
    keepRecord(this.#host.keeper, this.id, this.#declared, this.#plan.worker, past)
  }

  #finish(type: 'COMPLETE' | 'FAIL' | 'CANCEL', error?: TroupeError, value?: unknown): void {
    if (this.#life.over) return
    this.#placement.stop()
    this.#limits.close()
    this.#needs.stop()
    this.#life.move(type, { error, result: value })
    if (this.#host.keeper)
      endRecord(this.#host, { id: this.id, parent: this.#parent?.id }, this.#plan.worker, {
        error: error?.toJSON(),
        result: value,
      })
    this.#whole.family.end()
    this.#parent?.partMoved(this.id, 100, true)
    this.#host.retire(this)
    this.#settle({ error, value })
  }
}
