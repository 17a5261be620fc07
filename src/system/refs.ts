/** Refs to what lives in this process. */
import { TroupeError } from '../errors.js'
import type { Applied, Decision, SwarmSummary } from '../protocol/reply.js'
import type { AgentRef, AskOptions, BallotRef, SendOptions, StopOptions, SwarmRef, TaskRef } from '../stage.js'
import type { AnyActor, Letter } from './actor.js'
import type { Core } from './core.js'
import type { Member } from './definition.js'

/** What a ref needs of the stage that it came from. */
export interface RefStage {
  readonly core: Core
  sendTo(to: string, message: Letter['message'], options: SendOptions | undefined, refused?: TroupeError): void
  askOf(to: string, message: Letter['message'], options: AskOptions | undefined, refused?: TroupeError): Promise<unknown>
}

const nameOf = (ref: string | { readonly id: string }) => (typeof ref === 'string' ? ref : ref.id)

abstract class LocalRef {
  readonly id: string
  readonly ready: Promise<void>
  protected readonly stage: RefStage
  protected readonly refused: TroupeError | undefined

  constructor(stage: RefStage, id: string, ready: Promise<void> | TroupeError) {
    this.stage = stage
    this.id = id
    this.refused = ready instanceof TroupeError ? ready : undefined
    this.ready = ready instanceof TroupeError ? Promise.reject(ready) : ready
    // Nobody has to look at `ready`; a refusal is told by every other verb too.
    this.ready.catch(() => {})
  }

  protected async apply<A extends AnyActor>(actor: A | undefined, verb: (actor: A) => unknown): Promise<Applied> {
    if (this.refused) throw this.refused
    if (!actor) throw this.missing()
    await verb(actor)
    return { id: this.id, state: actor.state }
  }

  protected missing(): TroupeError {
    const { agents, tasks, swarms } = this.stage.core.view
    const known = agents.get(this.id) ?? tasks.get(this.id) ?? swarms.get(this.id)
    return known
      ? new TroupeError('NOT_RUNNING', `${this.id} has ended: it is ${known.state}.`)
      : new TroupeError('NOT_FOUND', `There is nothing here with the id ${this.id}.`)
  }
}

export class LocalAgentRef extends LocalRef implements AgentRef {
  readonly kind = 'agent'

  send(message: Letter['message'], options?: SendOptions): void {
    this.stage.sendTo(this.id, message, options, this.refused)
  }
  // The answer's type follows from the definition, which the erased ref does not know: `AgentRef` states it.
  ask(message: Letter['message'], options?: AskOptions): Promise<never> {
    return this.stage.askOf(this.id, message, options, this.refused) as Promise<never>
  }
  pause(): Promise<Applied> {
    return this.apply(this.#actor, (agent) => agent.pause())
  }
  resume(): Promise<Applied> {
    return this.apply(this.#actor, (agent) => agent.resume())
  }
  restart(): Promise<Applied> {
    return this.apply(this.#actor, (agent) => agent.restart())
  }
  stop(options?: StopOptions): Promise<Applied> {
    return this.apply(this.#actor, (agent) => agent.stop(options))
  }
  async result(): Promise<void> {
    if (this.refused) throw this.refused
    const agent = this.#actor
    if (agent) return agent.ended
    if (!this.stage.core.view.agents.has(this.id)) throw this.missing()
  }
  get #actor() {
    return this.stage.core.agent(this.id)
  }
}

export class LocalTaskRef extends LocalRef implements TaskRef<never> {
  readonly kind = 'task'

  cancel(reason?: string): Promise<Applied> {
    return this.apply(this.#actor, async (task) => {
      task.cancel(new TroupeError('CANCELLED', reason ? `The task was cancelled: ${reason}` : undefined))
      await task.ended
    })
  }
  pause(): Promise<Applied> {
    return this.apply(this.#actor, (task) => task.pause())
  }
  resume(): Promise<Applied> {
    return this.apply(this.#actor, (task) => task.resume())
  }
  // The result's type follows from the declaration, which the erased ref does not know: `TaskRef` states it.
  async result(): Promise<never> {
    if (this.refused) throw this.refused
    const task = this.#actor
    if (task) {
      const { error, value } = await task.ended
      if (error) throw error
      return value as never
    }
    const ended = this.stage.core.view.tasks.get(this.id)
    if (!ended) throw this.missing()
    if (ended.error) throw new TroupeError(ended.error.code, ended.error.message, { details: { ...ended.error.details } })
    return ended.result as never
  }
  get #actor() {
    return this.stage.core.task(this.id)
  }
}

export class LocalSwarmRef extends LocalRef implements SwarmRef {
  readonly kind = 'swarm'

  join(agent: string | Member, role?: string): Promise<Applied> {
    return this.apply(this.#actor, (swarm) => swarm.join(nameOf(agent), role))
  }
  leave(agent: string | Member, reason?: string): Promise<Applied> {
    return this.apply(this.#actor, (swarm) => swarm.leave(nameOf(agent), reason))
  }
  send(from: string | Member, to: string | Member, message: Letter['message'], options?: SendOptions): void {
    const swarm = this.#actor
    if (swarm && !this.refused) swarm.send(nameOf(from), nameOf(to), message, options)
    else this.stage.core.deadLetter(nameOf(to), { message, from: nameOf(from) }, 'no-actor')
  }
  pause(): Promise<Applied> {
    return this.apply(this.#actor, (swarm) => swarm.pause())
  }
  resume(): Promise<Applied> {
    return this.apply(this.#actor, (swarm) => swarm.resume())
  }
  stop(options?: StopOptions): Promise<Applied> {
    return this.apply(this.#actor, (swarm) => swarm.stop(options))
  }
  async result(): Promise<SwarmSummary> {
    if (this.refused) throw this.refused
    const swarm = this.#actor
    if (!swarm) throw this.missing()
    return swarm.complete()
  }
  get #actor() {
    return this.stage.core.swarm(this.id)
  }
}

export class LocalBallotRef extends LocalRef implements BallotRef {
  readonly kind = 'ballot'

  async vote(voter: string | Member, choice?: string, reason?: string): Promise<Applied> {
    const ballot = this.#ballot
    ballot.vote({ voter: nameOf(voter), choice, reason })
    return { id: this.id, state: ballot.open ? 'open' : 'closed' }
  }
  async cancel(): Promise<Applied> {
    this.#ballot.cancel()
    return { id: this.id, state: 'closed' }
  }
  async result(): Promise<Decision> {
    return this.#ballot.outcome
  }
  get #ballot() {
    if (this.refused) throw this.refused
    const ballot = this.stage.core.ballots.get(this.id)
    if (!ballot) throw new TroupeError('NOT_FOUND', `There is no ballot here with the id ${this.id}.`)
    return ballot
  }
}
