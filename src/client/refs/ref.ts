/** What all refs to what lives in a distant system have in common. */
import { TroupeError } from '../../errors.js'
import type { Applied } from '../../protocol/reply.js'

/** How something is asked. `timeout` in milliseconds. */
export interface How {
  readonly waits?: boolean
  readonly keeps?: boolean
  readonly timeout?: number
}

/** What refs need of their client. */
export interface Wire {
  /**
   * Asks the server. `waits`: it may take as long as it takes, and is asked again on a new connection. `keeps`: said without a connection, it
   * is kept for the next one.
   */
  ask(type: string, payload: object, how?: How): Promise<unknown>
  /** Asks, and reports a refusal instead of returning it. */
  tell(type: string, payload: object): void
  /** Resolves when the agent has stopped. */
  agentStopped(id: string): Promise<void>
}

/** A message to an agent. */
export interface Message {
  readonly type: string
  readonly [field: string]: unknown
}

/** The id of whatever has one. */
export const nameOf = (ref: string | { readonly id: string }) => (typeof ref === 'string' ? ref : ref.id)

export abstract class RemoteRef {
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

/** What is declared here but cannot be said over the wire. */
export const unsayable = (what: string): Promise<never> =>
  Promise.reject(
    new TroupeError('UNSUPPORTED', `${what} cannot be said over a connection; set it in the definition where the system runs.`),
  )
