/** How the events of which topics are delivered: what is promised, how often it is tried, and what goes when a client is too slow. */
import { TroupeError } from '../../src/errors.js'
import { needCount, needWord } from '../../src/given.js'
import { matches, parsePattern } from '../../src/protocol/topic.js'

const promises = ['at-most-once', 'at-least-once', 'exactly-once'] as const
const policies = ['oldest', 'newest', 'disconnect'] as const

/** What goes when more waits for a client than may. */
export type DropPolicy = (typeof policies)[number]

/** How the events of the topics that a pattern covers are delivered. */
export interface TopicDelivery {
  /** `*` is one segment, `#` any number. */
  readonly pattern: string
  /**
   * `at-most-once` (default): sent once in a connection, and again after a resume what the client has not seen. `at-least-once`: sent
   * again until the client has acknowledged it. `exactly-once`: likewise, and a message is published there only under a key, so that it is
   * published once. Clients that acknowledge nothing, and other protocols than the native one, are delivered at most once.
   */
  readonly delivery?: (typeof promises)[number]
  /** Milliseconds that a client may take to acknowledge an event before it is sent again. Default 30,000. */
  readonly ackTimeout?: number
  /** How often that may happen before the event is a dead letter. Default 5; 0: never sent again but after a lost connection. */
  readonly redeliveries?: number
  /**
   * What goes when more waits for a client than may: of the topics with `oldest` (default) the oldest event of the lowest priority;
   * `newest`, the event that finds no room; `disconnect`, the connection, so that the client comes back and reads from the journal.
   * What has to be acknowledged is never dropped: it waits in the journal.
   */
  readonly drop?: DropPolicy
}

export interface DeliveryOptions {
  /** How events are delivered, by topic; the first pattern that covers a topic holds. Default: all at most once, the oldest dropped. */
  readonly topics?: readonly TopicDelivery[]
  /** Events that one client may have unacknowledged; beyond, nothing more is sent to it. Default 1,000. */
  readonly unacked?: number
}

/** What holds for one topic. */
export interface Rule {
  /** Whether it is sent until it is acknowledged. */
  readonly sure: boolean
  /** Whether a message is published there only under a key. */
  readonly once: boolean
  readonly ackTimeout: number
  readonly redeliveries: number
  readonly drop: DropPolicy
}

const usual: Rule = { sure: false, once: false, ackTimeout: 30_000, redeliveries: 5, drop: 'oldest' }
/** Topics whose rule is remembered. */
const cacheSize = 10_000

export class Rules {
  /** Events that one client may have unacknowledged. */
  readonly unacked: number
  readonly #rules: readonly { readonly parts: readonly string[]; readonly rule: Rule }[]
  readonly #known = new Map<string, Rule>()

  /** Throws `INVALID_OPTION` for what cannot be. */
  constructor({ topics = [], unacked = 1_000 }: DeliveryOptions = {}) {
    needCount('The option unacked of a bridge', unacked, 1)
    if (unacked > 10_000)
      throw new TroupeError('INVALID_OPTION', `The option unacked of a bridge is 10,000 at the most; got ${unacked}.`)
    this.unacked = unacked
    this.#rules = topics.map(settled)
  }

  /** Whether anything has to be acknowledged. */
  get any(): boolean {
    return this.#rules.some(({ rule }) => rule.sure)
  }

  of(topic: string): Rule {
    if (this.#rules.length === 0) return usual
    const known = this.#known.get(topic)
    if (known) return known
    const segments = topic.split('.')
    const rule = this.#rules.find(({ parts }) => matches(parts, segments))?.rule ?? usual
    if (this.#known.size >= cacheSize) this.#known.clear()
    this.#known.set(topic, rule)
    return rule
  }
}

const settled = (given: TopicDelivery) => {
  const { pattern, delivery = 'at-most-once', ackTimeout = 30_000, redeliveries = 5, drop = 'oldest' } = given
  const what = `The delivery of ${JSON.stringify(pattern)}`
  let parts: readonly string[]
  try {
    parts = parsePattern(pattern)
  } catch (thrown) {
    throw new TroupeError('INVALID_OPTION', `${what} has no pattern that can be one, such as orders.#.`, { cause: thrown })
  }
  needWord(`${what}, as its delivery,`, delivery, promises)
  needWord(`${what}, as its drop,`, drop, policies)
  needCount(`${what}, as its ackTimeout,`, ackTimeout, 1)
  needCount(`${what}, as its redeliveries,`, redeliveries, 0)
  return { parts, rule: { sure: delivery !== 'at-most-once', once: delivery === 'exactly-once', ackTimeout, redeliveries, drop } }
}
