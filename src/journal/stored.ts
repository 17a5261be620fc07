/** A journal whose events outlive the process: numbered at once, kept in commits, the newest at hand. */
import type { Clock } from '../clock.js'
import { TroupeError } from '../errors.js'
import type { Ids } from '../ids.js'
import { countOf } from '../protocol/count.js'
import type { Cursor, Envelope } from '../protocol/envelope.js'
import type { Event } from '../protocol/event.js'
import { Commits, type Sealed } from './commits.js'
import type { Counter, Counters } from './counters.js'
import { encodeEntry } from './entry.js'
import { Gathering } from './gathering.js'
import type { EntryOptions, Journal, Reading } from './journal.js'
import type { Stored } from './kinds.js'
import type { Ledger } from './ledger.js'
import { Milestones } from './milestones.js'
import { Pages } from './pages.js'
import { Recent } from './recent.js'
import { RecordMap } from './records.js'
import type { JournalStore } from './store.js'
import { Upkeep } from './upkeep.js'

export interface StoredJournalOptions {
  readonly clock: Clock
  readonly ids: Ids
  readonly ledger: Ledger
  /** Counts the topics in memory. */
  readonly fleeting: Counters
  /** What was counted in memory in former lives. */
  readonly names: Set<string>
  readonly records: Map<string, unknown>
  readonly head: number
  /** Where the records are; what stands in other stores is there before it. */
  readonly main: JournalStore
  readonly stores: readonly JournalStore[]
  readonly limits: JournalLimits
  readonly report: (where: string, error: TroupeError) => void
}

interface JournalLimits {
  /** Names of topics in memory that are remembered for the next life. */
  readonly names: number
  /** Entries, and their bytes, that are at hand. */
  readonly recent: number
  readonly recentBytes: number
  /** Bytes that may wait to be written before new things are refused; four times as many, and nothing is appended at all. */
  readonly pending: number
}

interface Batch extends Sealed {
  readonly number: number
  readonly bytes: number
  readonly reserve: number
}

export class StoredJournal implements Journal {
  head: number
  durable: number
  readonly records: RecordMap
  readonly #options: StoredJournalOptions
  readonly #ledger: Ledger
  /** Names what is in memory only, and ends with it. */
  readonly #life: string
  readonly #recent: Recent
  readonly #pages: Pages
  readonly #commits: Commits<Batch>
  #gathering: Gathering
  /** How many batches were sealed. */
  #sealed = 0
  #bytes = 0
  #mending: Promise<void> | undefined
  #closing: Promise<void> | undefined
  #closed = false
  readonly #milestones: Milestones
  /** Asked before something is let go of. */
  readonly #before = new Set<(upTo: number) => boolean>()
  readonly #upkeep: Upkeep

