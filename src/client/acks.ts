/** The events that this client has to acknowledge: who still has each, and what the server is to be told. */
import type { Envelope } from '../protocol/envelope.js'
import { Taken } from '../taken.js'

/** Whoever hears events. */
interface Taker {
  readonly hear: (envelope: Envelope) => void
}

/** An event that is not acknowledged: each of those that heard it, with what they have in hand, or whether they are done with it. */
type Debt<T> = Map<T, Taken | 'done' | 'failed'>

/** Events that may be unacknowledged; a server allows no more, and what it gave up is forgotten here at last. */
const maxDebts = 20_000
/** Acks in one frame. */
const largest = 10_000
const cut = 256

export class Acks<T extends Taker> {
  readonly #say: (offsets: readonly number[]) => boolean
  /** Tells one that listens; may throw nothing. */
  readonly #tell: (taker: T, envelope: Envelope) => void
  readonly #debts = new Map<number, Debt<T>>()
  #ready: number[] = []
  /** What was acknowledged last: that it was said does not mean that the server has heard it. */
  #recent: number[] = []
  /** Events that the server lets be unacknowledged, so that it has not heard of more acks than these. */
  #limit = 1
  #armed = false
  #epoch: string | undefined

  /** `say`: tells the server; false: there is no connection now. */
  constructor(say: (offsets: readonly number[]) => boolean, tell: (taker: T, envelope: Envelope) => void) {
    this.#say = say
    this.#tell = tell
  }

  /** What the server may not have heard, to be said with the hello of a connection that goes on. */
  again(): readonly number[] {
    this.#ready = []
    return this.#recent.slice(-this.#limit)
  }

  /** A connection is welcome. In another session, or another life of the journal, the offsets of before mean nothing. `limit`: events that may be unacknowledged. */
  welcomed(resumed: boolean, epoch: string, limit = 1): void {
    if (!resumed || epoch !== this.#epoch) {
      this.#debts.clear()
      this.#ready = []
      this.#recent = []
    }
    this.#epoch = epoch
    this.#limit = Math.min(limit, largest)
    this.#soon()
  }

  /** Hands out an event that came for the first time. */
  take(envelope: Envelope, takers: readonly T[]): void {
    const { offset } = envelope
    if (takers.length === 0) return this.#ack(offset)
    const debt: Debt<T> = new Map(takers.map((taker) => [taker, 'failed']))
    this.#debts.set(offset, debt)
    if (this.#debts.size > maxDebts) for (const oldest of this.#debts.keys()) if (this.#debts.delete(oldest)) break
    for (const taker of takers) this.#hand(debt, taker, envelope, 0)
  }

  /** An event that came before: acknowledged once more where it was, and handed to those that could not do what they had to. */
  repeat(envelope: Envelope, redelivered: number, takers: readonly T[]): void {
    const { offset } = envelope
    const debt = this.#debts.get(offset)
    if (!debt) return this.#ack(offset)
    // Where one that could not do it has left, whoever has not heard it is the next to try.
    if (isDone(debt)) for (const taker of takers) if (!debt.has(taker)) debt.set(taker, 'failed')
    if (isDone(debt)) return this.#settled(offset, debt)
    for (const [taker, has] of [...debt])
      if (has === 'failed' || (has !== 'done' && has.lent)) this.#hand(debt, taker, envelope, redelivered)
  }

  /** It listens no more; what it had is not taken for done. */
  leave(taker: T): void {
    for (const debt of this.#debts.values()) debt.delete(taker)
  }

  #hand(debt: Debt<T>, taker: T, envelope: Envelope, redelivered: number): void {
    const taken: Taken = new Taken({
      redelivered,
      over: (done) => {
        if (!debt.has(taker)) return
        if (!done) return void (debt.get(taker) === taken && debt.set(taker, 'failed'))
        debt.set(taker, 'done')
        if (isDone(debt)) this.#settled(envelope.offset, debt)
      },
    })
    debt.set(taker, taken)
    taken.hand(() => this.#tell(taker, envelope))
  }

  #settled(offset: number, debt: Debt<T>): void {
    // In another session the offset may be another event's, which nobody is done with.
    if (this.#debts.get(offset) !== debt) return
    this.#debts.delete(offset)
    this.#ack(offset)
  }

  #ack(offset: number): void {
    this.#ready.push(offset)
    // Moved in larger pieces, since that costs as much for one as for many.
    if (this.#recent.push(offset) > 2 * this.#limit + cut) this.#recent = this.#recent.slice(-this.#limit)
    this.#soon()
  }

  /** All of one turn in one frame. */
  #soon(): void {
    if (this.#armed || this.#ready.length === 0) return
    this.#armed = true
    queueMicrotask(() => {
      this.#armed = false
      this.#flush()
    })
  }

  /** What was said on a connection that breaks is not kept: what the server did not hear of, it sends again, and is told then. */
  #flush(): void {
    while (this.#ready.length > 0 && this.#say(this.#ready.slice(0, largest))) this.#ready = this.#ready.slice(largest)
  }
}

const isDone = <T>(debt: Debt<T>): boolean => [...debt.values()].every((has) => has === 'done')
