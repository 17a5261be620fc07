/** How messages leave somebody: to whom, until when, under which key, and on whose behalf. */
import { TroupeError, toTroupeError } from '../errors.js'
import type { AskOptions, SendOptions } from '../options.js'
import type { Cause } from '../protocol/envelope.js'
import { priorities } from '../protocol/priority.js'
import type { AgentActor, Letter, NotTaken } from './actor.js'
import type { Core } from './core.js'
import { fingerprint } from './fingerprint.js'

/** Who speaks. */
export interface Speaker {
  /** What stands as the source of what follows. */
  readonly id: string
  /** The agent whose children it spawns. */
  readonly parent?: string | undefined
  readonly cause?: Cause | undefined
  /** Whether its messages are read by their schemas before they are delivered: what types cannot vouch for is. */
  readonly checked: boolean
}

interface How {
  /** Why there is nobody to send it to. */
  readonly refused?: TroupeError | undefined
  /** Absent: where there is no such agent, it goes to the client of that id. */
  readonly only?: 'agents' | undefined
  /** Told when it was not handled and never will be. */
  readonly lost?: (() => void) | undefined
}

/** What a message was not taken in with; made only where somebody asks. */
type Refused = () => TroupeError

export class Post {
  readonly #core: Core
  readonly #speaker: Speaker

  constructor(core: Core, speaker: Speaker) {
    this.#core = core
    this.#speaker = speaker
  }

  /** Never throws: what cannot be delivered becomes a dead letter. `refused`: why there is nobody to send it to. */
  send(to: string, message: Letter['message'], options: SendOptions = {}, refused?: TroupeError): void {
    // Nearly every message goes without a key: it costs nothing that some have one.
    if (options.key === undefined) this.#send(to, message, options, { refused })
    else this.#sendOnce(options.key, to, message, options, { refused })
  }

  /** Sends to an agent, never to a client. Throws what it was not taken in with; it is a dead letter then. */
  deliver(to: string, message: Letter['message'], options: SendOptions = {}): void {
    const { key } = options
    const how = { only: 'agents' } as const
    const why = key === undefined ? this.#send(to, message, options, how) : this.#sendOnce(key, to, message, options, how)
    if (why) throw why()
  }

