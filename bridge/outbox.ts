/** What waits to be written to one socket: events by lanes, within bounds, and what is said beside them; one write a tick, or when full. */
import type { Clock } from '../src/clock.js'
import { Lanes } from '../src/lanes.js'
import type { Envelope } from '../src/protocol/envelope.js'
import { entityOf } from '../src/protocol/topic.js'
import { type Fate, fates, mayGo } from './delivery/fate.js'
import { Gate } from './gate.js'
import { Losses, type LossReason } from './losses.js'
import { MarkPace } from './mark-pace.js'
import type { OutboxOwner } from './outbox-owner.js'
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
  readonly fate: Fate
}

/** An answer that waits until what was published before it has left. */
interface Reply {
  readonly frames: readonly Prepared[]
  readonly bytes: number
  readonly after: number
}

/** Bytes given to the socket beyond which it is left to drain. */
const highWater = 1_048_576

/** Milliseconds that a connection which ends waits for the journal. */
const longestFarewell = 1_000

export class Outbox {
  readonly #wire: Wire
  readonly #owner: OutboxOwner
  readonly #limits: OutboxLimits
  readonly #events: Lanes<Item>
  readonly #waiting = new Waiting()
  readonly #losses = new Losses()
  readonly #gate: Gate<Item>
  /** The newest offset that was lost. */
  #lost = 0
  #close: (() => void) | undefined
  #notes: Prepared[] = []
  #replies: Reply[] = []
  /** Bytes of notes and replies. */
  #saidBytes = 0
  #bytes = 0
  #left = 0
  readonly #pace = new MarkPace()
  /** Events written so far. */
  sent = 0

  constructor(wire: Wire, limits: OutboxLimits, owner: OutboxOwner) {
    this.#wire = wire
    this.#owner = owner
    this.#limits = limits
    this.#gate = new Gate(owner.journal)
    this.#events = new Lanes({ capacity: limits.messages, onDrop: (item) => this.#lose(item), keeps: (item) => !mayGo(item) })
  }

  /** Events that wait. */
  get size(): number {
    return this.#events.size + this.#gate.items
  }

  /** Bytes that wait. */
  get bytes(): number {
    return this.#bytes + this.#saidBytes
  }

  /** Whether nothing waits. */
  get idle(): boolean {
    return this.#bytes === 0 && this.#saidBytes === 0
  }

  /** Whether the socket has taken everything. */
  get drained(): boolean {
    return this.idle && this.#wire.buffered === 0
  }

  /** Whether something waits for the journal. */
  get holds(): boolean {
    return !this.#gate.empty
  }

  /** The smallest offset that waits; undefined when no event does. */
  get oldest(): number | undefined {
    return this.#waiting.oldest
  }

  /** What is about the connection: never dropped, before all events that still wait. `free`: it says nothing that has to be kept first. */
  note(frames: readonly Prepared[], free = false): void {
    this.#saidBytes += sizeOf(frames)
    if (free) this.#notes.push(...frames)
    this.#said(free || this.#gate.pass(() => void this.#notes.push(...frames)))
  }

  /** The answer to a command: never dropped, after as many events as wait now. */
  reply(frames: readonly Prepared[]): void {
    const bytes = sizeOf(frames)
    this.#saidBytes += bytes
    this.#said(this.#gate.pass(() => void this.#replies.push({ frames, bytes, after: this.#left + this.#events.size })))
  }

