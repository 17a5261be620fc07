/** An agent at work: its mailbox, its queue of tasks, what is in hand, and its life. */
import { TroupeError, toTroupeError } from '../../src/errors.js'
import type { StopOptions } from '../../src/options.js'
import type { AgentState } from '../../src/protocol/states.js'
import type { AgentActor, BallotPaper, Host, Letter, Turn, Voice, Work } from '../../src/system/actor.js'
import type { AgentDefinition, SpawnOptions } from '../../src/system/definition.js'
import { restart } from '../../src/system/strategy.js'
import { type Behaviour, behaviourOf, followed } from './behaviour.js'
import { Delivery, type Receiver } from './delivery.js'
import { InHand } from './in-hand.js'
import { AgentLife } from './life.js'
import { Mailbox } from './mailbox.js'
import { promised } from './promised.js'
import { TaskQueue } from './queue.js'
import { Run } from './run.js'
import { runStopHook } from './stop-hook.js'
import { Supervision } from './supervision.js'

const defaultPolicy = restart()
/** Milliseconds that work which was told to end, or a stop hook, may take before it is left behind and reported. */
const patience = 10_000

export class Agent implements AgentActor, Receiver, Turn {
  readonly kind = 'agent'
  readonly id: string
  readonly host: Host
  readonly definition: AgentDefinition
  readonly options: unknown
  readonly concurrency: number
  readonly parent: string | undefined
  readonly ready: Promise<void>
  readonly ended: Promise<void>
  /** Whether the scheduler has its next turn. */
  queued = false
  /** What its handlers keep between messages. */
  memory: unknown
  readonly #given: SpawnOptions
  readonly #behaviour: Behaviour
  readonly #life: AgentLife
  readonly #supervision: Supervision
  readonly #mailbox: Mailbox
  readonly #queue = new TaskQueue()
  readonly #queueLimit: number
  readonly #inHand: InHand
  readonly #delivery: Delivery
  #outputs = 0
  #pauseWanted = false
  /** Whether its memory was made and its start hook has ended. */
  #started = false
  #cancelRestart: (() => void) | undefined
  #settleReady: { resolve: () => void; reject: (error: TroupeError) => void } | undefined
  #settleEnded: () => void = () => {}

  constructor(host: Host, definition: AgentDefinition, options: SpawnOptions & { id: string; parent?: string | undefined }) {
    this.id = options.id
    this.host = host
    this.definition = definition
    this.options = options.options
    this.parent = options.parent
    this.concurrency = Math.max(1, options.concurrency ?? definition.concurrency)
    this.#given = options
    const { within } = host
    const behaviour = behaviourOf(definition)
    this.#behaviour = within ? followed(behaviour, (run) => within(this.id, run)) : behaviour
    this.#supervision = new Supervision(this.id, host, options.onFailure ?? definition.onFailure ?? defaultPolicy)
    this.#queueLimit = options.queue ?? 100
    this.#mailbox = new Mailbox(this.id, host, options.mailbox ?? 10_000)
    this.#inHand = new InHand(host, () => void this.#life.move('REST'))
    this.#life = new AgentLife(this.id, host, this.#inHand)
    this.#delivery = new Delivery(this, this.#behaviour, this.#inHand, this.#mailbox)
    this.ready = new Promise((resolve, reject) => {
      this.#settleReady = { resolve, reject }
    })
    this.ready.catch(() => {})
    this.ended = new Promise((resolve) => {
      this.#settleEnded = resolve
    })
  }

  get state(): AgentState {
    return this.#life.state
  }
  get load(): number {
    return this.#queue.length + this.#inHand.size
  }
  get full(): boolean {
    return this.#queue.length >= this.#queueLimit
  }
  nextOutput(): number {
    return ++this.#outputs
  }