  /** Throws what the message is refused with. */
  steer(agent: AgentActor, message: Letter['message'], options: SendOptions = {}): void {
    const why = agent.deliver({ ...this.#letter(agent.check(message), options), steers: true })
    if (why) throw notTaken(agent, why)
  }

  ask(to: string, message: Letter['message'], options: AskOptions = {}, refused?: TroupeError): Promise<unknown> {
    const { key } = options
    if (key === undefined) return this.#ask(to, message, options, refused)
    try {
      return this.#core.keys.once(this.#under('ask', to, key), fingerprint(message), (lost) =>
        this.#ask(to, message, options, refused, lost),
      )
    } catch (thrown) {
      return Promise.reject(thrown)
    }
  }

  #sendOnce(key: string, to: string, message: Letter['message'], options: SendOptions, how: How): Refused | undefined {
    try {
      return this.#core.keys.once(this.#under('send', to, key), fingerprint(message), (lost) =>
        this.#send(to, message, options, { ...how, lost }),
      )
    } catch (thrown) {
      const error = toTroupeError(thrown)
      return this.#dead(to, this.#letter(message, options), 'invalid', () => error)
    }
  }

  /** Returns why it was not taken in, where it was not. */
  #send(to: string, message: Letter['message'], options: SendOptions, { refused, only, lost }: How): Refused | undefined {
    const core = this.#core
    const letter = this.#letter(message, options, lost)
    const unfit = this.#unfit(to, message, options)
    if (unfit) {
      // It may be sent again, with a priority that there is.
      const sane = priorities.includes(letter.priority) ? letter : { ...letter, priority: 'normal' as const }
      return this.#dead(to, sane, unfit().code === 'HOPS' ? 'hops' : 'invalid', unfit)
    }
    const agent = refused ? undefined : core.agent(to)
    if (!agent && !refused && !only && this.toClient(to, message, options)) return undefined
    if (!agent) return this.#dead(to, letter, 'no-actor', () => refused ?? this.#missing(to))
    let taken = letter
    if (this.#speaker.checked)
      try {
        taken = { ...letter, message: agent.check(message) }
      } catch (thrown) {
        const error = toTroupeError(thrown)
        return this.#dead(to, letter, error.code === 'NO_HANDLER' ? 'no-handler' : 'invalid', () => error)
      }
    const why = agent.deliver(taken)
    return why && (() => notTaken(agent, why))
  }

  #dead(to: string, letter: Letter, reason: Parameters<Core['deadLetter']>[2], why: Refused): Refused {
    letter.lost?.()
    this.#core.deadLetter(to, letter, reason)
    return why
  }

  #ask(to: string, message: Letter['message'], options: AskOptions, refused?: TroupeError, lost?: () => void): Promise<unknown> {
    const { clock } = this.#core
    const { cause } = this.#speaker
    // Nobody waits for an answer after whoever asked them first has given up.
    const left = cause?.deadline === undefined ? Number.POSITIVE_INFINITY : Math.max(0, cause.deadline - clock.now())
    const timeout = Math.min(options.timeout ?? 30_000, left)
    return new Promise((resolve, reject) => {
      try {
        if (refused) throw refused
        const agent = this.#receiver(to, message, options)
        const checked = agent.check(message)
        const late = () => new TroupeError('TIMEOUT', `Agent ${to} did not answer ${message.type} within ${timeout} ms.`)
        const cancel = clock.after(timeout, () => reject(late()))
        const { ttl = timeout } = options
        const reply: Letter['reply'] = (error, value) => {
          cancel()
          // What has waited as long as its answer was waited for has run out of that time, not of one of its own.
          if (error) reject(error.code === 'EXPIRED' && ttl >= timeout ? late() : error)
          else resolve(value)
        }
        agent.deliver({ ...this.#letter(checked, { ...options, ttl }, lost), reply })
      } catch (thrown) {
        lost?.()
        reject(thrown)
      }
    })
  }

  /** Throws why nobody can be asked this. */
  #receiver(to: string, message: Letter['message'], options: AskOptions): AgentActor {
    const unfit = this.#unfit(to, message, options)
    if (unfit) throw unfit()
    const agent = this.#core.agent(to)
    if (!agent) throw this.#missing(to)
    return agent
  }

  /** To a client that is connected, or may come back; false where there is none. */
  toClient(id: string, message: Letter['message'], { priority = 'normal', ttl }: SendOptions = {}): boolean {
    const { view } = this.#core
    for (const { client } of view.clients.values()) {
      if (client !== id) continue
      const { id: from, cause } = this.#speaker
      this.#core.emit({ type: 'client.message', id, from, message }, { source: from, priority, ttl, cause })
      return true
    }
    return false
  }

  /** Why nobody could be sent this, whoever it is. */
  #unfit(to: string, message: Letter['message'], options: AskOptions): Refused | undefined {
    if (!isMessage(message))
      return () =>
        new TroupeError('INVALID_MESSAGE', 'A message is an object with a type, such as { type: "review" }; got something else.')
    const wrong = !isDuration(options.ttl) ? 'ttl' : !isDuration(options.timeout) ? 'timeout' : undefined
    if (wrong)
      return () =>
        new TroupeError('INVALID_MESSAGE', `The ${wrong} of a message is 0 or more milliseconds; got ${options[wrong]}.`)
    const { priority } = options
    if (priority !== undefined && !priorities.includes(priority))
      return () =>
        new TroupeError(
          'INVALID_MESSAGE',
          `The priority of a message is one of ${priorities.join(', ')}; got ${String(priority)}.`,
        )
    const hops = this.#speaker.cause?.hops ?? 0
    if (hops <= this.#core.maxHops) return undefined
    return () =>
      new TroupeError('HOPS', `The message ${message.type} to ${to} has passed through ${hops} agents, more than it may.`)
  }

  #missing(to: string): TroupeError {
    const ended = this.#core.view.agents.get(to)
    if (ended) return new TroupeError('ENDED', `Agent ${to} has ended: it is ${ended.state}.`)
    return new TroupeError('NOT_FOUND', `There is no agent here with the id ${to}.`)
  }

  #letter(message: Letter['message'], { priority = 'normal', ttl }: SendOptions, lost?: () => void): Letter {
    const { id, cause } = this.#speaker
    const expires = ttl === undefined ? undefined : this.#core.clock.now() + ttl
    return { message, priority, from: id, expires, cause, lost }
  }

  /** A key counts for one verb, one sender and one receiver. */
  #under(verb: string, to: string, key: string): string {
    return `${verb}\n${this.#speaker.id}\n${to}\n${key}`
  }
}

const notTaken = ({ id, state }: AgentActor, why: NotTaken): TroupeError =>
  why === 'stopped'
    ? new TroupeError('NOT_RUNNING', `Agent ${id} is ${state} and takes no more messages.`)
    : new TroupeError('QUEUE_FULL', `As many messages wait for agent ${id} as may; try again later.`)

/** Types say so; code without them can hand over anything. */
const isMessage = (message: unknown): message is Letter['message'] =>
  typeof message === 'object' && message !== null && typeof (message as { type?: unknown }).type === 'string'

const isDuration = (value: number | undefined): boolean => value === undefined || (typeof value === 'number' && value >= 0)
