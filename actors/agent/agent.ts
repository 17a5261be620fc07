/** An agent at work: its mailbox, its queue of tasks, what is in hand, and its life. */
import { TroupeError } from '../../src/errors.js'
import type { StopOptions } from '../../src/options.js'
import type { AgentState } from '../../src/protocol/states.js'
import type { AgentActor, Host, Letter, NotTaken, Turn, Work } from '../../src/system/actor.js'
import type { AgentDefinition, SpawnOptions } from '../../src/system/definition.js'
import type { AgentPast } from '../../src/system/kinds.js'
import { oneForOne, restart } from '../../src/system/strategy.js'
import type { BallotPaper, Voice } from '../../src/system/voter.js'
import { type Behaviour, behaviourIn } from './behaviour.js'
import { Children } from './children.js'
import { DeathWatch } from './death-watch.js'
import { Delivery, type Receiver } from './delivery.js'
import { InHand } from './in-hand.js'
import { AgentLife } from './life.js'
import { Mailbox } from './mailbox.js'
import { Pausing } from './pausing.js'
import { Promises } from './promises.js'
import { TaskQueue } from './queue.js'
import { dropAgent, keepAgent } from './record.js'
import { Run } from './run.js'
import { type Starter, startUp } from './startup.js'
import { StopHook } from './stop-hook.js'
import { Supervision } from './supervision.js'

/** Milliseconds that work which was told to end, or a stop hook, may take before it is left behind and reported. */
const patience = 10_000

type Given = SpawnOptions & { readonly id: string; readonly parent?: string | undefined }

export class Agent implements AgentActor, Receiver, Starter, Turn {
  readonly kind = 'agent'
  readonly id: string
  readonly host: Host
  readonly definition: AgentDefinition
  readonly options: unknown
  readonly concurrency: number
  readonly capabilities: readonly string[]
  readonly parent: string | undefined
  /** Whether the scheduler has its next turn. */
  queued = false
  /** What its handlers keep between messages. */
  memory: unknown
  restoring: boolean
  readonly check: Behaviour['check']
  readonly printed: { all: number; own: number }
  readonly #given: Given
  readonly #promises = new Promises()
  readonly ready = this.#promises.ready
  readonly ended = this.#promises.ended
  readonly #behaviour: Behaviour
  readonly #life: AgentLife
  readonly #supervision: Supervision
  readonly children: Children
  readonly watch: DeathWatch
  readonly mailbox: Mailbox
  readonly queue: TaskQueue
  readonly #inHand: InHand
  readonly #delivery: Delivery
  readonly #stopHook: StopHook
  readonly #pausing: Pausing
  /** Whether its memory was made and its start hook has ended. */
  #started = false
  #cancelRestart: (() => void) | undefined

