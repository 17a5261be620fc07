/** Everything that is said in a system: numbered by its journal, folded into its view, brought to whoever listens. */
import type { CancelTimer, Clock } from '../clock.js'
import type { EntryOptions, Journal, Records } from '../journal/journal.js'
import type { Envelope } from '../protocol/envelope.js'
import type { Event } from '../protocol/event.js'
import { fold } from '../protocol/fold.js'
import { createView, type View } from '../protocol/view.js'
import { Keeper } from '../recovery/keeper.js'
import { keepView, viewKept } from '../recovery/view-record.js'
import { unsigned } from './acting.js'
import { brief } from './brief.js'
import { Hub } from './hub.js'
import { redacted } from './redact.js'

/** Events, and milliseconds, after which the view is written down anew: a restart need not read all that was ever said, nor what is no longer kept. */
const viewEvery = 20_000
const viewAfter = 30_000

export interface EventLogOptions {
  readonly journal: Journal
  readonly clock: Clock
  /** Whether the journal may outlive the system: then what actors are restored from is kept in it. */
  readonly lasting: boolean
  /** How many ended agents, tasks, swarms and ballots the view remembers. */
  readonly keep: number
  /** The names of what is not written down; undefined: everything is. */
  readonly redact: RegExp | undefined
  readonly report: (where: string, error: unknown) => void
}

export class EventLog {
  readonly view: View
  /** What happens from now on is nobody's to know: somebody else goes on from what was said so far. */
  silent = false
  readonly #options: EventLogOptions
  readonly #hub: Hub
  readonly #keeper: Keeper | undefined
  readonly #endings = new Set<() => void>()
  #ended = false
  /** Events since the view was written down, and up to where it was. */
  #unwritten = 0
  #written: number
  #cancelWriting: CancelTimer = () => {}
  readonly #begun: number
  readonly #stop: (() => void) | undefined
  /** Whether nothing lived before that the view does not know of. */
  whole: boolean

  constructor(options: EventLogOptions) {
    const { journal, lasting, redact, report } = options
    this.#options = options
    this.#keeper = lasting ? new Keeper(journal.records, redact) : undefined
    this.whole = !(this.#keeper?.any() ?? false)
    this.view = createView(journal.epoch, journal.head)
    this.#hub = new Hub(report)
    this.#written = viewKept(journal.records)
    if (this.#keeper) this.#stop = journal.beforeRelease?.((upTo) => this.#release(upTo))
    this.#begun = options.clock.now()
  }

  get lasting(): boolean {
    return this.#options.lasting
  }
  /** How many ended agents, tasks, swarms and ballots the view remembers. */
  get keep(): number {
    return this.#options.keep
  }
  get keeper(): Keeper | undefined {
    return this.silent ? undefined : this.#keeper
  }
  /** What outlives the process, while it is this system's. */
  get records(): Records | undefined {
    return this.silent || !this.lasting ? undefined : this.#options.journal.records
  }
  get listeners(): number {
    return this.#hub.size
  }

  append(topic: string, event: Event, options: EntryOptions): Envelope {
    const { journal, keep, redact } = this.#options
    if (this.silent) return unheard(journal, topic, event, options)
    let secret = false
    const open = redact
      ? redacted(event, redact, () => {
          secret = true
        })
      : event
    const cause = unsigned(options.cause)
    // What was signed is said again in the signature, secrets and all.
    const envelope = journal.append(
      topic,
      brief(open),
      secret ? { ...options, cause, signature: undefined } : { ...options, cause },
    )
    fold(this.view, envelope, keep)
    // Events that are in memory only have another epoch than the journal, in which the view stands.
    this.view.epoch = journal.epoch
    if (this.#keeper) this.#wear()
    this.#hub.deliver(envelope)
    return envelope
  }

  /**
   * Writes down what there is, for whoever goes on with it. Where what lived before was not brought back, the view is not all that there is:
   * then what was written down before stays.
   */
  writeView(): void {
    this.#unwritten = 0
    this.#cancelWriting()
    this.#cancelWriting = () => {}
    if (!this.#keeper || !this.whole) return
    keepView(this.#options.journal.records, this.view)
    this.#written = this.view.offset
  }

  /** What was said up to there is let go of: actors are restored from the view then, or are being restored just now. */
  #release(upTo: number): boolean {
    if (upTo <= this.#written) return true
    if (!this.whole) return this.#options.clock.now() >= this.#begun + viewAfter
    this.writeView()
    return true
  }

  #wear(): void {
    if (++this.#unwritten === 1)
      this.#cancelWriting = this.#options.clock.after(viewAfter, () => this.writeView(), { holds: false })
    if (this.#unwritten >= viewEvery) this.writeView()
  }

  /** `ended`: told when nothing more will come. */
  listen(pattern: string, hear: (envelope: Envelope) => void, ended?: () => void): () => void {
    const stop = this.#hub.listen(pattern, hear)
    if (!ended) return stop
    if (this.#ended) {
      stop()
      ended()
      return stop
    }
    this.#endings.add(ended)
    return () => {
      this.#endings.delete(ended)
      stop()
    }
  }

  isHeard(topic: string): boolean {
    return this.#hub.isHeard(topic)
  }
  whileHeard(topic: string, begin: () => () => void): () => void {
    return this.#hub.whileHeard(topic, begin)
  }

  /** Nothing more will come. */
  end(): void {
    this.#ended = true
    this.#cancelWriting()
    this.#stop?.()
    for (const ended of this.#endings) ended()
    this.#endings.clear()
  }
}

/** An event as if it had been said: nobody hears it, and nothing keeps it. */
const unheard = ({ epoch, head }: Journal, topic: string, event: Event, { source, priority }: EntryOptions): Envelope => ({
  ...{ id: '', topic, seq: 0, epoch, offset: head, timestamp: 0 },
  ...{ source, priority, event },
})
