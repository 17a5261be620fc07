/** The last way of every letter: to its agent, or among the dead. */
import { toTroupeError } from '../errors.js'
import type { EventOf } from '../protocol/event.js'
import type { Host, Letter } from './actor.js'
import { DeadLetters, type DeadLettersOptions } from './dead-letters.js'
import type { Keys } from './keys.js'

/** What is known of a letter that cannot be delivered. */
export type Undelivered = Pick<Letter, 'message' | 'from' | 'cause'> & Partial<Letter>

export class Mail {
  readonly dead: DeadLetters
  readonly #host: Pick<Host, 'agent' | 'clock' | 'emit' | 'ids'>
  readonly #keys: Keys

  constructor(host: Pick<Host, 'agent' | 'clock' | 'emit' | 'ids'>, keys: Keys, options: DeadLettersOptions) {
    this.#host = host
    this.#keys = keys
    this.dead = new DeadLetters(options)
  }

  /** Never throws: what cannot be delivered, or does not fit the schema by which it has to be read, becomes a dead letter. */
  deliver(to: string, letter: Letter): void {
    const agent = this.#host.agent(to)
    if (!isMessage(letter.message)) return this.bury(to, letter, 'invalid')
    if (!agent) return this.bury(to, letter, 'no-actor')
    if (!letter.unread) return agent.deliver(letter)
    let message: Letter['message']
    try {
      message = agent.check(letter.message)
    } catch (thrown) {
      return this.bury(to, letter, toTroupeError(thrown).code === 'NO_HANDLER' ? 'no-handler' : 'invalid')
    }
    agent.deliver({ ...letter, message, unread: false })
  }

  bury(to: string, letter: Undelivered, reason: EventOf<'system.dead-letter'>['reason']): void {
    const { ids, clock } = this.#host
    const { message, from, cause, dead: id = ids.next() } = letter
    // Whoever crashed had heard it.
    if (letter.key !== undefined && reason !== 'crashed') this.#keys.forget(letter.key)
    this.dead.keep(id, to, letter, reason, clock.now())
    this.#host.emit({ type: 'system.dead-letter', id, to, message, reason, from }, { source: from, cause })
  }

  /** Sends a dead letter again. Throws `NOT_FOUND` and `TOO_MANY`. */
  replay(id: string, source: string): void {
    const { to, letter, replays } = this.dead.take(id)
    this.#host.emit({ type: 'system.replayed', id, to, replays }, { source })
    this.deliver(to, letter)
  }
}

/** Types say so; code without them can hand over anything. */
export const isMessage = (message: unknown): message is Letter['message'] =>
  typeof message === 'object' && message !== null && typeof (message as { type?: unknown }).type === 'string'
