/** How messages leave somebody: to whom, until when, under which key, and on whose behalf. */
import { TroupeError, toTroupeError } from '../errors.js'
import type { AskOptions, SendOptions } from '../options.js'
import type { Cause } from '../protocol/envelope.js'
import { priorities } from '../protocol/priority.js'
import { keepLetter } from '../recovery/letters.js'
import type { AgentActor, Letter, SwarmActor } from './actor.js'
import type { Core } from './core.js'
import { fingerprint } from './fingerprint.js'
import { unsealable } from './in-the-clear.js'
import { isMessage, notTaken, type Refused } from './mail.js'
import { type Reach, sees, within } from './reach.js'

/** Who speaks. */
export interface Speaker {
  /** What stands as the source of what follows. */
  readonly id: string
  /** The agent whose children it spawns. */
  readonly parent?: string | undefined
  readonly cause?: Cause | undefined
  /** How far it reaches; absent: everywhere. */
  readonly reach?: Reach | undefined
  /** Whether its messages are read by their schemas before they are delivered: what types cannot vouch for is. */
  readonly checked: boolean
}

interface How {
  /** Why there is nobody to send it to. */
  readonly refused?: TroupeError | undefined
  /** Absent: where there is no such agent, it goes to the client of that id. */
  readonly only?: 'agents' | undefined
  /** It goes from one member of a swarm to another; absent: straight to its receiver. */
  readonly member?: { readonly from: string; readonly swarm: SwarmActor | undefined } | undefined
  /** Told when it was not handled and never will be. */
  readonly lost?: (() => void) | undefined
}

const toAgent = { only: 'agents' } as const satisfies How

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
    const why = key === undefined ? this.#send(to, message, options, toAgent) : this.#sendOnce(key, to, message, options, toAgent)
    if (why) throw why()
  }

  /** From one member of a swarm to another, along its topology. Throws as little as `send`. */
  relay(swarm: SwarmActor | undefined, from: string, to: string, message: Letter['message'], options: SendOptions = {}): void {
    const how = { member: { from, swarm } }
    if (options.key === undefined) this.#send(to, message, options, how)
    else this.#sendOnce(options.key, to, message, options, how)
  }

  /** Throws what the message is refused with. */
  steer(agent: AgentActor, message: Letter['message'], options: SendOptions = {}): void {
    const letter = { ...this.#letter(agent.check(message), options), steers: true }
    const why = agent.deliver(this.#speaker.checked ? keepLetter(this.#core, agent.id, letter) : letter)
    if (why) throw notTaken(agent, why)
  }

  ask(to: string, message: Letter['message'], options: AskOptions = {}, refused?: TroupeError): Promise<unknown> {
    const { key } = options
    if (key === undefined) return this.#ask(to, message, options, refused)
    try {
      return this.#core.keys.once(this.#under('ask', this.#speaker.id, to, key), fingerprint(message), (lost) =>
        this.#ask(to, message, options, refused, lost),
      )
    } catch (thrown) {
      return Promise.reject(thrown)
    }
  }

  #sendOnce(key: string, to: string, message: Letter['message'], options: SendOptions, how: How): Refused | undefined {
    const from = how.member?.from ?? this.#speaker.id
    try {
      return this.#core.keys.once(this.#under('send', from, to, key), fingerprint(message), (lost) =>
        this.#send(to, message, options, { ...how, lost }),
      )
    } catch (thrown) {
      const error = toTroupeError(thrown)
      return this.#dead(to, this.#unread(message, options, how), 'invalid', () => error)
    }
  }

  /** Returns why it was not taken in, where it was not. */
  #send(to: string, message: Letter['message'], options: SendOptions, how: How): Refused | undefined {
    const { refused, only, member } = how
    const core = this.#core
    const letter = this.#unread(message, options, how)
    const unfit = this.#unfit(to, message, options)
    if (unfit) {
      // It may be sent again, with a priority that there is.
      const sane = priorities.includes(letter.priority) ? letter : { ...letter, priority: 'normal' as const }
      return this.#dead(to, sane, unfit().code === 'HOPS' ? 'hops' : 'invalid', unfit)
    }
    // What becomes of it is decided along the edges, maybe later.
    if (member?.swarm) return void member.swarm.send(to, letter)
    const agent = refused || member ? undefined : this.#agent(to)
    if (agent) return core.mail.hand(agent, letter)
    if (!refused && !member && !only && this.toClient(to, message, options)) return undefined
    return this.#dead(to, letter, 'no-actor', () => refused ?? this.#missing(to))
  }

  #dead(to: string, letter: Letter, reason: Parameters<Core['deadLetter']>[2], why: Refused): Refused {
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
        let over = false
        const cancel = clock.after(timeout, () => {
          over = true
          reject(late())
        })
        const { ttl = timeout } = options
        const reply: Letter['reply'] = (error, value) => {
          cancel()
          // A refusal by the agent's own code is an answer, too.
          if (over && (!error || error.code === 'FAILED')) return options.onLate?.()
          // What has waited as long as its answer was waited for has run out of that time, not of one of its own.
          if (error) reject(error.code === 'EXPIRED' && ttl >= timeout ? late() : error)
          else resolve(value)
        }
        agent.deliver({ ...this.#letter(checked, { ...options, ttl }, { lost }), reply })
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
    const agent = this.#agent(to)
    if (!agent) throw this.#missing(to)
    return agent
  }

  #agent(id: string): AgentActor | undefined {
    return sees(this.#core, this.#speaker.reach, id) ? this.#core.agent(id) : undefined
  }

  /** A key counts for one verb, one sender and one receiver: two tenants may have senders of one name. */
  #under(verb: string, from: string, to: string, key: string): { readonly key: string; readonly owner: string } {
    const { id, reach } = this.#speaker
    const whose = reach?.tenant ?? null
    return { key: JSON.stringify([verb, from, to, whose, key]), owner: JSON.stringify([whose, id]) }
  }

  /** To a client that is connected, or may come back; false where there is none. */
  toClient(id: string, message: Letter['message'], { priority = 'normal', ttl }: SendOptions = {}): boolean {
    const { view } = this.#core
    const { id: from, cause, reach } = this.#speaker
    for (const { client, tenant } of view.clients.values()) {
      if (client !== id || !within(reach, tenant)) continue
      this.#core.emit(
        { type: 'client.message', id, from, message },
        { source: from, priority, ttl, cause, tenant, signature: cause?.signature },
      )
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
    const closed = unsealable(options)
    if (closed) return () => closed
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
    if (ended && within(this.#speaker.reach, ended.tenant))
      return new TroupeError('ENDED', `Agent ${to} has ended: it is ${ended.state}.`)
    return new TroupeError('NOT_FOUND', `There is no agent here with the id ${to}.`)
  }

  #letter(message: Letter['message'], { priority = 'normal', ttl }: SendOptions, { member, lost }: How = {}): Letter {
    const { id, cause, reach } = this.#speaker
    const expires = ttl === undefined ? undefined : this.#core.clock.now() + ttl
    return { message, priority, from: member?.from ?? id, expires, cause, lost, reach }
  }

  #unread(message: Letter['message'], options: SendOptions, how: How): Letter {
    return { ...this.#letter(message, options, how), unread: this.#speaker.checked }
  }
}

const isDuration = (value: number | undefined): boolean => value === undefined || (typeof value === 'number' && value >= 0)
