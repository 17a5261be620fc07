/** Refs to what lives in a distant system. */
import { TroupeError } from '../errors.js'
import type { Applied, Decision, SwarmSummary } from '../protocol/reply.js'
import type { AgentRef, AskOptions, BallotRef, SendOptions, StopOptions, SwarmRef, TaskRef } from '../stage.js'
import type { Member } from '../system/definition.js'

/** What refs need of their client. */
export interface Wire {
  /** Asks the server. `waits`: it may take as long as it takes, and is asked again on a new connection. */
  ask(type: string, payload: object, how?: { readonly waits?: boolean; readonly timeout?: number }): Promise<unknown>
  /** Asks, and reports a refusal instead of returning it. */
  tell(type: string, payload: object): void
  /** Resolves when the agent has stopped. */
  agentStopped(id: string): Promise<void>
}

interface Message {
  readonly type: string
  readonly [field: string]: unknown
}

const nameOf = (ref: string | { readonly id: string }) => (typeof ref === 'string' ? ref : ref.id)

abstract class RemoteRef {
  readonly id: string
  readonly ready: Promise<void>
  protected readonly wire: Wire

  constructor(wire: Wire, id: string, ready: Promise<unknown>) {
    this.wire = wire
    this.id = id
    this.ready = ready.then(() => {})
    // Nobody has to look at `ready`; a refusal is told by every other verb too.
    this.ready.catch(() => {})
  }

  /** What each kind of answer holds is stated by the protocol's `Replies`. */
  protected async verb<R = Applied>(type: string, payload: object, how?: Parameters<Wire['ask']>[2]): Promise<R> {
    await this.ready
    return (await this.wire.ask(type, { id: this.id, ...payload }, how)) as R
  }
}

export class RemoteAgentRef extends RemoteRef implements AgentRef {
  readonly kind = 'agent'

  send(message: Message, options: SendOptions = {}): void {
    this.wire.tell('agent.send', { to: this.id, message, ...options })
  }
  // The answer's type follows from the definition, which the erased ref does not know: `AgentRef` states it.
  async ask(message: Message, options: AskOptions = {}): Promise<never> {
    return askAgent(this.wire, this.id, message, options) as Promise<never>
  }
  pause(): Promise<Applied> {
    return this.verb('agent.pause', {})
  }
  resume(): Promise<Applied> {
    return this.verb('agent.resume', {})
  }
  restart(): Promise<Applied> {
    return this.verb('agent.restart', {})
  }
  stop(options: StopOptions = {}): Promise<Applied> {
    return this.verb('agent.stop', options, { timeout: Number.POSITIVE_INFINITY })
  }
  async result(): Promise<void> {
    await this.ready
    return this.wire.agentStopped(this.id)
  }
}

export class RemoteTaskRef extends RemoteRef implements TaskRef<never> {
  readonly kind = 'task'

  // The result's type follows from the declaration, which the erased ref does not know: `TaskRef` states it.
  async result(): Promise<never> {
    return (await this.verb<{ value: never }>('task.result', {}, { waits: true })).value
  }
  cancel(reason?: string): Promise<Applied> {
    return this.verb('task.cancel', { reason }, { timeout: Number.POSITIVE_INFINITY })
  }
  pause(): Promise<Applied> {
    return this.verb('task.pause', {})
  }
  resume(): Promise<Applied> {
    return this.verb('task.resume', {})
  }
}

export class RemoteSwarmRef extends RemoteRef implements SwarmRef {
  readonly kind = 'swarm'

  join(agent: string | Member, role?: string): Promise<Applied> {
    return this.verb('swarm.join', { agent: nameOf(agent), role })
  }
  leave(agent: string | Member, reason?: string): Promise<Applied> {
    return this.verb('swarm.leave', { agent: nameOf(agent), reason })
  }
  send(from: string | Member, to: string | Member, message: Message, options: SendOptions = {}): void {
    this.wire.tell('swarm.send', { id: this.id, from: nameOf(from), to: nameOf(to), message, priority: options.priority })
  }
  pause(): Promise<Applied> {
    return this.verb('swarm.pause', {})
  }
  resume(): Promise<Applied> {
    return this.verb('swarm.resume', {})
  }
  stop(options: StopOptions = {}): Promise<Applied> {
    return this.verb('swarm.dissolve', { grace: options.grace, reason: options.reason }, { timeout: Number.POSITIVE_INFINITY })
  }
  result(): Promise<SwarmSummary> {
    return this.verb('swarm.result', {}, { waits: true })
  }
}

export class RemoteBallotRef extends RemoteRef implements BallotRef {
  readonly kind = 'ballot'

  vote(voter: string | Member, choice?: string, reason?: string): Promise<Applied> {
    return this.verb('ballot.vote', { voter: nameOf(voter), choice, reason })
  }
  cancel(): Promise<Applied> {
    return this.verb('ballot.cancel', {})
  }
  result(): Promise<Decision> {
    return this.verb('ballot.result', {}, { waits: true })
  }
}

/** Milliseconds that an answer may take on its way, beyond what the agent is given. */
const onItsWay = 5_000

/** Asks an agent; the server keeps the time. */
export const askAgent = async (wire: Wire, to: string, message: Message, options: AskOptions): Promise<unknown> => {
  const { timeout = 30_000 } = options
  const reply = (await wire.ask('agent.ask', { to, message, ...options, timeout }, { timeout: timeout + onItsWay })) as {
    value?: unknown
  }
  return reply.value
}

/** What is declared here but cannot be said over the wire. */
export const unsayable = (what: string): Promise<never> =>
  Promise.reject(
    new TroupeError('UNSUPPORTED', `${what} cannot be said over a connection; set it in the definition where the system runs.`),
  )