  /** `past`: how it was in the process before. */
  constructor(host: Host, definition: AgentDefinition, options: Given, past?: AgentPast) {
    this.id = options.id
    this.host = host
    this.definition = definition
    this.options = options.options
    this.parent = options.parent
    this.concurrency = Math.max(1, options.concurrency ?? definition.concurrency)
    this.capabilities = options.capabilities ?? definition.capabilities ?? []
    this.#given = options
    this.#behaviour = behaviourIn(host, this.id, definition)
    this.check = this.#behaviour.check
    this.#supervision = new Supervision(this, options.onFailure ?? definition.onFailure ?? restart(), past?.restarts)
    this.children = new Children(options.supervises ?? definition.supervises ?? oneForOne())
    this.mailbox = new Mailbox(this.id, host, options.mailbox ?? {}, this.#behaviour.whileBusy)
    this.watch = new DeathWatch(host, (death) => {
      this.mailbox.death(death)
      this.settled()
    })
    this.queue = new TaskQueue(this.id, host, options.queue ?? 100)
    this.#inHand = new InHand(host, () => void this.#life.move('REST'))
    this.#life = new AgentLife(this.id, host, this.#inHand, past)
    const keep = (paused: boolean) => keepAgent(host, definition, { ...options, paused })
    this.#pausing = new Pausing(this.id, this.#life, this.#inHand, patience, past?.paused === true, keep)
    this.restoring = past !== undefined
    this.printed = { all: 0, own: 0, ...past?.printed }
    this.#stopHook = new StopHook(host, this.#behaviour.stop, patience, () => new Run(this, undefined, undefined))
    this.#delivery = new Delivery(this, this.#behaviour, this.#inHand, this.mailbox)
  }

  get state(): AgentState {
    return this.#life.state
  }
  get load(): number {
    return this.queue.length + this.#inHand.size
  }
  get inHand(): number {
    return this.#inHand.size
  }
  get underWay(): boolean {
    return this.#inHand.underWay
  }
  get reachable(): boolean {
    return this.#behaviour.reachable?.() ?? true
  }

  start(): void {
    this.#life.spawned(this.#given, this)
    this.#pausing.keep()
    this.rejoin()
    this.#launch()
  }

  rejoin(): void {
    if (this.parent !== undefined) this.host.agent(this.parent)?.children.add(this)
  }

  goOn(): void {
    this.#life.move('CRASH', { error: new TroupeError('CRASHED', `The process that agent ${this.id} lived in has ended.`) })
    this.#supervision.say('restart', 'the process that it lived in has ended')
    this.#recover(true)
  }

  hears(type: string): boolean {
    return this.#behaviour.handler(type) !== undefined
  }

  deliver(letter: Letter): NotTaken | undefined {
    const why = this.#life.over ? this.mailbox.dead(letter, 'stopped') : this.mailbox.push(letter)
    this.settled()
    return why
  }

  boundary(): Promise<void> | undefined {
    const letter = this.mailbox.nextSteer()
    return letter && new Promise((done) => this.#delivery.letter(letter, done))
  }

  ballot(ballot: BallotPaper, voice: Voice): void {
    if (!this.#behaviour.ballot) return voice.none()
    if (this.#life.over) return voice.silent('it is stopping', true)
    this.mailbox.ballot(ballot, voice)
    this.settled()
  }

  enqueue(work: Work, begun = false): void {
    if (this.#life.over)
      throw new TroupeError('NOT_RUNNING', `Agent ${this.id} is ${this.state} and takes no more tasks; give the task to another.`)
    this.queue.add(work, begun)
    this.settled()
  }

  withdraw(work: Work, why: TroupeError): void {
    if (this.queue.remove(work)) work.fail(why)
    else this.#inHand.abort((run) => run.work === work, why, patience)
  }

  hold(work: Work, held: boolean): void {
    for (const run of this.#inHand) if (run.work === work) run.hold('task', held)
    if (!held) this.settled()
  }

  /** A turn of the scheduler: hands out letters, then tasks, while there is room. */
  run(budget: number): boolean {
    for (let left = budget; left > 0; left--) {
      if (this.#life.state !== 'running' || !this.reachable || this.host.holding) return false
      const room = this.#inHand.size < this.concurrency
      const letter = this.mailbox.next(room)
      const work = letter || !room ? undefined : this.queue.take()
      if (letter) this.#delivery.letter(letter)
      else if (work) this.#delivery.task(work)
      else return false
    }
    return true
  }

  began(): void {
    this.#life.move('WORK')
  }

  pause(): void {
    this.#pausing.pause()
  }
  freeze(): void {
    this.#pausing.freeze()
  }
  resume(): void {
    if (this.#pausing.resume()) this.settled()
  }

  restart(): void {
    const error = new TroupeError('CRASHED', `Agent ${this.id} was restarted by request.`)
    if (!this.#life.move('CRASH', { error })) this.#pausing.refuse('restarted')
    this.#supervision.say('restart', 'it was asked for')
    this.#beginAnew(error, 0)
  }

  crash(error: TroupeError): void {
    if (!this.#life.move('CRASH', { error })) return this.host.report(`agent ${this.id}, which is ${this.state}`, error, this.id)
    const lost = this.#started ? this.#behaviour.spent?.(this.memory) : 'it could not start'
    const { directive, delay, reason } = this.#supervision.judge(lost)
    if (directive === 'resume') return this.#recover(false)
    const crashed = new TroupeError('CRASHED', `Agent ${this.id} crashed: ${error.message}`, { cause: error })
    if (directive === 'restart') {
      this.#beginAnew(crashed, delay)
      return this.#supervision.share('restart', delay)
    }
    this.#inHand.abort(() => true, crashed, patience)
    void this.stop({ force: true, reason })
    if (directive === 'escalate') this.#supervision.escalate(error)
    else this.#supervision.share('stop')
  }

  follow(directive: 'restart' | 'stop', because: string, reason: string, delay: number): void {
    const error = new TroupeError('CRASHED', `Agent ${this.id} shares what becomes of its sibling ${because}.`)
    if (this.#life.over || (directive === 'restart' && !this.#life.move('CRASH', { error, reason }))) return
    this.#supervision.say(directive, reason, delay, because)
    if (directive === 'restart') this.#beginAnew(error, delay)
    else void this.stop({ force: true, reason })
  }

  stop(options: StopOptions = {}): Promise<void> {
    const { grace = 5_000, force = false, reason = 'it was asked for' } = options
    const why = new TroupeError(force ? 'KILLED' : 'CANCELLED', `Agent ${this.id} was stopped: ${reason}.`)
    const stopChildren = () => this.children.stop({ ...options, reason: `its parent ${this.id} stops` })
    const abort = () => this.#inHand.abort(() => true, why, patience)
    const limit = () => (force ? abort() : this.#inHand.whenEmpty(this.host.clock.after(grace, abort)))
    void stopChildren()
    if (!this.#life.move('STOP', { reason })) {
      // Who is stopped again is given no longer than it is given now.
      if (this.state === 'stopping') limit()
      return this.ended
    }
    this.#cancelRestart?.()
    this.watch.close()
    this.#promises.neverReady(new TroupeError('NOT_RUNNING', `Agent ${this.id} was stopped before it was ready: ${reason}.`))
    this.mailbox.close()
    this.queue.dismiss(new TroupeError('NOT_RUNNING', `Agent ${this.id} was stopped before it began this task: ${reason}.`))
    // What was paused may go on, so that it can finish.
    if (!force) this.#inHand.hold(false)
    limit()
    // What is in hand may spawn somebody yet.
    this.#inHand.whenEmpty(() => void stopChildren().then(() => this.#end()))
    return this.ended
  }

  begin(): void {
    if (!this.#life.move('READY')) return
    this.#started = true
    this.#promises.isReady()
    if (this.#inHand.size > 0) this.began()
    if (this.#pausing.wanted) this.pause()
    this.settled()
  }

  #launch(): void {
    this.#started = false
    this.children.welcome()
    this.#stopHook.rearm()
    startUp(this, this.#behaviour, this.#inHand, new Run(this, undefined, undefined))
  }

  #beginAnew(error: TroupeError, delay: number): void {
    this.watch.close()
    this.#inHand.abort(() => true, error, patience)
    const stopChildren = () => this.children.stop({ force: true, reason: `its parent ${this.id} begins anew` })
    void stopChildren()
    const letGo = () => (this.#started ? this.#stopHook.run() : undefined)
    const recover = () => this.#recover(true)
    const go = () => this.#inHand.whenEmpty(() => void stopChildren().then(letGo).then(recover))
    if (delay > 0) this.#cancelRestart = this.host.clock.after(delay, go)
    else go()
  }

  #recover(fresh: boolean): void {
    if (this.#life.over || !this.#life.move('RECOVER')) return
    return fresh ? this.#launch() : this.begin()
  }

  async #end(): Promise<void> {
    // Who has none is gone in the same turn.
    const letGo = this.#stopHook.run()
    if (letGo !== undefined) await letGo
    this.#behaviour.discard?.(this.memory)
    if (!this.#life.move('ENDED')) return
    dropAgent(this.host, this.id)
    this.host.retire(this)
    this.#promises.hasEnded()
  }

  /** Has its next turn, when it can do something. */
  settled(): void {
    if (!this.queued && this.#life.state === 'running') this.host.schedule(this)
  }
}
