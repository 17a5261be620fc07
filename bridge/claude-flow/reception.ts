/** What a server makes of what its clients say: news for the application, and publications that have to pass. */
import { systemClock } from '../../src/clock.js'
import { TroupeError } from '../../src/errors.js'
import type { Command } from '../../src/protocol/command.js'
import type { PlainFrame, Request } from '../dialect.js'
import type { State } from '../dialects/claude-flow/state.js'
import { topicIn } from '../dialects/claude-flow/topics.js'
import type { Attendant } from './attended.js'
import type { Core } from './core.js'
import type { Emitter } from './emitter.js'
import { isType, type Message, type PublishMessage } from './messages.js'
import type { Publication } from './publication.js'

/** A publication on its way. */
interface OnItsWay {
  readonly publication: Publication
  verdict?: Promise<boolean>
  /** Whether its publication was told of with its number. */
  stop?: () => void
}

/** What came has the shape that its type asks for by the time that it is answered. */
const asMessage = (frame: PlainFrame): Message => frame as unknown as Message

export class Reception implements Attendant {
  readonly #server: Emitter
  readonly #core: Core
  readonly #byCommand = new WeakMap<object, OnItsWay>()
  readonly #byMessage = new WeakMap<PlainFrame, OnItsWay>()
  /** What each client publishes passes in the order in which it was said. */
  readonly #tails = new Map<string, Promise<unknown>>()

  constructor(server: Emitter, core: Core) {
    this.#server = server
    this.#core = core
  }

  opened(client: string, state: State): void {
    const known = this.#core.clients.get(client)
    if (known) known.state = state
  }

  heard(clientId: string, frame: PlainFrame): void {
    const client = this.#core.clients.get(clientId)
    if (!client) return
    client.messageCount++
    const { type } = frame
    if (type === 'ping') client.lastPing = systemClock.now()
    else if (isType(type) && !worked.has(type)) this.#server.emit('message', { clientId, message: asMessage(frame) })
  }

  asks(clientId: string, frame: PlainFrame, requests: readonly Request[]): void {
    const message = asMessage(frame)
    if (message.type === 'auth') {
      const client = this.#core.clients.get(clientId)
      if (client && message.metadata) client.claimed = message.metadata
    }
    if (message.type !== 'publish') return
    const way: OnItsWay = { publication: publicationOf(clientId, message) }
    this.#byMessage.set(frame, way)
    for (const { command } of requests) this.#byCommand.set(command, way)
  }

  answered(clientId: string, frame: PlainFrame, answer: PlainFrame): void {
    const message = asMessage(frame)
    const { clients } = this.#core
    const done = answer['type'] === 'ack' && answer['success'] === true
    if (message.type === 'publish') return this.#published(frame, done)
    if (message.type === 'auth' && done) {
      const client = clients.get(clientId)
      if (client?.claimed) client.metadata = client.claimed
      this.#authenticated(clientId)
    }
    if (message.type === 'subscribe') this.#subscribed(clientId, [...message.topics, ...(message.patterns ?? [])], answer, done)
    if (message.type === 'unsubscribe' && done) {
      const { topics } = message
      this.#server.emit('unsubscribe', { clientId, topics })
      this.#core.emit('unsubscribed', { clientId, topics })
    }
  }

  welcome(clientId: string): void {
    const client = this.#core.clients.get(clientId)
    if (!client) return
    client.authenticated = true
    if (client.claimed) client.metadata = client.claimed
    this.#authenticated(clientId)
  }

  /** An event was not sent. */
  dropped(clientId: string, topic: string): void {
    this.#core.emit('message-dropped', { clientId, topic, count: 1 })
  }

  left(clientId: string): void {
    this.#tails.delete(clientId)
  }

  /** Refuses what does not pass. */
  async guard(command: Command, sub: string): Promise<void> {
    const way = this.#byCommand.get(command)
    if (!way) return
    way.verdict ??= this.#inTurn(way, sub, command.type === 'channel.publish')
    if (!(await way.verdict))
      throw new TroupeError('FORBIDDEN', 'The application did not let it through.', { details: { blocked: true } })
  }

  #inTurn(way: OnItsWay, sub: string, isMessage: boolean): Promise<boolean> {
    const { publication } = way
    const { publisherId: clientId, topic, data, broadcast } = publication
    this.#server.emit('publish', { clientId, topic, data, broadcast })
    const decide = async () => {
      const passes = await this.#core.passes(publication)
      if (passes && isMessage) way.stop = this.#core.watch(publication, topicIn(topic), sub)
      return passes
    }
    if (this.#core.gates.length === 0) return decide()
    const verdict = (this.#tails.get(clientId) ?? Promise.resolve()).then(decide)
    this.#tails.set(
      clientId,
      verdict.catch(() => {}),
    )
    return verdict
  }

  #published(frame: PlainFrame, done: boolean): void {
    const way = this.#byMessage.get(frame)
    if (!way) return
    if (way.stop) way.stop()
    else if (done) this.#core.said(way.publication, topicIn(way.publication.topic))
  }

  #subscribed(clientId: string, topics: readonly string[], answer: PlainFrame, done: boolean): void {
    if (done) {
      this.#server.emit('subscribe', { clientId, topics })
      this.#core.emit('subscribed', { clientId, topics })
      return
    }
    const { details } = answer
    if (typeof details === 'object' && details !== null && 'limit' in details)
      this.#core.emit('subscription-limit-exceeded', { clientId, topics })
  }

  #authenticated(clientId: string): void {
    const metadata = this.#core.clients.get(clientId)?.metadata
    this.#server.emit('authenticated', { clientId, ...(metadata ? { metadata } : {}) })
  }
}

/** What a server does itself; everything else is the application's to hear. */
const worked = new Set<string>(['ping', 'auth', 'subscribe', 'unsubscribe', 'publish'])

const publicationOf = (publisherId: string, { topic, data, broadcast = false }: PublishMessage): Publication => ({
  ...{ publisherId, topic, data, broadcast },
})
