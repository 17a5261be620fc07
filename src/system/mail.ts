/** The last way of every letter: to its agent, or among the dead. */
import { TroupeError, toTroupeError } from '../errors.js'
import type { EventOf } from '../protocol/event.js'
import { keepLetter } from '../recovery/letters.js'
import type { AgentActor, Host, Letter, NotTaken } from './actor.js'
import { DeadLetters, type DeadLettersOptions } from './dead-letters.js'
import { type Reach, within } from './reach.js'

/** What is known of a letter that cannot be delivered. */
export type Undelivered = Pick<Letter, 'message' | 'from' | 'cause'> & Partial<Letter>

/** What a message was not taken in with; made only where somebody asks. */
export type Refused = () => TroupeError

export class Mail {
  readonly dead: DeadLetters
  readonly #host: Pick<Host, 'agent' | 'clock' | 'emit' | 'ids' | 'keeper' | 'tenantOf'>

  constructor(host: Pick<Host, 'agent' | 'clock' | 'emit' | 'ids' | 'keeper' | 'tenantOf'>, options: DeadLettersOptions) {
    this.#host = host
    this.dead = new DeadLetters(host, options)
  }

  /** Never throws: what cannot be delivered, or does not fit the schema by which it has to be read, becomes a dead letter. */
  deliver(to: string, letter: Letter): void {
    const agent = within(letter.reach, this.#host.tenantOf(to)) ? this.#host.agent(to) : undefined
    if (!isMessage(letter.message)) this.bury(to, letter, 'invalid')
    else if (agent) this.hand(agent, letter)
    else this.bury(to, letter, 'no-actor')
  }

  /** Returns why it was not taken in, where it was not: it is a dead letter then. */
  hand(agent: AgentActor, letter: Letter): Refused | undefined {
    let read = letter
    if (letter.unread)
      try {
        read = { ...letter, message: agent.check(letter.message), unread: false }
      } catch (thrown) {
        const error = toTroupeError(thrown)
        this.bury(agent.id, letter, error.code === 'NO_HANDLER' ? 'no-handler' : 'invalid')
        return () => error
      }
    // What came from outside was promised to be handled, also by who goes on after this process.
    if ((letter.unread || letter.record !== undefined) && !letter.reply) read = keepLetter(this.#host, agent.id, read)
    const why = agent.deliver(read)
    return why && (() => notTaken(agent, why))
  }

  bury(to: string, letter: Undelivered, reason: EventOf<'system.dead-letter'>['reason']): void {
    const { ids, clock } = this.#host
    const { message, from, cause, dead: id = ids.next() } = letter
    letter.lost?.forget()
    if (letter.record !== undefined) this.#host.keeper?.drop('letter', letter.record)
    // It is its sender's; of who stands above tenants, it is whose it was sent to.
    const tenant = letter.reach ? letter.reach.tenant : this.#host.tenantOf(to)
    this.dead.keep(id, to, { ...letter, reach: { tenant } }, reason, clock.now())
    this.#host.emit({ type: 'system.dead-letter', id, to, message, reason, from }, { source: from, cause, tenant })
  }

  /** Sends a dead letter again. Throws `NOT_FOUND` and `TOO_MANY`. */
  replay(id: string, source: string, reach?: Reach): void {
    const { to, letter, replays, tenant } = this.dead.take(id, reach)
    this.#host.emit({ type: 'system.replayed', id, to, replays }, { source, tenant })
    // Whoever asked for that was promised as much as whoever sends from outside.
    this.deliver(to, { ...letter, record: this.#host.ids.next() })
  }
}

export const notTaken = ({ id, state }: AgentActor, why: NotTaken): TroupeError =>
  why === 'stopped'
    ? new TroupeError('NOT_RUNNING', `Agent ${id} is ${state} and takes no more messages.`)
    : new TroupeError('QUEUE_FULL', `As many messages wait for agent ${id} as may; try again later.`)

/** Types say so; code without them can hand over anything. */
export const isMessage = (message: unknown): message is Letter['message'] =>
  typeof message === 'object' && message !== null && typeof (message as { type?: unknown }).type === 'string'