  /** Whether there is anything to write: a dialect may have no word for an event. `inOrder`: after all that waits. */
  event(envelope: Envelope, frames: readonly Prepared[], inOrder = false, given?: Fate): boolean {
    if (frames.length === 0) return false
    const fate = given ?? fates[this.#owner.policyOf?.(envelope.topic) ?? 'oldest']
    const bytes = sizeOf(frames)
    if (!fate.again) this.#waiting.add(envelope.offset)
    // What waits for the end of this turn is not behind: the socket may take it, and nothing has to go.
    if (!this.#fits(1, bytes)) this.flush()
    if (fate.drop === 'disconnect' && !this.#fits(1, bytes)) this.#owner.stuck()
    if (fate.drop === 'newest' && !this.#fits(1, bytes)) return this.#refuse(envelope)
    this.#bytes += bytes
    const item = { envelope, frames, bytes, fate }
    const free = this.#gate.free
    if (free) this.#push(item, inOrder)
    const passed = free || this.#gate.pass(() => this.#push(item, inOrder), item)
    while (!this.#fits(0, 0) && this.#drop());
    if (passed) this.#owner.dirty()
    else this.#owner.held()
    return true
  }

  #push(item: Item, inOrder: boolean): void {
    const { topic, offset, priority } = item.envelope
    const { since = 0 } = this.#owner
    // What was missed leaves in order, before all that is new; else no mark might come over connections that break again and again.
    if (inOrder || Math.min(offset, this.#waiting.oldest ?? offset) <= since) this.#events.push(item, 'normal', '')
    else this.#events.push(item, priority, entityOf(topic))
  }

  #fits(messages: number, bytes: number): boolean {
    return this.size + messages <= this.#limits.messages && this.#bytes + bytes <= this.#limits.bytes
  }

  /** Whether so much waits that what can wait in the journal should. */
  crowded(): boolean {
    const roomy = () => this.size * 2 < this.#limits.messages && this.#bytes * 2 < this.#limits.bytes
    if (roomy()) return false
    this.flush()
    return !roomy()
  }

  /** The event that comes is the one that goes. */
  #refuse(envelope: Envelope): true {
    this.#waiting.remove(envelope.offset)
    this.giveUp(envelope, 'overflow')
    return true
  }

  /** Whether there was something that may go. */
  #drop(): boolean {
    if (this.#events.drop()) return true
    const item = this.#gate.drop(mayGo)
    if (!item) return false
    // Nothing that waits behind events has counted it.
    this.#left--
    this.#lose(item)
    return true
  }

  /** An event that was sent as often as may be is lost. */
  giveUp(envelope: Envelope, why: LossReason = 'undelivered'): void {
    if (this.#dropped(envelope, why)) this.#owner.dirty()
    else this.#owner.stuck()
  }

  /** Writes what the socket takes. What it does not take waits until it has drained. */
  flush(): void {
    this.#gate.open()
    const room = highWater - this.#wire.buffered
    if (room <= 0) return
    const run: Prepared[] = this.#notes
    this.#notes = []
    let bytes = sizeOf(run)
    this.#saidBytes -= bytes
    const { traffic, since = 0 } = this.#owner
    const [now, before] = [this.#owner.now(), this.sent]
    while (bytes < room) {
      bytes += this.#tellLosses(run)
      bytes += this.#takeReplies(run)
      const next = this.#take()
      if (!next) break
      const { ttl, timestamp, offset } = next.envelope
      const late = ttl !== undefined && timestamp + ttl <= now
      if (late) this.#dropped(next.envelope, 'expired')
      if (late || this.#owner.may?.(next.envelope) === false) {
        next.fate.expired?.()
        continue
      }
      run.push(...next.frames)
      bytes += next.bytes
      if (offset > since) traffic.waited(now - timestamp, now)
      this.sent++
      next.fate.written?.()
      if (this.#pace.isDue(offset <= since)) bytes += append(run, this.mark())
    }
    if (this.sent > before) traffic.delivered(this.sent - before)
    if (run.length > 0) this.#wire.write(run)
    if (this.#gate.empty) this.#finished()
    else this.#owner.held()
  }

  /** Runs `close` when what waits for the journal was written, or after a second. */
  finish(close: () => void, clock: Clock): void {
    if (this.#gate.empty) return close()
    const cancel = clock.after(longestFarewell, () => this.#finished(), { holds: false })
    this.#close = () => {
      cancel()
      close()
    }
  }

  #finished(): void {
    this.#close?.()
    this.#close = undefined
  }

  /** The frames that tell how far the client has come after what was written last. */
  mark(): readonly Prepared[] {
    this.#pace.marked()
    // A mark says that everything before it was sent or told, so what was lost is told first.
    const run: Prepared[] = []
    this.#tellLosses(run)
    run.push(...this.#owner.tellMark())
    return run
  }

  #said(passed: boolean): void {
    if (this.#saidBytes > this.#limits.bytes) this.#owner.stuck()
    else if (passed) this.#owner.dirty()
    else this.#owner.held()
  }

  #take(): Item | undefined {
    const item = this.#events.shift()
    if (item) this.#gone(item)
    return item
  }

  #gone(item: Item): void {
    this.#left++
    this.#bytes -= item.bytes
    if (!item.fate.again) this.#waiting.remove(item.envelope.offset)
  }

  #lose(item: Item): void {
    this.#gone(item)
    if (!this.#dropped(item.envelope, 'overflow')) this.#owner.stuck()
  }
  /** Whether there was room to write it down. */
  #dropped(envelope: Envelope, reason: LossReason): boolean {
    this.#owner.traffic.dropped(1, reason)
    this.#owner.lost(envelope.topic)
    this.#lost = Math.max(this.#lost, envelope.offset)
    return this.#losses.note(envelope, reason)
  }

  #tellLosses(run: Prepared[]): number {
    if (this.#losses.size === 0 || !this.#gate.opens(this.#lost)) return 0
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
