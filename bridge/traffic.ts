/** Counts what goes through the door: connections, messages, answers, events. Nothing is allocated for a message. */
import type { Clock } from '../src/clock.js'
import { isForbiddenKey } from '../src/codec/codec.js'
import type { Traffic as Facts } from '../src/protocol/monitoring.js'
import { Percentiles } from './metrics/percentiles.js'
import { countUnder, type Drop, Tally } from './metrics/tally.js'
import { Recent } from './monitor/recent.js'

/** Answers whose outcome is remembered. */
const remembered = 1_024

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
export const reasonOf = (code: number): string => reasons[code] ?? `code-${code}`

/** Close codes that peers may choose as they like. */
const chosen = /^code-[34]\d{3}$/

/** What clients call their messages stands in what all dashboards are told: a name that is long, or that no codec writes, is not repeated. */
const tellable = (type: string): boolean => /^[\w:.-]{1,64}$/.test(type) && !isForbiddenKey(type)

export class Traffic {
  readonly tally = new Tally()
  readonly #newConnections: Recent
  readonly #newMessages: Recent
  readonly #types = new Map<string, number>()
  readonly #latencies: Percentiles
  readonly #deliveries: Percentiles
  readonly #refusals = new Uint8Array(remembered)
  #closed = 0
  #durations = 0
  #messages = 0
  #bytes = 0
  #answers = 0

  constructor(clock: Clock) {
    this.#newConnections = new Recent(clock)
    this.#newMessages = new Recent(clock)
    this.#latencies = new Percentiles(clock)
    this.#deliveries = new Percentiles(clock)
  }

  /** A connection was taken in. */
  opened(): void {
    this.tally.opened++
    this.#newConnections.add()
  }

  /** A connection has ended, after so many milliseconds. */
  closed(reason: string, duration: number): void {
    this.#closed++
    this.#durations += duration
    countUnder(this.tally.ended, reason, !chosen.test(reason))
  }

  /** A connection was turned away at the door, with that code. */
  refused(code: string): void {
    countUnder(this.tally.refused, code, true)
  }

  /** A message of so many bytes came from a client that speaks that dialect. */
  received(bytes: number, dialect: string): void {
    this.tally.sizesOf(dialect).received.record(bytes)
    this.#messages++
    this.#bytes += bytes
    this.#newMessages.add()
  }

  /** Something of this type was asked for: a message may ask for several things. `understood`: there is such a type, no client has invented it. */
  heard(type: string, understood: boolean): void {
    countUnder(this.#types, tellable(type) && (understood || this.#types.has(type)) ? type : 'other')
  }

  /** A command was answered after so many milliseconds; `ok`: it was carried out. */
  answered(type: string, milliseconds: number, ok: boolean): void {
    this.#refusals[this.#answers++ % remembered] = ok ? 0 : 1
    this.#latencies.record(milliseconds)
    this.tally.carriedOut(type, milliseconds)
  }

  /** Nobody waited for an answer any more. */
  late(): void {
    this.tally.late++
  }

  /** So many events were written to a client. */
  delivered(events: number): void {
    this.tally.delivered += events
  }

  /** An event was written so many milliseconds after it had happened; `now`: the present time. */
  waited(milliseconds: number, now: number): void {
    this.tally.deliveries.record(milliseconds)
    this.#deliveries.record(milliseconds, now)
  }

  /** So many events were not. */
  dropped(events: number, why: Drop): void {
    this.tally.dropped[why] += events
  }

  facts(): Facts {
    const { opened, ended, refused, delivered, dropped, late } = this.tally
    const lost = dropped.overflow + dropped.expired + dropped.undelivered
    return {
      connections: {
        totalConnections: opened,
        activeConnections: opened - this.#closed,
        connectionsPerSecond: this.#newConnections.perSecond(),
        averageConnectionDuration: this.#closed === 0 ? 0 : this.#durations / this.#closed,
        disconnectionReasons: Object.fromEntries(ended),
        refused: Object.fromEntries(refused),
      },
      messages: {
        messagesPerSecond: this.#newMessages.perSecond(),
        averageMessageSize: this.#messages === 0 ? 0 : this.#bytes / this.#messages,
        messageLatency: this.#latencies.read(),
        deliveryLatency: this.#deliveries.read(),
        errorRate: this.#errorRate(),
        deliveryRate: lost === 0 ? 1 : delivered / (delivered + lost),
        messagesByType: Object.fromEntries(this.#types),
        lateAnswers: late,
      },
    }
  }

  #errorRate(): number {
    if (this.#answers === 0) return 0
    return this.#refusals.reduce((sum, refused) => sum + refused, 0) / Math.min(this.#answers, remembered)
  }
}
