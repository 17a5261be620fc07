/** Delivers to one connection what has to be acknowledged: sends it, waits, and sends it again, from the journal, until it is. */
import type { CancelTimer, Clock } from '../../src/clock.js'
import type { Journal, Reading } from '../../src/journal/journal.js'
import type { Envelope } from '../../src/protocol/envelope.js'
import type { Prepared } from '../ws.js'
import type { Fate } from './fate.js'
import type { Debt, Owed } from './owed.js'
import type { Rules } from './rules.js'

export interface SureOptions {
  readonly clock: Clock
  readonly journal: Pick<Journal, 'read'>
  readonly rules: Rules
  readonly owed: Owed
  readonly outbox: {
    event(envelope: Envelope, frames: readonly Prepared[], inOrder?: boolean, fate?: Fate): boolean
    /** Whether so much waits that what can wait in the journal should. */
    crowded(): boolean
    /** Whether everything was taken by the socket. */
    readonly drained: boolean
  }
  /** The frames of an event that was sent so many times before. */
  say(envelope: Envelope, redelivered: number): readonly Prepared[]
  /** Whether the client still asks for it, and may have it. */
  wanted(envelope: Envelope): boolean
  /** Asks for a flush: there may be more to send. */
  dirty(): void
  /** It was sent as often as may be. */
  undelivered(envelope: Envelope): void
  /** It is no longer kept, so that it cannot be sent again. */
  gone(debt: Debt): void
  unreadable(thrown: unknown): void
}

/** Events that are read at once, to be sent again. */
const largestPage = 256

export class SureDelivery {
  readonly #options: SureOptions
  /** The offsets that are to be sent again, or given up, in order. */
  #again: number[] = []
  #reading = false
  #timer: { readonly at: number; readonly cancel: CancelTimer } | undefined
  #closed = false

  constructor(options: SureOptions) {
    this.#options = options
  }

  /** Whether events of the topic are to be acknowledged. */
  takes(topic: string): boolean {
    return this.#options.rules.of(topic).sure
  }

  /** Whether it has to wait in the journal; without an event, whether nothing may be read from there now. */
  full(envelope?: Envelope): boolean {
    const { owed, rules, outbox } = this.#options
    if (envelope && !this.takes(envelope.topic)) return false
    return (!envelope && this.#again.length > 0) || owed.size >= rules.unacked || outbox.crowded()
  }

  /** Sends an event for the first time. Whether there was something to write. */
  first(envelope: Envelope): boolean {
    const { owed } = this.#options
    const frames = this.#options.say(envelope, 0)
    if (frames.length === 0) return false
    owed.add(envelope)
    return this.#send(envelope, frames, false)
  }

  /** The client has these. What it was not sent, or has acknowledged before, changes nothing. */
  settle(offsets: readonly number[]): void {
    let any = false
    for (const offset of offsets) if (this.#options.owed.settle(offset)) any = true
    // There is room for more now.
    if (any) this.#options.dirty()
  }

  /** What was sent to a former connection and not acknowledged there is to be sent again, before anything else is read. */
  begin(): void {
    this.#queue([...this.#options.owed.debts].filter(({ sent }) => sent > 0))
  }

  /** Sends again what is to be, as far as there is room. */
  pump(): void {
    while (!this.#closed && !this.#reading && this.#again.length > 0 && !this.#options.outbox.crowded()) {
      const [first = 0] = this.#again
      const topics = new Set(this.#again.map((offset) => this.#options.owed.debt(offset)?.topic))
      const cursor = { epoch: this.#options.owed.epoch, offset: first - 1 }
      const page = Math.min(largestPage, this.#again.length)
      const reading = this.#options.journal.read(cursor, (topic) => topics.has(topic), page)
      if (reading instanceof Promise) return this.#await(reading)
      this.#turn(reading)
    }
  }

  close(): void {
    this.#closed = true
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #queue(debts: readonly Debt[]): void {
    if (debts.length === 0) return
    const offsets = new Set([...this.#again, ...debts.map(({ offset }) => offset)])
    this.#again = [...offsets].sort((a, b) => a - b)
  }

  #await(coming: Promise<Reading>): void {
    this.#reading = true
    coming.then(
      (reading) => {
        this.#reading = false
        if (this.#closed) return
        this.#turn(reading)
        this.pump()
      },
      (thrown: unknown) => {
        if (!this.#closed) this.#options.unreadable(thrown)
      },
    )
  }

  /** Takes in a page that begins with the first that is to be sent again. */
  #turn({ entries, cursor, more }: Reading): void {
    for (const envelope of entries) {
      this.#skip(envelope.offset)
      if (this.#again[0] !== envelope.offset) continue
      if (this.#options.outbox.crowded()) return
      this.#again.shift()
      this.#repeat(envelope)
    }
    this.#skip(more ? cursor.offset + 1 : Number.POSITIVE_INFINITY)
    // Whoever waited for these to be sent first may go on.
    if (this.#again.length === 0) this.#options.dirty()
  }

  /** What should have stood before the offset is no longer kept, unless it was acknowledged meanwhile. */
  #skip(before: number): void {
    for (let next = this.#again[0]; next !== undefined && next < before; next = this.#again[0]) {
      this.#again.shift()
      const debt = this.#options.owed.debt(next)
      if (debt && this.#options.owed.settle(next)) this.#options.gone(debt)
    }
  }

  #repeat(envelope: Envelope): void {
    const { owed, rules, wanted, undelivered, say } = this.#options
    const debt = owed.debt(envelope.offset)
    if (!debt) return
    if (!wanted(envelope)) return void owed.settle(envelope.offset)
    if (debt.late <= rules.of(envelope.topic).redeliveries) return void this.#send(envelope, say(envelope, debt.sent), true)
    owed.settle(envelope.offset)
    undelivered(envelope)
  }

  #send(envelope: Envelope, frames: readonly Prepared[], again: boolean): boolean {
    const { owed } = this.#options
    const { offset, topic } = envelope
    return this.#options.outbox.event(envelope, frames, false, {
      ...{ drop: 'never', again },
      written: () => this.#written(offset, topic),
      expired: () => void owed.settle(offset),
    })
  }

  #written(offset: number, topic: string): void {
    const { owed, rules, clock } = this.#options
    const debt = owed.debt(offset)
    if (!debt || this.#closed) return
    debt.sent++
    debt.due = clock.now() + rules.of(topic).ackTimeout
    this.#arm(debt.due)
  }

  #arm(at: number): void {
    if (this.#closed || !Number.isFinite(at) || (this.#timer && this.#timer.at <= at)) return
    this.#timer?.cancel()
    const { clock } = this.#options
    const cancel = clock.after(Math.max(0, at - clock.now()), () => this.#look(), { holds: false })
    this.#timer = { at, cancel }
  }

  /** Sends again what was not acknowledged in time. */
  #look(): void {
    this.#timer = undefined
    const { owed, rules, outbox, clock } = this.#options
    const now = clock.now()
    // What the socket has not taken yet, the client cannot have acknowledged: it is given its time once more.
    const { drained } = outbox
    const late: Debt[] = []
    let next = Number.POSITIVE_INFINITY
    for (const debt of owed.debts) {
      if (debt.due <= now && drained) {
        debt.late++
        debt.due = Number.POSITIVE_INFINITY
        late.push(debt)
      } else if (debt.due <= now) debt.due = now + rules.of(debt.topic).ackTimeout
      next = Math.min(next, debt.due)
    }
    this.#arm(next)
    this.#queue(late)
    this.pump()
  }
}
