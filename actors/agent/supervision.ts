/** What is decided when an agent crashes, and said of it. */
import { TroupeError } from '../../src/errors.js'
import type { Host } from '../../src/system/actor.js'
import { decide, type FailurePolicy, type Verdict } from '../../src/system/strategy.js'

/** Whose crashes are judged. */
interface Supervised {
  readonly id: string
  readonly host: Host
  readonly parent: string | undefined
}

export class Supervision {
  readonly #agent: Supervised
  readonly #policy: FailurePolicy
  #crashes: readonly number[] = []
  #restarts: number

  /** `restarts`: how many there were in the process before. */
  constructor(agent: Supervised, policy: FailurePolicy, restarts = 0) {
    this.#agent = agent
    this.#restarts = restarts
    this.#policy = policy
  }

  /** What becomes of the agent now; `lost`: why there is nothing that it could go on with, where that is so. */
  judge(lost: string | undefined): Verdict {
    const { clock, ids } = this.#agent.host
    const wanted = decide(this.#policy, this.#crashes, clock.now(), ids.random())
    const verdict: Verdict =
      wanted.directive === 'resume' && lost !== undefined
        ? { ...wanted, directive: 'stop', reason: `${lost}, so there is nothing to resume` }
        : wanted
    this.#crashes = verdict.crashes
    this.say(verdict.directive, verdict.reason, verdict.delay)
    return verdict
  }

  /** `because`: the sibling with which it shares that. */
  say(directive: FailurePolicy['directive'], reason: string, delay = 0, because?: string): void {
    if (directive === 'restart') this.#restarts++
    const { id, host } = this.#agent
    host.emit(
      { type: 'agent.supervised', id, directive, restarts: this.#restarts, delay, reason, ...(because ? { because } : {}) },
      { source: id },
    )
  }

  /** Lets the parent's strategy decide who shares it. */
  share(directive: 'restart' | 'stop', delay = 0): void {
    const { id, host, parent } = this.#agent
    if (parent !== undefined) host.agent(parent)?.children.share(id, directive, `its sibling ${id} crashed`, delay)
  }

  /** Hands the crash to whoever spawned the agent, or to the system. */
  escalate(error: TroupeError): void {
    const { id, host, parent } = this.#agent
    const above = parent === undefined ? undefined : host.agent(parent)
    if (above) above.crash(new TroupeError('CRASHED', `Its child ${id} escalated: ${error.message}`, { cause: error }))
    else host.report(`agent ${id}, which escalated to the system`, error, id)
  }
}
