/** How messages leave somebody: to whom, until when, under which key, and on whose behalf. */
import { TroupeError, toTroupeError } from '../errors.js'
import type { AskOptions, SendOptions } from '../options.js'
import type { Cause } from '../protocol/envelope.js'
import type { AgentActor, Letter } from './actor.js'
import type { Core } from './core.js'

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
    if (key === undefined) this.#send(to, message, options, refused)
    else this.#core.keys.once(this.#under('send', to, key), () => this.#send(to, message, options, refused))
  }

  /** Throws what the message is refused with. */
  steer(agent: AgentActor, message: Letter['message'], options: SendOptions = {}): void {
    agent.deliver({ ...this.#letter(agent.check(message), options), steers: true })
  }

  ask(to: string, message: Letter['message'], options: AskOptions = {}, refused?: TroupeError): Promise<unknown> {
    const { key } = options
    if (key === undefined) return this.#ask(to, message, options, refused)
    return this.#core.keys.once(this.#under('ask', to, key), () => this.#ask(to, message, options, refused))
  }

  #send(to: string, message: Letter['message'], options: SendOptions, refused?: TroupeError): void {
    const core = this.#core
    const letter = this.#letter(message, options)
    if (!isMessage(message) || !isDuration(options.ttl)) return core.deadLetter(to, letter, 'invalid')
    if (this.#tooFar) return core.deadLetter(to, letter, 'hops')
    const agent = refused ? undefined : core.agent(to)
    if (!agent && !refused && this.toClient(to, message, options)) return
    if (!agent) return core.deadLetter(to, letter, 'no-actor')
    if (!this.#speaker.checked) return agent.deliver(letter)
    try {
      agent.deliver({ ...letter, message: agent.check(message) })
    } catch (thrown) {
      core.deadLetter(to, letter, toTroupeError(thrown).code === 'NO_HANDLER' ? 'no-handler' : 'invalid')
    }
  }

  #ask(to: string, message: Letter['message'], options: AskOptions, refused?: TroupeError): Promise<unknown> {
    const { clock } = this.#core
    const { cause } = this.#speaker
    // Nobody waits for an answer after whoever asked them first has given up.
    const left = cause?.deadline === undefined ? Number.POSITIVE_INFINITY : Math.max(0, cause.deadline - clock.now())
    const timeout = Math.min(options.timeout ?? 30_000, left)
    return new Promise((resolve, reject) => {
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
          `The message ${message.type} to ${to} has passed through ${cause?.hops} agents, more than it may.`,
        )
      const checked = agent.check(message)
      const cancel = clock.after(timeout, () =>
        reject(new TroupeError('TIMEOUT', `Agent ${to} did not answer ${message.type} within ${timeout} ms.`)),
      )
      const reply: Letter['reply'] = (error, value) => {
        cancel()
        if (error) reject(error)
        else resolve(value)
      }
      agent.deliver({ ...this.#letter(checked, { ttl: timeout, ...options }), reply })
    })
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

  #letter(message: Letter['message'], { priority = 'normal', ttl }: SendOptions): Letter {
    const { id, cause } = this.#speaker
    return { message, priority, from: id, expires: ttl === undefined ? undefined : this.#core.clock.now() + ttl, cause }
  }

  /** A key counts for one verb, one sender and one receiver. */
  #under(verb: string, to: string, key: string): string {
    return `${verb}\n${this.#speaker.id}\n${to}\n${key}`
  }
}

/** Types say so; code without them can hand over anything. */
const isMessage = (message: unknown): message is Letter['message'] =>
  typeof message === 'object' && message !== null && typeof (message as { type?: unknown }).type === 'string'

const isDuration = (value: number | undefined): boolean => value === undefined || value >= 0
