/** What waits to be written to one socket: answers first, then events by lanes, within bounds, one write a tick. */
import { Lanes } from '../src/lanes.js'
import type { Envelope } from '../src/protocol/envelope.js'
import type { SessionEventOf } from '../src/protocol/session.js'
import { entityOf } from '../src/protocol/topic.js'
import type { Prepared, Wire } from './ws.js'

export interface OutboxLimits {
  /** Events that may wait. */
  readonly messages: number
  /** Bytes that may wait. */
  readonly bytes: number
}

type Dropped = SessionEventOf<'session.dropped'>

interface Waiting {
  readonly envelope: Envelope
  readonly frames: readonly Prepared[]
  readonly bytes: number
}

export interface OutboxOwner {
  readonly now: () => number
  /** Asks for a `flush` at the end of this tick. */
  dirty(): void
  /** The frames that tell of a loss. */
  tellDropped(dropped: Dropped): readonly Prepared[]
  /** The answers alone are more than the socket takes: its reader does not read. */
  stuck(): void
}

/** Bytes given to the socket beyond which it is left to drain. */
const highWater = 1_048_576

export class Outbox {
  readonly #wire: Wire
  readonly #owner: OutboxOwner
  readonly #limits: OutboxLimits
  readonly #events: Lanes<Waiting>
  readonly #dropped = new Map<string, Dropped>()
  #answers: Prepared[] = []
  #answerBytes = 0
  #bytes = 0
  /** Events written so far. */
  sent = 0

  constructor(wire: Wire, limits: OutboxLimits, owner: OutboxOwner) {
    this.#wire = wire
    this.#owner = owner
    this.#limits = limits
    this.#events = new Lanes({ capacity: limits.messages, onDrop: (waiting) => this.#lose(waiting, 'overflow') })
  }

  /** Whether everything was given to the socket. */
  get empty(): boolean {
    return this.#events.size === 0 && this.#answers.length === 0
  }

  /** The smallest offset that waits; undefined when no event does. */
  get oldest(): number | undefined {
    let oldest: number | undefined
    for (const { envelope } of this.#events) if (oldest === undefined || envelope.offset < oldest) oldest = envelope.offset
    return oldest
  }

  /** What is about the connection: never dropped, never overtaken. */
  answer(frames: readonly Prepared[]): void {
    for (const frame of frames) {
      this.#answers.push(frame)
      this.#answerBytes += frame.bytes.length
    }
    if (this.#answerBytes > this.#limits.bytes) return this.#owner.stuck()
    this.#owner.dirty()
  }

  event(envelope: Envelope, frames: readonly Prepared[]): void {
    let bytes = 0
    for (const frame of frames) bytes += frame.bytes.length
    this.#bytes += bytes
    this.#events.push({ envelope, frames, bytes }, envelope.priority, entityOf(envelope.topic))
    while (this.#bytes > this.#limits.bytes && this.#events.size > 0) this.#events.drop()
    this.#owner.dirty()
  }

  /** Writes what the socket takes. */
  flush(): void {
    const run: Prepared[] = this.#answers
    let bytes = this.#answerBytes
    this.#answers = []
    this.#answerBytes = 0
    const room = highWater - this.#wire.buffered
    const now = this.#owner.now()
    while (bytes < room) {
      if (this.#dropped.size > 0) bytes += this.#tellLosses(run)
      const next = this.#events.shift()
      if (!next) break
      this.#bytes -= next.bytes
      const { ttl, timestamp } = next.envelope
      if (ttl !== undefined && timestamp + ttl <= now) {
        this.#note(next, 'expired')
        continue
      }
      run.push(...next.frames)
      bytes += next.bytes
      this.sent++
    }
    if (this.#dropped.size > 0 && this.#events.size === 0) this.#tellLosses(run)
    if (run.length > 0) this.#wire.write(run)
  }

  #lose(waiting: Waiting, reason: Dropped['reason']): void {
    this.#bytes -= waiting.bytes
    this.#note(waiting, reason)
  }

  #note({ envelope: { topic, seq } }: Waiting, reason: Dropped['reason']): void {
    const key = `${reason} ${topic}`
    const known = this.#dropped.get(key)
    if (!known) return void this.#dropped.set(key, { type: 'session.dropped', topic, fromSeq: seq, toSeq: seq, count: 1, reason })
    this.#dropped.set(key, { ...known, fromSeq: Math.min(known.fromSeq, seq), toSeq: Math.max(known.toSeq, seq), count: known.count + 1 })
  }

  #tellLosses(run: Prepared[]): number {
    let bytes = 0
    for (const dropped of this.#dropped.values())
      for (const frame of this.#owner.tellDropped(dropped)) {
        run.push(frame)
        bytes += frame.bytes.length
      }
    this.#dropped.clear()
    return bytes
  }
}
