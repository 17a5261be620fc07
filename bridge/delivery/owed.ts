/** What one session was sent and has not acknowledged: places in the journal and counts, since what is sent again is read from there. */
import type { Envelope } from '../../src/protocol/envelope.js'

/** One event that is not acknowledged. */
export interface Debt {
  readonly offset: number
  readonly topic: string
  readonly seq: number
  /** Whose it is; absent: no tenant's. */
  readonly tenant?: string | undefined
  /** How often it was sent; 0: it still waits. */
  sent: number
  /** How often it was sent and not acknowledged in time. */
  late: number
  /** When it has to be acknowledged, milliseconds since the epoch; Infinity while it waits to be sent. */
  due: number
}

/** The same as plain data, for whoever keeps sessions beyond the process. */
export interface OwedData {
  readonly epoch: string
  readonly upTo: number
  readonly done: readonly number[]
  readonly debts: readonly (readonly [offset: number, topic: string, seq: number, sent: number, late: number, tenant?: string])[]
}

/** Acknowledged events that are remembered beyond the point up to which all were sent; one more may be sent again after a resume. */
const maxDone = 20_000

export class Owed {
  /** The journal whose offsets these are. */
  readonly epoch: string
  /** Up to here, every event of this session that is not a debt is settled. */
  #upTo: number
  /** What was acknowledged beyond it. */
  readonly #done: Set<number>
  readonly #debts: Map<number, Debt>

  constructor({ epoch, upTo = 0, done = [], debts = [] }: Pick<OwedData, 'epoch'> & Partial<OwedData>) {
    this.epoch = epoch
    this.#upTo = upTo
    this.#done = new Set(done)
    this.#debts = new Map()
    for (const [offset, topic, seq, sent, late, tenant] of debts)
      this.#debts.set(offset, { offset, topic, seq, tenant, sent, late, due: Number.POSITIVE_INFINITY })
  }

  /** What has to be kept so that nothing is lost with the process. */
  get data(): OwedData {
    const { epoch } = this
    const sent = [...this.#debts.values()].filter((debt) => debt.sent > 0)
    return {
      ...{ epoch, upTo: this.#upTo, done: [...this.#done] },
      debts: sent.map(({ offset, topic, seq, sent, late, tenant }) =>
        tenant === undefined ? [offset, topic, seq, sent, late] : [offset, topic, seq, sent, late, tenant],
      ),
    }
  }

  get size(): number {
    return this.#debts.size
  }
  get upTo(): number {
    return this.#upTo
  }
  get debts(): Iterable<Debt> {
    return this.#debts.values()
  }
  debt(offset: number): Debt | undefined {
    return this.#debts.get(offset)
  }

  /** Whether reading the journal again must not send it: it was acknowledged, or is sent again by itself. */
  knows(offset: number): boolean {
    return offset <= this.#upTo || this.#done.has(offset) || this.#debts.has(offset)
  }

  add({ offset, topic, seq, tenant }: Envelope): void {
    this.#debts.set(offset, { offset, topic, seq, tenant, sent: 0, late: 0, due: Number.POSITIVE_INFINITY })
  }

  /** The client has it, or it is to be sent no more. False: it was not owed, as when it was acknowledged twice. */
  settle(offset: number): boolean {
    if (!this.#debts.delete(offset)) return false
    if (offset > this.#upTo) this.#done.add(offset)
    if (this.#done.size > maxDone) for (const oldest of this.#done) return this.#done.delete(oldest)
    return true
  }

  /** Every event up to here was sent. */
  reached(offset: number): void {
    if (offset <= this.#upTo) return
    this.#upTo = offset
    for (const done of this.#done) if (done <= offset) this.#done.delete(done)
  }

  /** The connection is gone, after everything up to `offset` was sent: what was not is read from the journal again. */
  leave(offset: number): void {
    this.reached(offset)
    for (const debt of this.#debts.values()) {
      debt.due = Number.POSITIVE_INFINITY
      if (debt.sent === 0) this.#debts.delete(debt.offset)
    }
  }
}
