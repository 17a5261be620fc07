/** What follows a position in a stored journal: from memory, or from its stores. */
import { countOf } from '../protocol/count.js'
import type { Cursor, Envelope } from '../protocol/envelope.js'
import { type Counters, strangers } from './counters.js'
import type { Gap, Reading } from './journal.js'
import type { Ledger } from './ledger.js'
import { merged } from './merged.js'
import { readStored } from './page.js'
import type { Recent } from './recent.js'

export interface PagesOptions {
  readonly ledger: Ledger
  /** Counts the topics in memory. */
  readonly fleeting: Counters
  readonly recent: Recent
  /** Where this life of the process began: what was in memory only before it is gone. */
  readonly born: number
  /** What was counted in memory in former lives. */
  readonly former: ReadonlySet<string>
}

type Wanted = (topic: string) => boolean

export class Pages {
  readonly #options: PagesOptions

  constructor(options: PagesOptions) {
    this.#options = options
  }

  /** All topics are holes to whoever comes with a position that is not of this journal. */
  strangers(wanted: Wanted): readonly Gap[] {
    const { ledger, fleeting, former } = this.#options
    const { kept } = ledger
    return strangers(new Set([...kept.all, ...fleeting.all, ...former]), wanted, [kept.dropped, fleeting.dropped])
  }

  atHand({ epoch, offset }: Cursor, head: number, wanted: Wanted, limit: number): Reading {
    const gaps = this.#holes(offset, wanted)
    const entries: Envelope[] = []
    for (const entry of merged([this.#options.recent.after(offset), ...this.#rings(offset)])) {
      if (!wanted(entry.topic) || this.#isGone(entry)) continue
      if (entries.length >= limit)
        return { entries, gaps, cursor: { epoch, offset: entries.at(-1)?.offset ?? offset }, more: true }
      entries.push(entry)
    }
    return { entries, gaps, cursor: { epoch, offset: head }, more: false }
  }

  async fetch({ epoch, offset }: Cursor, wanted: Wanted, limit: number): Promise<Reading> {
    const { ledger, recent } = this.#options
    const fits = (entry: Envelope) => wanted(entry.topic) && !this.#isGone(entry)
    const { entries, end } = await readStored(ledger.kinds.stored, this.#rings(offset), offset, recent.floor, limit, fits)
    // Only now: what was let go of meanwhile is a hole too.
    return { entries, gaps: this.#holes(offset, wanted), cursor: { epoch, offset: end }, more: true }
  }

  #holes(offset: number, wanted: Wanted): readonly Gap[] {
    const { ledger, fleeting, born, former } = this.#options
    const gaps = [...ledger.kept.holes(offset, wanted), ...fleeting.holes(offset, wanted)]
    return offset < born ? [...gaps, ...strangers(former, wanted, [])] : gaps
  }

  #isGone({ topic, tenant, offset }: Envelope): boolean {
    return (this.#options.ledger.kept.get(countOf(topic, tenant))?.goneOffset ?? 0) >= offset
  }

  #rings(offset: number): readonly Iterable<Envelope>[] {
    return this.#options.ledger.kinds.fleeting.map(({ ring }) => ring.after(offset))
  }
}
