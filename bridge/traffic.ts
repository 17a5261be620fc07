/** Counts what goes through the door: connections, messages, answers, events. Nothing is allocated for a message. */
import type { Clock } from '../src/clock.js'
import { isForbiddenKey } from '../src/codec/codec.js'
import type { Traffic as Facts } from '../src/protocol/monitoring.js'
import { Recent } from './monitor/recent.js'
import type { WireListener } from './ws.js'

/** Answers whose time and outcome are remembered. */
const remembered = 1_024
/** Names of types and of reasons that are told apart; a peer could invent any number of them. */
const maxNames = 200

/** Why connections end, by the close code; every other code stands under its number. */
const reasons: Readonly<Record<number, string>> = {
  1000: 'normal',
  1001: 'going-away',
  1002: 'protocol-error',
  1005: 'no-status',
  1006: 'lost',
  1007: 'invalid-data',
  1008: 'policy',
  1009: 'too-large',
  1012: 'restart',
  1013: 'full',
  4401: 'unauthorized',
  4409: 'superseded',
}

/** The name under which a close code is counted. */
const reasonOf = (code: number): string => reasons[code] ?? `code-${code}`

/** What clients call their messages stands in what all dashboards are told: a name that is long, or that no codec writes, is not repeated. */
const tellable = (type: string): boolean => /^[\w:.-]{1,64}$/.test(type) && !isForbiddenKey(type)

const countUnder = (counts: Map<string, number>, name: string): void => {
  const known = counts.get(name)
  const under = known !== undefined || counts.size < maxNames ? name : 'other'
  counts.set(under, (counts.get(under) ?? 0) + 1)
}

export class Traffic {
  readonly #newConnections: Recent
  readonly #newMessages: Recent
  readonly #reasons = new Map<string, number>()
  readonly #refused = new Map<string, number>()
  readonly #types = new Map<string, number>()
  readonly #latencies = new Float64Array(remembered)
  readonly #refusals = new Uint8Array(remembered)
  #opened = 0
  #closed = 0
  #durations = 0
  #messages = 0
  #bytes = 0
  #answers = 0
  #delivered = 0
  #dropped = 0
  #late = 0

  constructor(clock: Clock) {
    this.#newConnections = new Recent(clock)
    this.#newMessages = new Recent(clock)
  }

  /** A connection was taken in. */
  opened(): void {
    this.#opened++
    this.#newConnections.add()
  }

  /** A connection has ended, after so many milliseconds. */
  closed(reason: string, duration: number): void {
    this.#closed++
    this.#durations += duration
    countUnder(this.#reasons, reason)
  }

  /** A connection was turned away at the door, with that code. */
  refused(code: string): void {
    countUnder(this.#refused, code)
  }

  /** A message of so many bytes came from a client. */
  received(bytes: number): void {
    this.#messages++
    this.#bytes += bytes
    this.#newMessages.add()
  }

  /** Something of this type was asked for: a message may ask for several things. */
  heard(type: string): void {
    countUnder(this.#types, tellable(type) ? type : 'other')
  }

  /** A command was answered after so many milliseconds; `ok`: it was carried out. */
  answered(milliseconds: number, ok: boolean): void {
    const at = this.#answers++ % remembered
    this.#latencies[at] = milliseconds
    this.#refusals[at] = ok ? 0 : 1
  }

  /** Nobody waited for an answer any more. */
  late(): void {
    this.#late++
  }

  /** So many events were written to a client. */
  delivered(events: number): void {
    this.#delivered += events
  }

  /** So many events were not, as the client is too slow or they were too old. */
  dropped(events: number): void {
    this.#dropped += events
  }

  facts(): Facts {
    return {
      connections: {
        totalConnections: this.#opened,
        activeConnections: this.#opened - this.#closed,
        connectionsPerSecond: this.#newConnections.perSecond(),
        averageConnectionDuration: this.#closed === 0 ? 0 : this.#durations / this.#closed,
        disconnectionReasons: Object.fromEntries(this.#reasons),
        refused: Object.fromEntries(this.#refused),
      },
      messages: {
        messagesPerSecond: this.#newMessages.perSecond(),
        averageMessageSize: this.#messages === 0 ? 0 : this.#bytes / this.#messages,
        messageLatency: this.#latency(),
        errorRate: this.#errorRate(),
        deliveryRate: this.#dropped === 0 ? 1 : this.#delivered / (this.#delivered + this.#dropped),
        messagesByType: Object.fromEntries(this.#types),
        lateAnswers: this.#late,
      },
    }
  }

  #latency(): Facts['messages']['messageLatency'] {
    const sorted = this.#latencies.slice(0, Math.min(this.#answers, remembered)).sort()
    // The nearest rank: a value that was measured, of which this share was as small or smaller.
    const rank = (share: number): number => sorted[Math.ceil(sorted.length * share) - 1] ?? 0
    return { p50: rank(0.5), p90: rank(0.9), p95: rank(0.95), p99: rank(0.99), max: rank(1) }
  }

  #errorRate(): number {
    if (this.#answers === 0) return 0
    return this.#refusals.reduce((sum, refused) => sum + refused, 0) / Math.min(this.#answers, remembered)
  }
}

/** The same listener, with what it hears counted: a connection from its opening to its end, and each message. */
export const counted = (listener: WireListener, traffic: Traffic, clock: Clock): WireListener => {
  const since = clock.now()
  traffic.opened()
  return {
    message(data) {
      traffic.received(Buffer.byteLength(data))
      listener.message(data)
    },
    tooLarge(bytes, limit) {
      traffic.received(bytes)
      listener.tooLarge(bytes, limit)
    },
    alive: () => listener.alive(),
    drained: () => listener.drained(),
    closed(code) {
      traffic.closed(reasonOf(code), clock.now() - since)
      listener.closed(code)
    },
  }
}