  constructor(options: StoredJournalOptions) {
    const { ids, clock, main, limits, head, ledger, names, fleeting, report } = options
    this.#options = options
    this.#ledger = ledger
    this.#life = ids.next()
    this.head = this.durable = head
    this.#recent = new Recent(head, limits.recent, limits.recentBytes)
    this.#pages = new Pages({ ledger, fleeting, recent: this.#recent, born: head, former: new Set(names) })
    this.#gathering = new Gathering(main)
    this.records = new RecordMap(options.records, (key) => {
      this.#gathering.record(key)
      if (!this.#closed) this.#commits.request()
    })
    this.#commits = new Commits({
      clock,
      seal: () => (this.#waiting || (this.#closing && !this.#closed) ? this.#seal() : undefined),
      waiting: () => this.#waiting,
      written: (batch) => this.#committed(batch),
      damaged: (why, batch) => this.#mend(why).then(() => this.#amended(batch)),
      troubled: (error) => this.#troubled(error),
    })
    this.#milestones = new Milestones(report)
    this.#upkeep = new Upkeep({
      ...{ clock, ledger, report, durable: () => this.durable, released: (upTo) => this.#released(upTo) },
      trimmed: (kind, upTo) => {
        this.#gathering.trim(kind.store, kind.id, upTo)
        this.#commits.request()
      },
    })
  }

  get epoch(): string {
    return this.#ledger.epoch
  }

  get refusal(): TroupeError | undefined {
    const { trouble } = this.#commits
    if (this.#bytes + this.#gathering.bytes <= this.#options.limits.pending) return undefined
    const why = trouble ? trouble.message : 'it cannot be written as fast as it grows'
    return new TroupeError('JOURNAL_UNAVAILABLE', `Nothing new is taken in while the journal waits: ${why}; try again later.`)
  }

  /** Writes what it begins with. Rejects where that fails: then it is not begun. */
  begin(): Promise<void> {
    return this.#commits.finish()
  }

  append<E extends Event>(topic: string, event: E, options: EntryOptions): Envelope<E> {
    const { source, priority, ttl, cause, signature, tenant } = options
    this.#needRoom()
    const ledger = this.#ledger
    const kind = ledger.kinds.of(topic)
    const stored = 'store' in kind
    const counter: Counter = stored ? ledger.count(countOf(topic, tenant)) : this.#fleetingCounter(countOf(topic, tenant))
    const envelope: Envelope<E> = {
      id: this.#options.ids.next(),
      topic,
      seq: ++counter.seq,
      epoch: stored ? ledger.epoch : this.#life,
      offset: ++this.head,
      timestamp: this.#options.clock.now(),
      source,
      priority,
      event,
      ...(ttl === undefined ? undefined : { ttl }),
      ...(cause === undefined ? undefined : { cause }),
      ...(tenant === undefined ? undefined : { tenant }),
      ...(signature === undefined ? undefined : { signature }),
    }
    if (stored) this.#keep(envelope, kind)
    else kind.ring.push(envelope)
    if (ledger.reach(this.head) || stored || !ledger.covers(this.head)) this.#commits.request()
    else if (!this.#waiting && !this.#commits.sealed) this.durable = this.head
    return envelope
  }

  read(cursor: Cursor, wanted: (topic: string) => boolean, limit = Number.POSITIVE_INFINITY): Reading | Promise<Reading> {
    const { epoch, head } = this
    const { offset } = cursor
    if (cursor.epoch !== epoch || !(Number.isInteger(offset) && offset >= 0 && offset <= head))
      return { entries: [], gaps: this.#pages.strangers(wanted), cursor: { epoch, offset: head }, more: false }
    if (offset >= this.#recent.floor) return this.#pages.atHand(cursor, head, wanted, limit)
    return this.#pages.fetch(cursor, wanted, limit).catch(async (thrown: unknown) => {
      if (!(thrown instanceof TroupeError && thrown.code === 'JOURNAL_DAMAGED')) throw thrown
      const until = this.#recent.floor
      await this.#mend(thrown)
      return { entries: [], gaps: this.#pages.strangers(wanted), cursor: { epoch: this.epoch, offset: until }, more: true }
    })
  }

  committed(offset = this.head): Promise<void> | undefined {
    const { sealed } = this.#commits
    if (!this.#waiting && !sealed) return undefined
    if (offset < this.head && offset <= this.durable) return undefined
    // What is on its way now, if that is enough; else what goes next.
    const number = sealed && (!this.#waiting || (offset < this.head && offset <= sealed.upTo)) ? sealed.number : this.#sealed + 1
    return this.#milestones.until(number)
  }

  onCommit(run: () => void): () => void {
    return this.#milestones.listen(run)
  }

  beforeRelease(run: (upTo: number) => boolean): () => void {
    // One of its own, so that the same function may be given twice.
    const asked = (upTo: number) => run(upTo)
    this.#before.add(asked)
    return () => void this.#before.delete(asked)
  }

  async #released(upTo: number): Promise<boolean> {
    for (const before of this.#before) if (!before(upTo)) return false
    await this.committed()
    return true
  }

  close(): Promise<void> {
    this.#closing ??= this.#finish()
    return this.#closing
  }

  async #finish(): Promise<void> {
    await this.#upkeep.close()
    await this.#mending
    try {
      await this.#commits.finish()
    } finally {
      this.#closed = true
      this.#milestones.abandon(new TroupeError('JOURNAL_UNAVAILABLE', 'The journal was closed before this was kept.'))
      for (const store of this.#options.stores) await store.close()
    }
  }

  /** Whether there is something to write that no commit has taken yet. */
  get #waiting(): boolean {
    return !this.#closed && (!this.#gathering.empty || this.#ledger.waiting)
  }

  #needRoom(): void {
    if (this.#closed) throw new TroupeError('CLOSED', 'The journal is closed; nothing can be said any more.')
    if (this.#bytes + this.#gathering.bytes <= this.#options.limits.pending * 4) return
    throw this.refusal ?? new TroupeError('JOURNAL_UNAVAILABLE')
  }

  #fleetingCounter(count: string): Counter {
    const { fleeting, names, limits } = this.#options
    if (!names.has(count) && names.size < limits.names) {
      names.add(count)
      this.#gathering.name(count)
    }
    return fleeting.of(count)
  }

  #keep(envelope: Envelope, kind: Stored): void {
    const { offset, topic, timestamp } = envelope
    const bytes = encodeEntry(envelope)
    kind.count++
    this.#recent.push(envelope, bytes.length)
    this.#gathering.entry(kind.store, { kind: kind.id, offset, topic, timestamp, bytes, compress: kind.compression })
  }

  #seal(): Batch {
    const gathering = this.#gathering
    this.#gathering = new Gathering(this.#options.main)
    this.#bytes += gathering.bytes
    const clean = this.#closing !== undefined
    const { changes, reserve } = this.#ledger.seal(this.head, gathering.trims, clean)
    const parts = gathering.seal((key) => this.records.get(key), changes)
    if (clean) this.#closed = true
    return { number: ++this.#sealed, upTo: this.head, parts, bytes: gathering.bytes, reserve }
  }

  /** The same, with what the journal says of itself now: the new epoch is there no later than what is written under it. */
  #amended(batch: Batch): Batch {
    const { changes, reserve } = this.#ledger.seal(this.head, true, this.#closed)
    const parts = batch.parts.map((part) =>
      part.store === this.#options.main
        ? { ...part, commit: { ...part.commit, records: [...part.commit.records, ...changes] } }
        : part,
    )
    return { ...batch, parts, reserve }
  }

  #committed({ number, upTo, bytes, reserve }: Batch): void {
    this.#bytes -= bytes
    this.#ledger.written(reserve)
    this.durable = this.#waiting ? upTo : this.head
    this.#recent.trim(this.durable)
    this.#milestones.reached(number)
    // Whoever rests on what is there has not had a turn to say so before the first one.
    if (number > 1) this.#upkeep.look()
  }

  #troubled(error: TroupeError | undefined): void {
    const well = new TroupeError(
      'JOURNAL_UNAVAILABLE',
      'The journal can be written again; nothing that was acknowledged is missing.',
    )
    this.#options.report('the journal', error ?? well)
  }

  /** What can be read stays, under another epoch: positions of before may have lost something. */
  #mend(why: TroupeError): Promise<void> {
    const { stores, report, ids } = this.#options
    this.#mending ??= this.#commits
      .alone(async () => {
        const found = await Promise.all(stores.map((store) => store.mend()))
        const said = found.flatMap(({ lost }) => lost ?? [])
        this.#ledger.renew(ids.next())
        if (!this.#commits.sealed) this.#commits.request()
        report('the journal', new TroupeError('JOURNAL_DAMAGED', [why.message, ...said].join(' ')))
      })
      .finally(() => {
        this.#mending = undefined
      })
    return this.#mending
  }
}
