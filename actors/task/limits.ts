/** How long a task may take: one attempt, pauses aside, and all of it. */
import type { CancelTimer, Clock } from '../../src/clock.js'
import { TroupeError } from '../../src/errors.js'
import { Countdown } from './countdown.js'
import type { AnyTask } from './plan.js'

export interface LimitsOptions {
  readonly clock: Clock
  /** When it has to be over, milliseconds since the epoch. */
  readonly deadline: number | undefined
  attemptOver(why: TroupeError): void
  allOver(why: TroupeError): void
}

export class Limits {
  readonly attempt: Countdown
  readonly #declared: AnyTask
  readonly #options: LimitsOptions
  #cancel: CancelTimer = () => {}

  constructor(declared: AnyTask, options: LimitsOptions) {
    const timeout = declared.kind === 'task' ? declared.timeout : undefined
    this.#declared = declared
    this.#options = options
    this.attempt = new Countdown(options.clock, timeout, () =>
      options.attemptOver(new TroupeError('TIMEOUT', `The task ran longer than the ${timeout} ms that one attempt may take.`)),
    )
  }

  /** The task was created, or is there again. */
  start(): void {
    const { clock, deadline } = this.#options
    if (deadline !== undefined) this.#cancel = clock.after(deadline - clock.now(), () => this.#over())
  }

  /** Its time may have been up before it was there again: then nobody begins with it first. */
  look(): void {
    const { clock, deadline } = this.#options
    if (deadline === undefined || deadline > clock.now()) return
    this.#cancel()
    this.#over()
  }

  #over(): void {
    const own = this.#declared.deadline
    const limit = own === undefined ? 'the deadline of what it is a part of' : `its deadline of ${own} ms`
    this.#options.allOver(new TroupeError('TIMEOUT', `The task was not over by ${limit}.`))
  }

  close(): void {
    this.attempt.stop()
    this.#cancel()
  }
}
