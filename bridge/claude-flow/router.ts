/** `WSRouter`: what passes on its way from who publishes to who listens, and who listens to what. */
import { type Core, coreOf } from './core.js'
import { Emitter } from './emitter.js'
import type { Publication } from './publication.js'
import type { WSServer } from './server.js'

export interface RouterOptions {
  /** Whether topics with `*` and `#` may be listened to. Default true. */
  readonly enablePatterns?: boolean | undefined
  /** Default 100; one more is refused with `SUBSCRIPTION_FAILED`. */
  readonly maxSubscriptionsPerClient?: number | undefined
  /** Events that may wait for one client; beyond it the oldest is dropped. Default 1,000. Read when the server starts. */
  readonly queueSize?: number | undefined
}

export interface TopicSubscription {
  readonly clientId: string
  readonly topic: string
  readonly pattern?: string | undefined
}

export interface RouteConfig {
  readonly topic: string
  /** Told of what is published on the topic, before those who listen. */
  readonly handler?: ((data: unknown, clientId: string) => Promise<void> | void) | undefined
  /** Asked one after the other; the first that answers false blocks it. */
  readonly middleware?: readonly ((data: unknown, clientId: string) => Promise<boolean> | boolean)[] | undefined
}

/** One topic, however its segments are separated. */
const same = (topic: string): string => topic.replaceAll('/', '.')

const relayed = ['subscribed', 'unsubscribed', 'published', 'message-dropped', 'subscription-limit-exceeded'] as const

/**
 * Events: `subscribed` and `unsubscribed` {clientId, topics}, `published` {publisherId, topic, subscribers, sequenceNumber?},
 * `publish-blocked` {publisherId, topic, data}, `message-dropped` {clientId, topic, count}, `subscription-limit-exceeded` {clientId, topics}.
 *
 * @example
 * const router = new WSRouter(server)
 * router.route({ topic: 'orders.new', middleware: [(data) => data !== null] })
 * await router.publish('orders.new', { id: 1 })
 */
export class WSRouter extends Emitter {
  readonly #core: Core
  readonly #routes = new Map<string, RouteConfig>()

  constructor(server: WSServer, options: RouterOptions = {}) {
    super()
    const { enablePatterns = true, maxSubscriptionsPerClient = 100, queueSize = 1_000 } = options
    this.#core = coreOf(server)
    Object.assign(this.#core.settings, { patterns: enablePatterns, subscriptions: maxSubscriptionsPerClient, queue: queueSize })
    this.#core.gates.push((publication) => this.#pass(publication))
    for (const name of relayed) this.#core.on(name, (news: unknown) => this.emit(name, news))
  }

  /** What is published on a topic passes this; another on the same topic takes its place. */
  route(config: RouteConfig): void {
    this.#routes.set(same(config.topic), config)
  }

  unroute(topic: string): void {
    this.#routes.delete(same(topic))
  }

  /** Publishes for the application, to all who listen. Rejects for what is no topic, and when a route's handler fails. */
  publish(topic: string, data: unknown, publisherId = 'server'): Promise<void> {
    return this.#core.publish({ topic, data, publisherId, broadcast: true })
  }

  /** Who listens to exactly that topic. */
  getTopicSubscribers(topic: string): string[] {
    return [...this.#core.clients.byTopic].flatMap(([each, clients]) => (same(each) === same(topic) ? clients : []))
  }

  /** Who listens to what, patterns aside. */
  getAllSubscriptions(): Map<string, string[]> {
    return this.#core.clients.byTopic
  }

  async #pass({ publisherId, topic, data }: Publication): Promise<boolean> {
    const { middleware = [], handler } = this.#routes.get(same(topic)) ?? {}
    for (const lets of middleware)
      if (!(await lets(data, publisherId))) {
        this.emit('publish-blocked', { publisherId, topic, data })
        return false
      }
    await handler?.(data, publisherId)
    return true
  }
}
