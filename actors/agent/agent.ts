/** An agent at work: its mailbox, its queue of tasks, what is in hand, and its life. */
import { TroupeError, toTroupeError } from '../../src/errors.js'
import { Lanes } from '../../src/lanes.js'
import type { AgentState } from '../../src/protocol/states.js'
import type { StopOptions } from '../../src/stage.js'
import type { AgentActor, BallotPaper, Host, Letter, Turn, Work } from '../../src/system/actor.js'
import type { AgentDefinition, SpawnOptions } from '../../src/system/definition.js'
import { live } from '../../src/system/machine.js'
import { decide, type FailurePolicy, restart } from '../../src/system/strategy.js'
import { type Behaviour, behaviourOf } from './behaviour.js'
import { InHand } from './in-hand.js'
import { agentMachine } from './machine.js'
import { TaskQueue } from './queue.js'
import { Run } from './run.js'

const defaultPolicy = restart()
/** How long a hook, or work that was told to end, may take before it is left behind and reported. */
const patience = 5_000

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'

export class Agent implements AgentActor, Turn {
  readonly kind = 'agent'
  readonly id: string
  readonly host: Host
  readonly definition: AgentDefinition
  readonly options: unknown
  readonly concurrency: number
  readonly parent: string | undefined
  readonly ready: Promise<void>
  readonly ended: Promise<void>
  queued = false
  state: AgentState = 'spawning'
  readonly #behaviour: Behaviour
  readonly #life = live(agentMachine)
  readonly #policy: FailurePolicy
  readonly #mailbox: Lanes<Letter>
  readonly #queue = new TaskQueue()
  readonly #queueLimit: number
  readonly #given: SpawnOptions
  readonly #inHand: InHand
  #memory: unknown
  #outputs = 0
  #crashes: readonly number[] = []
  #restarts = 0
  #pauseWanted = false
  #cancelRestart: (() => void) | undefined
  #settleReady: { resolve: () => void; reject: (error: TroupeError) => void } | undefined
  #settleEnded: () => void = () => {}

  constructor(host: Host, definition: AgentDefinition, options: SpawnOptions & { id: string; parent?: string | undefined }) {
    this.id = options.id
    this.host = host
    this.definition = definition
    this.options = options.options
    this.#given = options
    this.parent = options.parent
    this.concurrency = Math.max(1, options.concurrency ?? definition.concurrency)
    this.#policy = options.onFailure ?? definition.onFailure ?? defaultPolicy
    this.#behaviour = behaviourOf(definition)
    this.#queueLimit = options.queue ?? 100
    this.#mailbox = new Lanes({ capacity: options.mailbox ?? 10_000, onDrop: (letter) => this.#dead(letter, 'mailbox-full') })
    this.#inHand = new InHand(host, () => this.#rested())
    this.ready = new Promise((resolve, reject) => {
      this.#settleReady = { resolve, reject }
    })
    this.ready.catch(() => {})
    this.ended = new Promise((resolve) => {
      this.#settleEnded = resolve
    })
  }

