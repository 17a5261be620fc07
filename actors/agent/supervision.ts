/** What is decided when an agent crashes, and said of it. */
import { TroupeError } from '../../src/errors.js'
import type { Host } from '../../src/system/actor.js'
import { decide, type FailurePolicy, type Verdict } from '../../src/system/strategy.js'

export class Supervision {
  readonly #id: string
  readonly #host: Host
  readonly #policy: FailurePolicy
  #crashes: readonly number[] = []
  #restarts = 0

  constructor(id: string, host: Host, policy: FailurePolicy) {
    this.#id = id
    this.#host = host
    this.#policy = policy
  }

  /** What becomes of the agent now; `started`: whether there is something that it could go on with. */
  judge(started: boolean): Verdict {
    const wanted = decide(this.#policy, this.#crashes, this.#host.clock.now(), this.#host.ids.random())
    const verdict: Verdict =
      wanted.directive === 'resume' && !started
        ? { ...wanted, directive: 'stop', reason: 'it could not start, so there is nothing to resume' }
        : wanted
    this.#crashes = verdict.crashes
    this.say(verdict.directive, verdict.reason, verdict.delay)
    return verdict
  }

  say(directive: FailurePolicy['directive'], reason: string, delay = 0): void {
    if (directive === 'restart') this.#restarts++
    this.#host.emit(
      { type: 'agent.supervised', id: this.#id, directive, restarts: this.#restarts, delay, reason },
      { source: this.#id },
    )
  }

  /** Hands the crash to whoever spawned the agent, or to the system. */
  escalate(error: TroupeError, parent: string | undefined): void {
    const above = parent ? this.#host.agent(parent) : undefined
    if (above) above.crash(new TroupeError('CRASHED', `Its child ${this.#id} escalated: ${error.message}`, { cause: error }))
    else this.#host.report(`agent ${this.#id}, which escalated to the system`, error, this.#id)
  }
}
