/** With whom a task is: who does it, or who is waited for until there is room. */
import type { Clock } from '../../src/clock.js'
import { isOurs, TroupeError, toTroupeError } from '../../src/errors.js'
import type { TaskActor, Work } from '../../src/system/actor.js'
import type { TaskLife } from './life.js'
import type { Plan } from './plan.js'
import type { Worker } from './worker.js'

/** What is placed. */
interface Placed extends TaskActor {
  readonly message: Work['message']
  fail(error: TroupeError): void
}

/** To whom it goes, when its worker has let go of it. */
interface Move {
  readonly to: Worker
  readonly reason: string
  readonly went: () => void
}

export class Placement {
  worker: Worker | undefined
  readonly #task: Placed
  readonly #clock: Clock
  readonly #life: TaskLife
  readonly #plan: Plan
  /** Ends its waiting for the next try, or for room with who is to do it. */
  #cancelWait: (() => void) | undefined
  #moving: Move | undefined

  constructor(task: Placed, clock: Clock, life: TaskLife, plan: Plan) {
    this.#task = task
    this.#clock = clock
    this.#life = life
    this.#plan = plan
  }

  /** Gives it to who does it, or to its swarm, which finds one. */
  place(): void {
    const { worker, swarm } = this.#plan
    if (worker) this.assign(worker)
    else swarm?.take(this.#task)
  }

  /** Whoever did it in the process before goes on with it, where that can be. `parts`: of a graph, by name. */
  takeUp(parts: Readonly<Record<string, string>>): boolean {
    const { worker } = this.#plan
    if (!isBegun(this.#life) || !worker?.takeUp) return false
    this.worker = worker
    worker.takeUp(this.#task.work, parts)
    return true
  }

  /** Where as many wait as may, what was accepted waits outside; what was begun has its place. */
  assign(worker: Worker, begun = false): void {
    this.#cancelWait = begun ? undefined : worker.queue?.whenRoom(this.#task.priority, () => this.assign(worker))
    if (this.#cancelWait) return this.#life.say({ reason: `it waits for room in the queue of ${worker.id}` })
    try {
      worker.check(this.#task.message)
      this.worker = worker
      this.#life.agent = worker.kind === 'agent' ? worker.id : undefined
      // Said first, so that nobody hears of a task in a queue before it was assigned.
      if (this.#life.move('ASSIGN')) worker.enqueue(this.#task.work, begun)
    } catch (thrown) {
      this.#task.fail(isOurs(thrown) ? thrown : toTroupeError(thrown))
    }
  }

  /** Who had it does not have it any more, and had not begun. */
  release(reason: string): void {
    this.worker = undefined
    this.#life.agent = undefined
    if (this.#life.move('RELEASE', { reason })) this.place()
  }

  /** It is tried again then, in milliseconds since the epoch. */
  again(at: number): void {
    this.#cancelWait = this.#clock.after(Math.max(0, at - this.#clock.now()), () => {
      if (this.#life.move('RETRY')) this.place()
    })
  }

  /** Whether somebody has it who has to let go of it first. */
  get inHand(): boolean {
    return this.worker !== undefined && (this.#life.state === 'assigned' || isBegun(this.#life))
  }

  /** Its worker is told to let go of it. False where no agent has it that a swarm has chosen. */
  handOver(move: Move): boolean {
    if (!this.inHand || this.#plan.worker) return false
    this.#moving = move
    this.worker?.withdraw(this.#task.work, new TroupeError('CANCELLED', `The task goes to ${move.to.id}: ${move.reason}.`))
    return true
  }

  /** To whom it goes, asked once. */
  move(): Move | undefined {
    const moving = this.#moving
    this.#moving = undefined
    return moving
  }

  stop(): void {
    this.#cancelWait?.()
  }
}

const isBegun = ({ state }: TaskLife): boolean => state === 'running' || state === 'paused'
