/** What a task needs of whoever does it: an agent, a person, or its own parts. */
import type { TroupeError } from '../../src/errors.js'
import type { AgentActor, Letter, Work } from '../../src/system/actor.js'

export interface Worker {
  readonly id: string
  readonly kind: 'agent' | 'person' | 'graph'
  /** Where as many wait as may, one waits for room; absent: there is always some. */
  readonly queue?: Pick<AgentActor['queue'], 'whenRoom'>
  /** The message as the worker reads it. Throws `NO_HANDLER` or `INVALID_MESSAGE`. */
  check(message: Letter['message']): Letter['message']
  /** Takes it in. Throws `QUEUE_FULL` or `NOT_RUNNING`. */
  enqueue(work: Work, begun?: boolean): void
  /** Goes on with it as it was in the process before; absent: what was in hand then has crashed. `parts`: of a graph, by name. */
  takeUp?(work: Work, parts: Readonly<Record<string, string>>): void
  /** Lets go of it; its `fail` is called when that is done. */
  withdraw(work: Work, why: TroupeError): void
  /** Pauses or resumes what is in hand for it. */
  hold(work: Work, held: boolean): void
}
