/** What a stored journal writes down of itself: its epoch, how far offsets and topics are counted, and what it keeps. */
import type { Ids } from '../ids.js'
import { countOf } from '../protocol/count.js'
import type { Envelope } from '../protocol/envelope.js'
import type { Counter, Counters } from './counters.js'
import { encodeValue } from './entry.js'
import type { Kinds } from './kinds.js'
import { type Found, type JournalState, keys, type Restored } from './state.js'

type Change = readonly [key: string, bytes: Uint8Array | undefined]

/** Offsets that are set aside at once, so that none is ever given out twice. */
const block = 1_000_000
/** Entries after which the counters are written down: after a crash, about so many are counted anew. */
const checkpointEvery = 10_000

export class Ledger {
  epoch: string
  readonly kinds: Kinds
  readonly kept: Counters
  readonly family: string
  /** The last offset that is being set aside, and that is set aside for good. */
  #reserve: number
  #reserved = 0
  #uncounted = 0
  #changed = true
  readonly #touched = new Set<string>()

  /** `lost`: something that was committed may be missing, so this is another life. */
  constructor(found: Found, restored: Restored, ids: Ids, lost: boolean) {
    this.kinds = restored.kinds
    this.kept = restored.counters
    this.family = found.state?.family ?? ids.next()
    this.epoch = found.state && !lost ? found.state.epoch : ids.next()
    this.#reserve = restored.head + block
    // What was counted anew is written down with the first checkpoint.
    for (const count of this.kept.all) if (lost || !found.state?.clean) this.#touched.add(count)
    if (this.#touched.size > 0) this.#uncounted = checkpointEvery
  }

  /** Whether there is something to write, even if nothing happens. */
  get waiting(): boolean {
    return this.#changed
  }

  /** Whether the offset is set aside for good. */
  covers(offset: number): boolean {
    return offset <= this.#reserved
  }

  /** Takes note of how far the journal has come. Whether there is something to write now. */
  reach(head: number): boolean {
    if (head <= this.#reserve - block / 2) return false
    this.#reserve = head + block
    this.#changed = true
    return true
  }

  /** The counter of something that is stored, about to be counted on. */
  count(count: string): Counter {
    this.#touched.add(count)
    this.#uncounted++
    return this.kept.of(count)
  }

  /** An entry is let go of. */
  gone(entry: Envelope): void {
    this.#touched.add(countOf(entry.topic, entry.tenant))
    this.kept.gone(entry)
  }

  forgotten(count: string): void {
    this.#touched.add(count)
  }

  /** From here on it is another life of the journal. */
  renew(epoch: string): void {
    this.epoch = epoch
    this.#changed = true
  }

  /** What is to be written with everything up to the head. `whole`: with all counters, since something else rests on them; `clean`: nothing follows. */
  seal(head: number, whole: boolean, clean: boolean): { readonly changes: readonly Change[]; readonly reserve: number } {
    const changes: Change[] = []
    if (!this.#changed && !whole && !clean && this.#uncounted < checkpointEvery) return { changes, reserve: this.#reserve }
    this.#changed = false
    this.#uncounted = 0
    for (const count of this.#touched) {
      const counter = this.kept.get(count)
      const bytes = counter ? encodeValue([counter.seq, counter.goneSeq, counter.goneOffset]) : undefined
      changes.push([keys.topic + count, bytes])
    }
    this.#touched.clear()
    changes.push([keys.state, encodeValue(this.#state(head, clean))])
    return { changes, reserve: this.#reserve }
  }

  /** What was sealed is written. */
  written(reserve: number): void {
    this.#reserved = reserve
  }

  /** Counts and counters are always written together, with the head up to which they hold. */
  #state(head: number, clean: boolean): JournalState {
    const { epoch, family, kinds, kept } = this
    return { version: 1, family, epoch, head, reserve: this.#reserve, clean, dropped: { ...kept.dropped }, kinds: kinds.plain }
  }
}
