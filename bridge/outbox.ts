/** What waits to be written to one socket: events by lanes, within bounds, and what is said beside them; one write a tick, or when full. */
import { Lanes } from '../src/lanes.js'
import type { Envelope } from '../src/protocol/envelope.js'
import type { SessionEventOf } from '../src/protocol/session.js'
import { entityOf } from '../src/protocol/topic.js'
import { Losses } from './losses.js'
import type { Traffic } from './traffic.js'
import { Waiting } from './waiting.js'
import type { Prepared, Wire } from './ws.js'

export interface OutboxLimits {
  /** Events that may wait. */
  readonly messages: number
  /** Bytes that may wait. */
  readonly bytes: number
}

interface Item {
  readonly envelope: Envelope
  readonly frames: readonly Prepared[]
  readonly bytes: number
}

/** An answer that waits until what was published before it has left. */
interface Reply {
  readonly frames: readonly Prepared[]
  readonly bytes: number
  readonly after: number
}

export interface OutboxOwner {
  readonly now: () => number
  /** Asks for a `flush` at the end of this tick. */
  dirty(): void
  /** The frames that tell of a loss. */
  tellDropped(dropped: SessionEventOf<'session.dropped'>): readonly Prepared[]
  /** The frames that tell the client how far it has come. */
  tellMark(): readonly Prepared[]
  /** Where what was written and what was lost is counted. */
  readonly traffic: Pick<Traffic, 'delivered' | 'dropped' | 'waited'>
  /** Where the journal stood when it was opened: what happened before is sent late on purpose. Default 0. */
  readonly since?: number
  /** Told of this outbox, by whoever looks at what waits. */
  readonly opened?: ((outbox: Outbox) => void) | undefined
  /** An event is not sent; told at once, while the client itself hears of it when it reads again. */
  lost(topic: string): void
  /** What may not be dropped is more than may wait: the client does not read. */
  stuck(): void
}

/** Bytes given to the socket beyond which it is left to drain. */
const highWater = 1_048_576
/** Events after which a client is told how far it has come, at the latest. */
const markEvery = 100

export class Outbox {
  readonly #wire: Wire
  readonly #owner: OutboxOwner
  readonly #limits: OutboxLimits
  readonly #events: Lanes<Item>
  readonly #waiting = new Waiting()
  readonly #losses = new Losses()
  #notes: Prepared[] = []
  #replies: Reply[] = []
  /** Bytes of notes and replies. */
  #saidBytes = 0
  #bytes = 0
  #left = 0
  #unmarked = 0
  /** Events written so far. */
  sent = 0

  constructor(wire: Wire, limits: OutboxLimits, owner: OutboxOwner) {
    this.#wire = wire
    this.#owner = owner
    this.#limits = limits
    this.#events = new Lanes({ capacity: limits.messages, onDrop: (item) => this.#lose(item) })
    owner.opened?.(this)
  }

  /** Events that wait. */
  get size(): number {
    return this.#events.size
  }

  /** Bytes that wait. */
  get bytes(): number {
    return this.#bytes + this.#saidBytes
  }

  /** Whether nothing waits. */
  get idle(): boolean {
    return this.#bytes === 0 && this.#saidBytes === 0
  }

  /** The smallest offset that waits; undefined when no event does. */
  get oldest(): number | undefined {
    return this.#waiting.oldest
  }

  /** What is about the connection: never dropped, before all events that still wait. */
  note(frames: readonly Prepared[]): void {
    for (const frame of frames) {
      this.#notes.push(frame)
      this.#saidBytes += frame.bytes.length
    }
    this.#said()
  }

  /** The answer to a command: never dropped, after as many events as wait now. */
  reply(frames: readonly Prepared[]): void {
    const bytes = sizeOf(frames)
    this.#replies.push({ frames, bytes, after: this.#left + this.#events.size })
    this.#saidBytes += bytes
    this.#said()
  }

