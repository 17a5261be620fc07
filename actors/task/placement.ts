/** With whom a task is: who does it, or who is waited for until there is room. */
import { isOurs, type TroupeError, toTroupeError } from '../../src/errors.js'
import type { TaskActor, Work } from '../../src/system/actor.js'
import type { TaskLife } from './life.js'
import type { Plan } from './plan.js'
import type { Worker } from './worker.js'

/** What is placed. */
interface Placed extends TaskActor {
  readonly message: Work['message']
  fail(error: TroupeError): void
}

export class Placement {
  worker: Worker | undefined
  readonly #task: Placed
  readonly #life: TaskLife
  readonly #plan: Plan
  #cancelWait: (() => void) | undefined

  constructor(task: Placed, life: TaskLife, plan: Plan) {
    this.#task = task
    this.#life = life
    this.#plan = plan
  }

  /** Gives it to who does it, or to its swarm, which finds one. */
  place(): void {
    const { worker, swarm } = this.#plan
    if (worker) this.assign(worker)
    else swarm?.take(this.#task)
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

  /** It is waited for until then, whatever for. */
  wait(cancel: () => void): void {
    this.#cancelWait = cancel
  }

  stop(): void {
    this.#cancelWait?.()
  }
}