  start(): void {
    const { name = this.definition.name, metadata } = this.#given
    this.host.emit({
      type: 'agent.spawned',
      id: this.id,
      definition: this.definition.name,
      name,
      hears: Object.keys(this.definition.hears),
      says: Object.keys(this.definition.says),
      concurrency: this.concurrency,
      ...(this.parent ? { parent: this.parent } : {}),
      ...(metadata ? { metadata: { ...metadata } } : {}),
    })
    this.#launch()
  }

  check(message: Letter['message']): Letter['message'] {
    return this.#behaviour.check(message)
  }

  deliver(letter: Letter): void {
    if (this.#life.over) return this.#mailbox.dead(letter, 'stopped')
    this.#mailbox.push(letter)
    this.#schedule()
  }

  ballot(ballot: BallotPaper, voice: Voice): void {
    if (!this.#behaviour.ballot) return voice.vote(ballot.fallback, { reason: 'it has no opinion' })
    if (this.#life.over) return voice.silent('it is stopping', true)
    this.#mailbox.ballot(ballot, voice)
    this.#schedule()
  }

  enqueue(work: Work): void {
    if (this.#life.over)
      throw new TroupeError('NOT_RUNNING', `Agent ${this.id} is ${this.state} and takes no more tasks; give the task to another.`)
    if (this.full)
      throw new TroupeError('QUEUE_FULL', `${this.#queueLimit} tasks wait for agent ${this.id} already; try again later.`, {
        details: { limit: this.#queueLimit },
      })
    this.#queueChanged('joined', work, this.#queue.add(work))
    this.#schedule()
  }

  withdraw(work: Work, why: TroupeError): void {
    const position = this.#queue.remove(work)
    if (position === 0) return this.#inHand.abort((run) => run.work === work, why, patience)
    this.#queueChanged('left', work, position)
    work.fail(why)
  }

  hold(work: Work, held: boolean): void {
    for (const run of this.#inHand) if (run.work === work) run.hold('task', held)
    if (!held) this.#schedule()
  }

  /** A turn of the scheduler: hands out letters, then tasks, while there is room. */
  run(budget: number): boolean {
    for (let left = budget; left > 0; left--) {
      if (this.#life.state !== 'running' || this.#inHand.size >= this.concurrency) return false
      const letter = this.#mailbox.next()
      if (letter) this.#delivery.letter(letter)
      else {
        const work = this.#queue.next()
        if (!work) return false
        this.#queueChanged('left', work, this.#queue.remove(work))
        this.#delivery.task(work)
      }
    }
    return true
  }

  began(): void {
    this.#life.move('WORK')
  }
  settled(): void {
    this.#schedule()
  }

  pause(): void {
    if (this.#life.over) this.#refuse('paused')
    // What is about to begin anew will begin paused: only resume undoes it, no crash and no restart.
    this.#pauseWanted = true
    if (this.#life.move('PAUSE')) this.#inHand.hold(true)
  }

  resume(): void {
    if (this.#life.over) this.#refuse('resumed')
    this.#pauseWanted = false
    if (!this.#life.move('RESUME')) return
    this.#inHand.hold(false)
    this.#schedule()
  }

  restart(): void {
    const error = new TroupeError('CRASHED', `Agent ${this.id} was restarted by request.`)
    if (!this.#life.move('CRASH', { error, reason: 'restart was asked for' })) this.#refuse('restarted')
    this.#supervision.say('restart', 'it was asked for')
    this.#inHand.abort(() => true, error, patience)
    this.#inHand.whenEmpty(() => this.#recover(true))
  }

  crash(error: TroupeError): void {
    // There is nothing to decide any more, but it is not for that unsaid.
    if (!this.#life.move('CRASH', { error })) return this.host.report(`agent ${this.id}, which is ${this.state}`, error, this.id)
    const verdict = this.#supervision.judge(this.#started)
    if (verdict.directive === 'resume') return this.#recover(false)
    this.#inHand.abort(
      () => true,
      new TroupeError('CRASHED', `Agent ${this.id} crashed: ${error.message}`, { cause: error }),
      patience,
    )
    if (verdict.directive === 'restart') {
      this.#cancelRestart = this.host.clock.after(verdict.delay, () => this.#inHand.whenEmpty(() => this.#recover(true)))
      return
    }
    void this.stop({ force: true, reason: verdict.reason })
    if (verdict.directive === 'escalate') this.#supervision.escalate(error, this.parent)
  }

  stop(options: StopOptions = {}): Promise<void> {
    const { grace = 5_000, force = false, reason = 'it was asked for' } = options
    const why = new TroupeError(force ? 'KILLED' : 'CANCELLED', `Agent ${this.id} was stopped: ${reason}.`)
    if (!this.#life.move('STOP', { reason })) {
      if (force && this.state === 'stopping') this.#inHand.abort(() => true, why, patience)
      return this.ended
    }
    this.#cancelRestart?.()
    this.#settleReady?.reject(new TroupeError('NOT_RUNNING', `Agent ${this.id} was stopped before it was ready: ${reason}.`))
    this.#mailbox.close()
    this.#dismiss(new TroupeError('NOT_RUNNING', `Agent ${this.id} was stopped before it began this task: ${reason}.`))
    if (force) this.#inHand.abort(() => true, why, patience)
    else {
      // What was paused may go on, so that it can finish.
      this.#inHand.hold(false)
      this.#inHand.whenEmpty(this.host.clock.after(grace, () => this.#inHand.abort(() => true, why, patience)))
    }
    this.#inHand.whenEmpty(() => void this.#end())
    return this.ended
  }

  /** Makes its memory and runs the start hook; then it hears messages. */
  #launch(): void {
    this.memory = undefined
    this.#started = false
    const run = new Run(this, undefined, undefined)
    let started: unknown
    try {
      this.memory = this.#behaviour.state?.(this.options)
      started = this.#behaviour.start?.(run)
    } catch (thrown) {
      return this.crash(toTroupeError(thrown, 'CRASHED'))
    }
    const promise = promised(started)
    if (promise === undefined) return this.#begin()
    this.#inHand.add(run)
    promise.then(
      () => {
        if (this.#inHand.remove(run) && !run.why) this.#begin()
      },
      (thrown: unknown) => {
        if (this.#inHand.remove(run) && !run.why) this.crash(toTroupeError(thrown, 'CRASHED'))
      },
    )
  }

  #begin(): void {
    if (!this.#life.move('READY')) return
    this.#started = true
    this.#settleReady?.resolve()
    this.#settleReady = undefined
    if (this.#inHand.size > 0) this.#life.move('WORK')
    if (this.#pauseWanted) this.pause()
    this.#schedule()
  }

  #recover(fresh: boolean): void {
    if (!this.#life.move('RECOVER')) return
    if (fresh) this.#launch()
    else this.#begin()
  }

  async #end(): Promise<void> {
    const hook = this.#behaviour.stop
    if (hook) await runStopHook(this.host, hook, new Run(this, undefined, undefined), patience)
    if (!this.#life.move('ENDED')) return
    this.host.retire(this)
    this.#settleEnded()
  }

  #dismiss(why: TroupeError): void {
    for (const work of this.#queue.clear()) {
      this.#queueChanged('left', work, 1)
      work.fail(why)
    }
  }

  #schedule(): void {
    if (!this.queued && this.#life.state === 'running') this.host.schedule(this)
  }

  #queueChanged(change: 'joined' | 'left', work: Work, position: number): void {
    const { length } = this.#queue
    this.host.emit({ type: 'agent.queue', id: this.id, change, task: work.id, position, length }, { source: this.id })
  }

  #refuse(what: string): never {
    throw new TroupeError('INVALID_STATE', `Agent ${this.id} is ${this.state} and cannot be ${what}.`)
  }
}