  /** Whether there is anything to write: a dialect may have no word for an event. `inOrder`: after all that waits. */
  event(envelope: Envelope, frames: readonly Prepared[], inOrder = false): boolean {
    if (frames.length === 0) return false
    const bytes = sizeOf(frames)
    this.#waiting.add(envelope.offset)
    // What waits for the end of this turn is not behind: the socket may take it, and nothing has to go.
    if (this.#events.full || this.#bytes + bytes > this.#limits.bytes) this.flush()
    this.#bytes += bytes
    const item = { envelope, frames, bytes }
    if (inOrder) this.#events.push(item, 'normal', '')
    else this.#events.push(item, envelope.priority, entityOf(envelope.topic))
    while (this.#bytes > this.#limits.bytes && this.#events.size > 0) this.#events.drop()
    this.#owner.dirty()
    return true
  }

  /** Writes what the socket takes. What it does not take waits until it has drained. */
  flush(): void {
    const room = highWater - this.#wire.buffered
    if (room <= 0) return
    const run: Prepared[] = this.#notes
    this.#notes = []
    let bytes = sizeOf(run)
    this.#saidBytes -= bytes
    const { traffic, since = 0 } = this.#owner
    const now = this.#owner.now()
    const before = this.sent
    while (bytes < room) {
      bytes += this.#tellLosses(run)
      bytes += this.#takeReplies(run)
      const next = this.#take()
      if (!next) break
      const { ttl, timestamp, offset } = next.envelope
      if (ttl !== undefined && timestamp + ttl <= now) {
        this.#dropped(next.envelope, 'expired')
        continue
      }
      run.push(...next.frames)
      bytes += next.bytes
      if (offset > since) traffic.waited(now - timestamp, now)
      this.sent++
      if (++this.#unmarked >= markEvery) bytes += append(run, this.mark())
    }
    if (this.sent > before) traffic.delivered(this.sent - before)
    if (run.length > 0) this.#wire.write(run)
  }

  /** The frames that tell how far the client has come after what was written last. */
  mark(): readonly Prepared[] {
    this.#unmarked = 0
    // A mark says that everything before it was sent or told, so what was lost is told first.
    const run: Prepared[] = []
    this.#tellLosses(run)
    run.push(...this.#owner.tellMark())
    return run
  }

  #said(): void {
    if (this.#saidBytes > this.#limits.bytes) this.#owner.stuck()
    else this.#owner.dirty()
  }

  #take(): Item | undefined {
    const item = this.#events.shift()
    if (item) this.#gone(item)
    return item
  }

  #gone(item: Item): void {
    this.#left++
    this.#bytes -= item.bytes
    this.#waiting.remove(item.envelope.offset)
  }

  #lose(item: Item): void {
    this.#gone(item)
    if (!this.#dropped(item.envelope, 'overflow')) this.#owner.stuck()
  }

  /** Whether there was room to write it down. */
  #dropped(envelope: Envelope, reason: 'overflow' | 'expired'): boolean {
    this.#owner.traffic.dropped(1, reason)
    this.#owner.lost(envelope.topic)
    return this.#losses.note(envelope, reason)
  }

  #tellLosses(run: Prepared[]): number {
    if (this.#losses.size === 0) return 0
    let bytes = 0
    for (const dropped of this.#losses.take()) bytes += append(run, this.#owner.tellDropped(dropped))
    return bytes
  }

  #takeReplies(run: Prepared[]): number {
    let bytes = 0
    let taken = 0
    for (const reply of this.#replies) {
      if (reply.after > this.#left) break
      bytes += append(run, reply.frames)
      taken++
    }
    if (taken > 0) this.#replies.splice(0, taken)
    this.#saidBytes -= bytes
    return bytes
  }
}

const sizeOf = (frames: readonly Prepared[]): number => {
  let bytes = 0
  for (const frame of frames) bytes += frame.bytes.length
  return bytes
}

const append = (run: Prepared[], frames: readonly Prepared[]): number => {
  run.push(...frames)
  return sizeOf(frames)
}
