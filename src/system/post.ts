/** How messages leave somebody: to whom, until when, under which key, and on whose behalf. */
import { TroupeError } from '../errors.js'
import type { AskOptions, SendOptions } from '../options.js'
import type { Cause } from '../protocol/envelope.js'
import type { AgentActor, Letter, SwarmActor } from './actor.js'
import type { Core } from './core.js'
import { isMessage } from './mail.js'

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

export class Post {
  readonly #core: Core
  readonly #speaker: Speaker

  constructor(core: Core, speaker: Speaker) {
    this.#core = core
    this.#speaker = speaker
  }

  /** Never throws: what cannot be delivered becomes a dead letter. `refused`: why there is nobody to send it to. */
  send(to: string, message: Letter['message'], options: SendOptions = {}, refused?: TroupeError): void {
    const { key } = options
    // Nearly every message goes without: it costs nothing that some have one.
    if (key === undefined) return this.#send(to, message, options, refused)
    const once = under('send', this.#speaker.id, to, key)
    this.#core.keys.once(once, () => this.#send(to, message, options, refused, once))
  }

  /** From one member of a swarm to another, along its topology. Throws as little as `send`. */
  relay(swarm: SwarmActor | undefined, from: string, to: string, message: Letter['message'], options: SendOptions = {}): void {
    const { key } = options
    if (key === undefined) return this.#relay(swarm, from, to, message, options)
    const once = under('send', from, to, key)
    this.#core.keys.once(once, () => this.#relay(swarm, from, to, message, options, once))
  }

  /** Throws what the message is refused with. */
  steer(agent: AgentActor, message: Letter['message'], options: SendOptions = {}): void {
    agent.deliver({ ...this.#letter(agent.check(message), options), steers: true })
  }

  ask(to: string, message: Letter['message'], options: AskOptions = {}, refused?: TroupeError): Promise<unknown> {
    const { key } = options
    if (key === undefined) return this.#ask(to, message, options, refused)
    const once = under('ask', this.#speaker.id, to, key)
    return this.#core.keys.once(once, () => this.#ask(to, message, options, refused, once))
  }

  #send(to: string, message: Letter['message'], options: SendOptions, refused?: TroupeError, once?: string): void {
    const letter = this.#letter(message, options, this.#speaker.checked, once)
    if (!this.#isSound(to, letter, options)) return
    if (refused) this.#core.deadLetter(to, letter, 'no-actor')
    else if (this.#core.agent(to) || !this.toClient(to, message, options)) this.#core.deliver(to, letter)
  }

  #relay(
    swarm: SwarmActor | undefined,
    from: string,
    to: string,
    message: Letter['message'],
    options: SendOptions,
    once?: string,
  ): void {
    const letter = { ...this.#letter(message, options, this.#speaker.checked, once), from }
    if (!this.#isSound(to, letter, options)) return
    if (swarm) swarm.send(to, letter)
    else this.#core.deadLetter(to, letter, 'no-actor')
  }

  /** Whether it may go on its way; what may not is a dead letter then. */
  #isSound(to: string, letter: Letter, { ttl }: SendOptions): boolean {
    if (!isMessage(letter.message) || !isDuration(ttl)) this.#core.deadLetter(to, letter, 'invalid')
    else if (this.#tooFar) this.#core.deadLetter(to, letter, 'hops')
    else return true
    return false
  }

  #ask(to: string, message: Letter['message'], options: AskOptions, refused?: TroupeError, once?: string): Promise<unknown> {
    const { clock } = this.#core
    const { cause } = this.#speaker
    // Nobody waits for an answer after whoever asked them first has given up.
    const left = cause?.deadline === undefined ? Number.POSITIVE_INFINITY : Math.max(0, cause.deadline - clock.now())
    const timeout = Math.min(options.timeout ?? 30_000, left)
    return new Promise((resolve, reject) => {
      const { agent, read } = this.#admit(to, message, options, refused, once)
      const cancel = clock.after(timeout, () =>
        reject(new TroupeError('TIMEOUT', `Agent ${to} did not answer ${message.type} within ${timeout} ms.`)),
      )
      const reply: Letter['reply'] = (error, value) => {
        cancel()
        if (error) reject(error)
        else resolve(value)
      }
      agent.deliver({ ...this.#letter(read, { ttl: timeout, ...options }, false, once), reply })
    })
  }

  /** Who is asked, and what they read. Throws what an ask is refused with: then it may be asked again under its key. */
  #admit(
    to: string,
    message: Letter['message'],
    options: AskOptions,
    refused?: TroupeError,
    once?: string,
  ): { agent: AgentActor; read: Letter['message'] } {
    try {
      if (refused) throw refused
      if (!isMessage(message))
        throw new TroupeError(
          'INVALID_MESSAGE',
          'A message is an object with a type, such as { type: "review" }; got something else.',
        )
      for (const name of ['timeout', 'ttl'] as const)
        if (!isDuration(options[name]))
          throw new TroupeError('INVALID_MESSAGE', `The ${name} of an ask is 0 or more milliseconds; got ${options[name]}.`)
      const agent = this.#core.agent(to)
      if (!agent) throw new TroupeError('NOT_FOUND', `There is no agent here with the id ${to} to ask.`)
      if (this.#tooFar)
        throw new TroupeError(
          'HOPS',
          `The message ${message.type} to ${to} has passed through ${this.#speaker.cause?.hops} agents, more than it may.`,
        )
      return { agent, read: agent.check(message) }
    } catch (thrown) {
      if (once !== undefined) this.#core.keys.forget(once)
      throw thrown
    }
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

  get #tooFar(): boolean {
    return (this.#speaker.cause?.hops ?? 0) > this.#core.maxHops
  }

  #letter(message: Letter['message'], { priority = 'normal', ttl }: SendOptions, unread = false, key?: string): Letter {
    const { id, cause } = this.#speaker
    const expires = ttl === undefined ? undefined : this.#core.clock.now() + ttl
    return { message, priority, from: id, expires, cause, unread, key }
  }
}

/** A key counts for one verb, one sender and one receiver. */
const under = (verb: string, from: string, to: string, key: string): string => `${verb}\n${from}\n${to}\n${key}`

const isDuration = (value: number | undefined): boolean => value === undefined || value >= 0
