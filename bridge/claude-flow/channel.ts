/** What the channels of agents, tasks and swarms have in common: topics with and without the id, and the names of their events. */
import type { CancelTimer } from '../../src/clock.js'
import { systemClock } from '../../src/clock.js'
import { TroupeError } from '../../src/errors.js'
import type { WSClient } from './client.js'
import { Emitter } from './emitter.js'
import type { EventMessage } from './messages.js'
import type { WSRouter } from './router.js'

export const now = (): number => systemClock.now()

/** The last segment of each topic of a channel, with the name of its event. */
export type Names = Readonly<Record<string, string>>

/** The side of the server: what it publishes, it publishes twice. */
export class ChannelServer extends Emitter {
  readonly #router: WSRouter
  readonly #domain: string

  constructor(router: WSRouter, domain: string, names: Names) {
    super()
    this.#router = router
    this.#domain = domain
    for (const [what, name] of Object.entries(names))
      router.route({
        topic: `${domain}.${what}`,
        handler: (data) => {
          this.emit(name, data)
        },
      })
  }

  protected async say(id: string, what: string, data: object): Promise<void> {
    await this.#router.publish(`${this.#domain}.${id}.${what}`, data)
    await this.#router.publish(`${this.#domain}.${what}`, data)
  }
}

/** Copies of an event whose twin, on the topic with or without the id, may still come. */
const twins = 100

/** Outcomes that are remembered for whoever asks for them later. */
const outcomes = 1_000

/** What an event says of an outcome that is waited for: that it has come, or that it is open again. */
export interface Outcome {
  readonly key: string
  readonly over: boolean
}

/** The side of the client. */
export class ChannelClient extends Emitter {
  protected readonly client: WSClient
  readonly #domain: string
  readonly #names: Names
  readonly #idField: string
  readonly #subscribed = new Set<string>()
  readonly #told: string[] = []
  readonly #outcomes = new Map<string, unknown>()
  /** Who waits for an outcome, by its key. */
  readonly #waiting = new Emitter().setMaxListeners(0)

  /** `idField`: where an event says whom it is about. */
  constructor(client: WSClient, domain: string, idField: string, names: Names) {
    super()
    this.client = client
    this.#domain = domain
    this.#idField = idField
    this.#names = names
    client.on('event', (event: EventMessage) => this.#hear(event))
  }

  /** Listens to everything that a pattern below this channel covers: `*.status`, `#`. */
  async subscribePattern(pattern: string): Promise<void> {
    await this.client.subscribe([`${this.#domain}.${pattern}`])
  }

  /** Listens to all of its events, whomever they are about. */
  async subscribeAll(): Promise<void> {
    await this.client.subscribe(Object.keys(this.#names).map((what) => `${this.#domain}.${what}`))
  }

  protected get subscribed(): string[] {
    return [...this.#subscribed]
  }

  protected async follow(id: string): Promise<void> {
    if (this.#subscribed.has(id)) return
    await this.client.subscribe(this.#topicsOf(id))
    this.#subscribed.add(id)
  }

  protected async unfollow(id: string): Promise<void> {
    if (!this.#subscribed.delete(id)) return
    await this.client.unsubscribe(this.#topicsOf(id))
  }

  protected async report(id: string, what: string, data: object): Promise<void> {
    await this.client.publish(`${this.#domain}.${id}.${what}`, data)
  }

  /** What an event says of an outcome; undefined: nothing. */
  protected outcomeOf(_name: string, _id: string, _data: unknown): Outcome | undefined {
    return undefined
  }

  /** Resolves with an outcome, also one that was heard before. Rejects when none comes in time; `timeout` in milliseconds. */
  protected wait<T>(key: string, timeout: number | undefined, late: string): Promise<T> {
    if (this.#outcomes.has(key)) return Promise.resolve(this.#outcomes.get(key) as T)
    return new Promise((resolve, reject) => {
      let cancel: CancelTimer = () => {}
      const come = (data: T) => {
        cancel()
        resolve(data)
      }
      this.#waiting.once(key, come)
      if (!timeout) return
      cancel = systemClock.after(timeout, () => {
        this.#waiting.off(key, come)
        reject(new TroupeError('TIMEOUT', `${late} timeout: it did not come within ${timeout} ms.`))
      })
    })
  }

  #topicsOf(id: string): string[] {
    return Object.keys(this.#names).map((what) => `${this.#domain}.${id}.${what}`)
  }

  #hear({ topic, data }: EventMessage): void {
    const [domain, second = '', third, ...more] = topic.split(/[./]/)
    if (domain !== this.#domain || more.length > 0) return
    const what = third ?? second
    const name = Object.hasOwn(this.#names, what) ? this.#names[what] : undefined
    const id = third === undefined ? this.#idIn(data) : second
    // As the original names it.
    if (third !== undefined && what !== name) this.emit(`${what}:${id}`, data)
    if (name === undefined || this.#isTwin(third === undefined ? 'alias' : 'own', `${what} ${id}`, data)) return
    this.emit(name, data)
    if (id === undefined) return
    this.emit(`${name}:${id}`, data)
    this.#note(this.outcomeOf(name, id, data), data)
  }

  #note(outcome: Outcome | undefined, data: unknown): void {
    if (!outcome) return
    const { key, over } = outcome
    this.#outcomes.delete(key)
    if (!over) return
    this.#outcomes.set(key, data)
    const [oldest = ''] = this.#outcomes.keys()
    if (this.#outcomes.size > outcomes) this.#outcomes.delete(oldest)
    this.#waiting.emit(key, data)
  }

  #idIn(data: unknown): string | undefined {
    if (typeof data !== 'object' || data === null) return undefined
    const id: unknown = (data as Readonly<Record<string, unknown>>)[this.#idField]
    return typeof id === 'string' ? id : undefined
  }

  /** Whether the same event was told already when it came on the other of its two topics. */
  #isTwin(topic: 'own' | 'alias', about: string, data: unknown): boolean {
    const text = JSON.stringify(data) ?? ''
    const other = this.#told.indexOf(`${topic === 'own' ? 'alias' : 'own'} ${about} ${text}`)
    if (other >= 0) {
      this.#told.splice(other, 1)
      return true
    }
    this.#told.push(`${topic} ${about} ${text}`)
    if (this.#told.length > twins) this.#told.shift()
    return false
  }
}
