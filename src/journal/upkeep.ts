/** Lets go of what is too much or too old. */
import type { CancelTimer, Clock } from '../clock.js'
import { type TroupeError, toTroupeError } from '../errors.js'
import { decodeEntry } from './entry.js'
import { boundsOf, isOverfull, type Stored } from './kinds.js'
import type { Ledger } from './ledger.js'

/** Entries that are looked at at once. */
const page = 1_000

/** Milliseconds between two looks at what has become too old. */
const look = 3_600_000

export interface UpkeepOptions {
  readonly clock: Clock
  readonly ledger: Ledger
  /** Up to where everything is written. */
  durable(): number
  /** A kind was let go of up to an offset. */
  trimmed(kind: Stored, upTo: number): void
  readonly report: (where: string, error: TroupeError) => void
}

/** Looks now and then, and when a kind has grown too much. */
export class Upkeep {
  readonly #options: UpkeepOptions
  #running: Promise<void> | undefined
  #cancel: CancelTimer = () => {}
  #closed = false

  constructor(options: UpkeepOptions) {
    this.#options = options
    this.#later()
  }

  /** Something was written. */
  look(): void {
    if (this.#options.ledger.kinds.stored.some(isOverfull)) void this.#run()
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#cancel()
    await this.#running
  }

  #later(): void {
    this.#cancel = this.#options.clock.after(look, () => void this.#run().then(() => this.#later()), { holds: false })
  }

  #run(): Promise<void> {
    const { ledger, clock, durable, trimmed, report } = this.#options
    if (this.#closed) return Promise.resolve()
    this.#running ??= trim(ledger, clock.now(), durable(), trimmed)
      .catch((thrown: unknown) => report('letting go of old events', toTroupeError(thrown)))
      .finally(() => {
        this.#running = undefined
      })
    return this.#running
  }
}

/** `trimmed`: told up to where a kind is let go of; until that is written, what it was is only not read any more. */
const trim = async (
  ledger: Ledger,
  now: number,
  durable: number,
  trimmed: (kind: Stored, upTo: number) => void,
): Promise<void> => {
  for (const kind of ledger.kinds.stored) {
    const before = kind.floor
    while (await trimPage(ledger, kind, now, durable));
    if (kind.floor > before) trimmed(kind, kind.floor)
  }
}

/** Whether there may be more of the kind to let go of. */
const trimPage = async (ledger: Ledger, kind: Stored, now: number, durable: number): Promise<boolean> => {
  const { excess, since } = boundsOf(kind, now)
  if (excess <= 0 && since === Number.NEGATIVE_INFINITY) return false
  const rows = await kind.store.read(kind.id, kind.floor, durable, page)
  let gone = 0
  for (const { bytes } of rows) {
    const entry = decodeEntry(bytes)
    if (gone >= excess && entry.timestamp >= since) break
    ledger.gone(entry)
    kind.floor = entry.offset
    gone++
  }
  kind.count -= gone
  return rows.length === page && gone === rows.length
}