  /** What its handlers keep between messages. */
  get memory(): unknown {
    return this.#memory
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

  check(message: Letter['message']): Letter['message'] {
    return this.#behaviour.check(message)
  }

  deliver(letter: Letter): void {
    if (this.state === 'stopped' || this.state === 'stopping') return this.#dead(letter, 'stopped')
    this.#mailbox.push(letter, letter.priority)
    if (!this.queued && this.state === 'running') this.host.schedule(this)
  }

  enqueue(work: Work): void {
    if (this.state === 'stopped' || this.state === 'stopping')
      throw new TroupeError('NOT_RUNNING', `Agent ${this.id} is ${this.state} and takes no more tasks; give the task to another.`)
    if (this.full)
      throw new TroupeError('QUEUE_FULL', `${this.#queueLimit} tasks wait for agent ${this.id} already; try again later.`, {
        details: { limit: this.#queueLimit },
      })
    this.#queueChanged('joined', work, this.#queue.add(work))
    if (this.state === 'running') this.host.schedule(this)
  }

  withdraw(work: Work, why: TroupeError): void {
    const position = this.#queue.remove(work)
    if (position > 0) {
      this.#queueChanged('left', work, position)
      work.fail(why)
    } else this.#inHand.abort((run) => run.work === work, why, why.code === 'KILLED' ? patience : patience * 2)
  }

  hold(work: Work, held: boolean): void {
    for (const run of this.#inHand) if (run.work === work) run.hold('task', held)
    if (!held && this.state === 'running') this.host.schedule(this)
  }

  ballot(ballot: BallotPaper, vote: (choice: string | undefined, reason?: string) => void): void {
    if (!this.#behaviour.ballot) return vote(undefined, 'it has no opinion')
    if (this.state === 'stopped' || this.state === 'stopping') return vote(undefined, 'it is stopping')
    let voted = false
    const cast: typeof vote = (choice, reason) => {
      voted = true
      vote(choice, reason)
    }
    const reply = () => {
      if (!voted) vote(undefined, 'it did not vote')
    }
    this.#mailbox.push({ message: { type: 'ballot', ballot }, priority: 'critical', from: 'system', vote: cast, reply }, 'critical')
    if (this.state === 'running') this.host.schedule(this)
  }

  /** A turn of the scheduler: hands out letters, then tasks, while there is room. */
  run(budget: number): boolean {
    for (let left = budget; left > 0; left--) {
      if (this.state !== 'running' || this.#inHand.size >= this.concurrency) return false
      const letter = this.#mailbox.shift()
      if (letter) this.#handle(letter)
      else {
        const work = this.#queue.next()
        if (!work) return false
        this.#queueChanged('left', work, this.#queue.remove(work))
        this.#work(work)
      }
    }
    return true
  }

  pause(): void {
    if (this.state === 'paused') return
    if (this.state === 'spawning') this.#pauseWanted = true
    else if (this.#move('PAUSE')) this.#inHand.hold(true)
    else this.#refuse('paused')
  }

  resume(): void {
    if (this.state === 'running') return
    if (this.state === 'spawning') this.#pauseWanted = false
    else if (this.#move('RESUME')) {
      this.#inHand.hold(false)
      this.host.schedule(this)
    } else this.#refuse('resumed')
  }

  restart(): void {
    if (!this.#life.send({ type: 'CRASH' })) this.#refuse('restarted')
    const error = new TroupeError('CANCELLED', `Agent ${this.id} was restarted by request.`)
    this.#entered(error, 'restart was asked for')
    this.#supervised('restart', 'it was asked for', 0)
    this.#inHand.abort(() => true, error, patience)
    this.#inHand.whenEmpty(() => this.#recover(true))
  }

  crash(error: TroupeError): void {
    if (!this.#life.send({ type: 'CRASH' })) return
    this.#entered(error)
    const verdict = decide(this.#policy, this.#crashes, this.host.clock.now(), this.host.ids.random())
    this.#crashes = verdict.crashes
    this.#supervised(verdict.directive, verdict.reason, verdict.delay)
    if (verdict.directive === 'resume') return this.#recover(false)
    const aborted = new TroupeError('CRASHED', `Agent ${this.id} crashed: ${error.message}`, { cause: error })
    this.#inHand.abort(() => true, aborted, patience)
    if (verdict.directive !== 'restart') {
      void this.stop({ force: true, reason: verdict.reason })
      if (verdict.directive === 'escalate') this.#escalate(error)
      return
    }
    this.#cancelRestart = this.host.clock.after(verdict.delay, () => this.#inHand.whenEmpty(() => this.#recover(true)))
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

  /** Makes its memory and runs the start hook; then it hears messages. */
  #launch(): void {
    this.#memory = undefined
    let started: unknown
    const run = new Run(this, undefined, undefined)
    try {
      this.#memory = this.#behaviour.state?.(this.options)
      started = this.#behaviour.start?.(run)
    } catch (thrown) {
      return this.crash(toTroupeError(thrown, 'CRASHED'))
    }
    if (!isThenable(started)) return this.#begin()
    this.#inHand.add(run)
    started.then(
      () => {
        this.#inHand.remove(run)
        this.#begin()
      },
      (thrown: unknown) => {
        this.#inHand.remove(run)
        if (!run.why) this.crash(toTroupeError(thrown, 'CRASHED'))
      },
    )
  }

  stop(options: StopOptions = {}): Promise<void> {
    const { grace = patience, force = false, reason = 'it was asked for' } = options
    const code = force ? 'KILLED' : 'CANCELLED'
    const why = new TroupeError(code, `Agent ${this.id} was stopped: ${reason}.`)
    if (!this.#life.send({ type: 'STOP' })) {
      if (force && this.state === 'stopping') this.#inHand.abort(() => true, why, patience)
      return this.ended
    }
    this.#cancelRestart?.()
    this.#entered(undefined, reason)
    this.#settleReady?.reject(new TroupeError('NOT_RUNNING', `Agent ${this.id} was stopped before it was ready: ${reason}.`))
    for (const letter of this.#mailbox.clear()) this.#dead(letter, 'stopped')
    const gone = new TroupeError('NOT_RUNNING', `Agent ${this.id} was stopped before it began this task: ${reason}.`)
    for (const work of this.#queue.clear()) {
      this.#queueChanged('left', work, 1)
      work.fail(gone)
    }
    if (force) this.#inHand.abort(() => true, why, patience)
    else {
      this.#inHand.hold(false)
      const cancel = this.host.clock.after(grace, () => this.#inHand.abort(() => true, why, patience))
      this.#inHand.whenEmpty(cancel)
    }
    this.#inHand.whenEmpty(() => this.#end())
    return this.ended
  }

  #handle(letter: Letter): void {
    const { message } = letter
    if (letter.expires !== undefined && letter.expires <= this.host.clock.now()) return this.#dead(letter, 'expired')
    const run = new Run(this, letter, undefined)
    const handler = this.#behaviour.handlers.get(message.type)
    if (!handler && !letter.vote) return this.#dead(letter, 'no-handler')
    let result: unknown
    try {
      result = letter.vote ? this.#behaviour.ballot?.(message['ballot'] as BallotPaper, run) : handler?.(message, run)
    } catch (thrown) {
      return this.#failed(run, thrown)
    }
    if (isThenable(result)) this.#follow(run, result)
    else this.#succeeded(run, result)
  }

  #work(work: Work): void {
    const run = new Run(this, undefined, work)
    this.#inHand.add(run)
    this.#move('WORK')
    let result: unknown
    try {
      work.begin()
      const handler = this.#behaviour.handlers.get(work.message.type)
      // Checked when the task was created; asked again because definitions of one name may differ between processes.
      if (!handler) throw new TroupeError('NO_HANDLER', `Agent ${this.id} does not hear ${work.message.type}.`)
      result = handler(work.message, run)
    } catch (thrown) {
      return this.#settle(run, thrown, undefined, true)
    }
    if (isThenable(result)) this.#await(run, result)
    else this.#settle(run, undefined, result, false)
  }

  #follow(run: Run, result: PromiseLike<unknown>): void {
    this.#inHand.add(run)
    this.#move('WORK')
    this.#await(run, result)
  }

  #await(run: Run, result: PromiseLike<unknown>): void {
    result.then(
      (value) => this.#settle(run, undefined, value, false),
      (thrown: unknown) => this.#settle(run, thrown, undefined, true),
    )
  }

  #settle(run: Run, thrown: unknown, value: unknown, threw: boolean): void {
    if (!this.#inHand.remove(run)) return
    // What was aborted has that as its outcome, however it ended: it may have ended half-way without saying so.
    if (run.why) this.#failed(run, run.why)
    else if (threw) this.#failed(run, thrown)
    else this.#succeeded(run, value)
    if (this.state === 'running') this.host.schedule(this)
  }

  #succeeded(run: Run, value: unknown): void {
    run.work?.done(value)
    run.letter?.reply?.(undefined, value)
  }

  #failed(run: Run, thrown: unknown): void {
    // A TroupeError is an expected failure and ends the work; anything else is a crash of the agent.
    const crashed = !run.why && !(thrown instanceof TroupeError)
    const error = toTroupeError(thrown, 'CRASHED')
    if (crashed) this.crash(error)
    run.work?.fail(error)
    if (run.letter?.reply) run.letter.reply(error, undefined)
    else if (!crashed && !run.work && !run.why) this.host.report(`agent ${this.id} handling ${run.letter?.message.type}`, error, this.id)
  }

  #begin(): void {
    if (!this.#move('READY')) return
    this.#settleReady?.resolve()
    this.#settleReady = undefined
    if (this.#inHand.size > 0) this.#move('WORK')
    if (this.#pauseWanted) {
      this.#pauseWanted = false
      this.pause()
    }
    this.host.schedule(this)
  }

  #recover(fresh: boolean): void {
    if (!this.#life.send({ type: 'RECOVER' })) return
    this.#entered()
    if (fresh) this.#launch()
    else this.#begin()
  }

  #rested(): void {
    this.#move('REST')
  }

  async #end(): Promise<void> {
    if (this.#behaviour.stop) {
      const run = new Run(this, undefined, undefined)
      let cancel = () => {}
      const late = new Promise<void>((resolve) => {
        cancel = this.host.clock.after(patience, () => {
          run.abort(new TroupeError('TIMEOUT', `The stop hook of agent ${this.id} took longer than ${patience} ms.`))
          resolve()
        })
      })
      try {
        await Promise.race([this.#behaviour.stop(run), late])
        if (run.why) this.host.report(`the stop hook of agent ${this.id}`, run.why, this.id)
      } catch (thrown) {
        this.host.report(`the stop hook of agent ${this.id}`, thrown, this.id)
      }
      cancel()
    }
    if (!this.#move('ENDED')) return
    this.#life.stop()
    this.host.retire(this)
    this.#settleEnded()
  }

  #move(type: 'READY' | 'WORK' | 'REST' | 'PAUSE' | 'RESUME' | 'ENDED'): boolean {
    if (!this.#life.send({ type })) return false
    this.#entered()
    return true
  }

  #entered(error?: TroupeError, reason?: string): void {
    const from = this.state
    const path = this.#life.path
    const dot = path.indexOf('.')
    this.state = (dot < 0 ? path : path.slice(0, dot)) as AgentState
    this.host.emit(
      {
        type: 'agent.status',
        id: this.id,
        state: this.state,
        busy: dot > 0 ? path.endsWith('.busy') : this.#inHand.size > 0,
        from,
        ...(reason ? { reason } : {}),
        ...(error ? { error: error.toJSON() } : {}),
      },
      { source: this.id },
    )
  }

  #supervised(directive: FailurePolicy['directive'], reason: string, delay: number): void {
    if (directive === 'restart') this.#restarts++
    this.host.emit({ type: 'agent.supervised', id: this.id, directive, restarts: this.#restarts, delay, reason }, { source: this.id })
  }

  #escalate(error: TroupeError): void {
    const parent = this.parent ? this.host.agent(this.parent) : undefined
    if (parent) parent.crash(new TroupeError('CRASHED', `Its child ${this.id} escalated: ${error.message}`, { cause: error }))
    else this.host.report(`agent ${this.id}, which escalated to the system`, error, this.id)
  }

  #queueChanged(change: 'joined' | 'left', work: Work, position: number): void {
    const { length } = this.#queue
    this.host.emit({ type: 'agent.queue', id: this.id, change, task: work.id, position, length }, { source: this.id })
  }

  #dead(letter: Letter, reason: 'stopped' | 'expired' | 'no-handler' | 'mailbox-full'): void {
    if (!letter.vote) this.host.deadLetter(this.id, letter, reason)
    const code = { stopped: 'NOT_RUNNING', expired: 'EXPIRED', 'no-handler': 'NO_HANDLER', 'mailbox-full': 'QUEUE_FULL' } as const
    letter.reply?.(new TroupeError(code[reason], `Agent ${this.id} could not take ${letter.message.type}: ${reason}.`), undefined)
  }

  #refuse(what: string): never {
    throw new TroupeError('INVALID_STATE', `Agent ${this.id} is ${this.state} and cannot be ${what}.`)
  }
}
