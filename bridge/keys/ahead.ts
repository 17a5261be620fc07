/** What was signed for a time that lies ahead, by clocks that are fast: written down, since whoever goes on would take it in again. */
import { createHash } from 'node:crypto'
import type { Clock } from '../../src/clock.js'
import type { Records } from '../../src/journal/journal.js'

const place = 'signed-ahead/'
/** Signers whose clocks may be ahead at once. */
const signers = 10_000

const recordOf = (from: string): string => place + createHash('sha256').update(from).digest('base64url')

export class Ahead {
  readonly #clock: Clock
  readonly #records: Records
  /** The latest time that each has signed for, by its record. */
  readonly #latest = new Map<string, number>()
  /** The same of those that signed before this process began. */
  readonly #former: ReadonlyMap<string, number>

  constructor(clock: Clock, records: Records) {
    this.#clock = clock
    this.#records = records
    // Written by `note`.
    for (const [record, at] of records.list(place) as Iterable<readonly [string, number]>) this.#latest.set(record, at)
    this.#forget()
    this.#former = new Map(this.#latest)
  }

  /** Until when it is not known what of this signer was taken in before the process began; undefined: since long ago it is. */
  former(from: string): number | undefined {
    return this.#former.size === 0 ? undefined : this.#former.get(recordOf(from))
  }

  /** Remembers that something was signed for then. False: there is no room, so that it cannot be taken in. */
  note(from: string, at: number): boolean {
    const record = recordOf(from)
    if (at <= (this.#latest.get(record) ?? Number.NEGATIVE_INFINITY)) return true
    if (this.#latest.size >= signers) this.#forget()
    if (this.#latest.size >= signers && !this.#latest.has(record)) return false
    this.#latest.set(record, at)
    this.#records.put(record, at)
    return true
  }

  /** What does not lie ahead any more is told from what is new by its age. */
  #forget(): void {
    const now = this.#clock.now()
    for (const [record, at] of [...this.#latest])
      if (at < now) {
        this.#latest.delete(record)
        this.#records.delete(record)
      }
  }
}
