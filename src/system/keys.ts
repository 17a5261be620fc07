/** What was done under which idempotency key, for as long as it is remembered: beyond the process, where the journal is. */
import { Budget } from '../budget.js'
import type { Clock } from '../clock.js'
import { type Failure, fromFailure, TroupeError, toTroupeError } from '../errors.js'
import type { Ids } from '../ids.js'
import type { Records } from '../journal/journal.js'
import { Shares } from '../shares.js'

export interface KeysOptions {
  /** Milliseconds for which a key is remembered. */
  readonly window: number
  /** How many keys are remembered; beyond, whoever has most loses their oldest. */
  readonly limit: number
}

/** A key, and whose it is. */
interface Key {
  readonly key: string
  readonly owner: string
}

/** Where keys are remembered. */
export interface KeysPlace {
  readonly clock: Clock
  readonly ids: Ids
  /** What outlives the process; undefined: nothing does, or nothing is to be written down any more. */
  records(): Records | undefined
}

/** What is done under a key now. */
export interface Use {
  /** Under which it is written down. */
  readonly record: string
  /** Nothing came of it, so that it may be tried again. */
  forget(): void
}

/** What an ask ended with, as it is written down. */
type Ending = { readonly value: unknown } | { readonly error: Failure }

interface Known {
  readonly record: string
  readonly at: number
  /** Tells what was done from something else. */
  readonly content: string
  /** Throws, or rejects with, `UNKNOWN_OUTCOME` where it is not known any more. */
  outcome: () => unknown
}

/** A key that is written down. An ask without an ending was under way when its process ended, or its ending was too large. */
interface Kept extends Key {
  readonly at: number
  readonly content: string
  readonly asked: boolean
  readonly ending?: Ending
}

const place = 'message-key/'
/** Characters of an ending that is written down, and of all that are remembered; beyond, it is no longer known what came of it. */
const largestEnding = 65_536
const allEndings = 33_554_432

const unknown = (): Promise<never> =>
  Promise.reject(
    new TroupeError(
      'UNKNOWN_OUTCOME',
      'This was asked under its key before, and what came of it is not known any more; look at what it did, and ask again under a new key.',
    ),
  )

const endingOf = (ending: Ending) => () =>
  'error' in ending ? Promise.reject(fromFailure(ending.error)) : Promise.resolve(ending.value)

/** Once within the window of remembered keys: what was done before comes back instead of being done again. */
export class Keys {
  readonly #place: KeysPlace
  readonly #options: KeysOptions
  readonly #known: Shares<Known>
  /** The keys of what is written down, by its record. */
  readonly #keys = new Map<string, string>()
  readonly #endings = new Budget(allEndings)

  constructor(where: KeysPlace, options: KeysOptions) {
    this.#place = where
    this.#options = options
    this.#known = new Shares(options.limit)
    const found = [...(where.records()?.list(place) ?? [])] as (readonly [string, Kept])[]
    for (const [record, { ending, ...kept }] of found.sort(([, one], [, other]) => one.at - other.at)) {
      const { at, content, asked } = kept
      const came = ending ? endingOf(ending) : unknown
      this.#note(kept, { record, at, content, outcome: asked ? came : () => undefined })
      if (ending) this.#hold(record, JSON.stringify(ending).length, kept)
    }
  }

  get size(): number {
    return this.#known.size
  }

  /**
   * What came of it the first time; `act` is called only then. It is given how to forget the key, for when nothing came of it: then it
   * may be tried again. Throws `INVALID_MESSAGE` where something else was done under the key. What is promised is remembered as what it
   * ended with, and rejects with `UNKNOWN_OUTCOME` where that is not known any more. `lasts`: what is done goes on after the process, and so
   * does the key.
   */
  once<R>({ key, owner }: Key, content: string, lasts: boolean, act: (use: Use) => R): R {
    const known = this.#known.get(key)
    if (known && known.at > this.#since) {
      if (known.content !== content)
        throw new TroupeError(
          'INVALID_MESSAGE',
          'The key of this message belongs to another message that was sent before; take a new key for each.',
        )
      // Under one key stands what was done by the same verb of the same speaker, since both are part of it.
      return known.outcome() as R
    }
    if (known) this.forget(known.record)
    this.#makeRoom(owner)
    const record = `${place}${this.#place.ids.next()}`
    const entry: Known = { record, at: this.#place.clock.now(), content, outcome: () => undefined }
    this.#note({ key, owner }, entry)
    const kept: Kept = { key, owner, at: entry.at, content, asked: false }
    if (lasts) this.#place.records()?.put(record, kept)
    const outcome = act(this.use(record))
    entry.outcome = () => outcome
    if (outcome instanceof Promise && this.#known.get(key) === entry)
      this.#follow(outcome, { ...kept, asked: true }, record, lasts ? this.#place.records() : undefined)
    return outcome
  }

  /** The use of a key that stands there. */
  use(record: string): Use {
    return { record, forget: () => this.forget(record) }
  }

  /** Nothing came of what was done under the key that stands there. */
  forget(record: string): void {
    const key = this.#keys.get(record)
    if (key === undefined) return
    this.#keys.delete(record)
    this.#known.delete(key)
    this.#endings.release(record)
    this.#place.records()?.delete(record)
  }

  #note({ key, owner }: Key, entry: Known): void {
    this.#known.set(owner, key, entry)
    this.#keys.set(entry.record, key)
  }

  /** Remembers what it ends with, in the turn in which it does. */
  #follow(outcome: Promise<unknown>, kept: Kept, record: string, records: Records | undefined): void {
    records?.put(record, kept)
    const ended = (ending: Ending) => {
      if (!this.#keys.has(record)) return
      const text = textOf(ending)
      if (text !== undefined && text.length <= largestEnding)
        this.#write(record, records && { ...kept, ending: JSON.parse(text) as Ending })
      this.#hold(record, text?.length ?? largestEnding, records && kept)
    }
    outcome.then(
      (value) => ended({ value }),
      (thrown: unknown) => ended({ error: toTroupeError(thrown).toJSON() }),
    )
  }

  #write(record: string, kept: Kept | undefined): void {
    if (kept) this.#place.records()?.put(record, kept)
  }

  /** `kept`: what stays written down when it is let go. */
  #hold(record: string, weight: number, kept: Kept | undefined): void {
    this.#endings.hold(record, weight, () => {
      const entry = this.#known.get(this.#keys.get(record) ?? '')
      if (entry) entry.outcome = unknown
      this.#write(record, kept)
    })
  }

  /** What is older is no longer remembered. */
  get #since(): number {
    return this.#place.clock.now() - this.#options.window
  }

  #makeRoom(owner: string): void {
    const since = this.#since
    for (const [, { at, record }] of this.#known) {
      if (at > since) break
      this.forget(record)
    }
    for (let key = this.#known.surplus(owner); key !== undefined; key = this.#known.surplus(owner))
      this.forget(this.#known.get(key)?.record ?? '')
  }
}

/** Undefined: it cannot be written down. */
const textOf = (ending: Ending): string | undefined => {
  try {
    return JSON.stringify(ending)
  } catch {
    return undefined
  }
}
