/** Lets go of what is too much or too old. */
import type { CancelTimer, Clock } from '../clock.js'
import { type TroupeError, toTroupeError } from '../errors.js'
import type { Envelope } from '../protocol/envelope.js'
import { decodeEntry } from './entry.js'
import { boundsOf, isOverfull, type Stored } from './kinds.js'
import type { Ledger } from './ledger.js'

/** Entries that are looked at at once. */
const page = 1_000

/** Milliseconds between two looks at what has become too old, and until the first: a process may not live long. */
const look = 3_600_000
const firstLook = 60_000

export interface UpkeepOptions {
  readonly clock: Clock
  readonly ledger: Ledger
  /** Up to where everything is written. */
  durable(): number
  /** Resolves when nothing rests on what stands up to an offset any more; false: something does. */
  released(upTo: number): Promise<boolean>
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
  /** False when it is closed: nobody is waited for any more. */
  readonly #closing: Promise<boolean>
  #endWaiting: () => void = () => {}

  constructor(options: UpkeepOptions) {
    this.#options = options
    this.#closing = new Promise((resolve) => {
      this.#endWaiting = () => resolve(false)
    })
    this.#later(firstLook)
  }

  /** Something was written. */
  look(): void {
    if (this.#options.ledger.kinds.stored.some(isOverfull)) void this.#run()
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#cancel()
    this.#endWaiting()
    await this.#running
  }

  #later(delay = look): void {
    const again = () => void this.#run().then(() => (this.#closed ? undefined : this.#later()))
    this.#cancel = this.#options.clock.after(delay, again, { holds: false })
  }

  #run(): Promise<void> {
    const { ledger, clock, durable, trimmed, report } = this.#options
    if (this.#closed) return Promise.resolve()
    const released = (upTo: number) => Promise.race([this.#options.released(upTo), this.#closing])
    this.#running ??= trim({ ledger, now: clock.now(), durable: durable(), released }, trimmed)
      .catch((thrown: unknown) => report('letting go of old events', toTroupeError(thrown)))
      .finally(() => {
        this.#running = undefined
      })
    return this.#running
  }
}

/** What is let go of, as of now. */
interface Trimming extends Pick<UpkeepOptions, 'ledger' | 'released'> {
  readonly now: number
  /** Up to where everything is written. */
  readonly durable: number
}

/** `trimmed`: told up to where a kind is let go of; until that is written, what it was is only not read any more. */
const trim = async (trimming: Trimming, trimmed: UpkeepOptions['trimmed']): Promise<void> => {
  for (const kind of trimming.ledger.kinds.stored) {
    const before = kind.floor
    while (await trimPage(trimming, kind));
    if (kind.floor > before) trimmed(kind, kind.floor)
  }
}

/** Whether there may be more of the kind to let go of. */
const trimPage = async ({ ledger, now, durable, released }: Trimming, kind: Stored): Promise<boolean> => {
  const { excess, since } = boundsOf(kind, now)
  if (excess <= 0 && since === Number.NEGATIVE_INFINITY) return false
  const rows = await kind.store.read(kind.id, kind.floor, durable, page)
  const gone: Envelope[] = []
  for (const { bytes } of rows) {
    const entry = decodeEntry(bytes)
    if (gone.length >= excess && entry.timestamp >= since) break
    gone.push(entry)
  }
  const last = gone.at(-1)
  if (!last || !(await released(last.offset))) return false
  for (const entry of gone) ledger.gone(entry)
  kind.floor = last.offset
  kind.count -= gone.length
  return rows.length === page && gone.length === rows.length
}
