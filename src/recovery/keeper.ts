/** Keeps the records of actors in a journal that outlives the process, less what looks like a secret, and with whose each is. */
import { describeThrown } from '../errors.js'
import type { Records } from '../journal/journal.js'
import type { Reach } from '../system/reach.js'
import { plainOf } from './plain.js'
import type { RecordOf } from './records.js'
import { withoutSecrets } from './without-secrets.js'

/** Which edition of the records this code writes and reads. */
const edition = 1

type Kind = keyof RecordOf

/** What goes on by itself. */
const kinds = ['agent', 'task', 'swarm', 'ballot', 'schedule', 'letter'] as const satisfies Kind[]

/** What has an order of its own. */
const numbered = ['letter', 'dead-letter', 'end'] as const satisfies Kind[]

/** A record as it was found, or why it cannot be read. */
export type Found<K extends Kind> =
  | { readonly id: string; readonly record: RecordOf[K]; readonly reach: Reach | undefined; readonly without: readonly string[] }
  | { readonly id: string; readonly unfit: string }

/** Why what was kept cannot be gone on with. */
export const unfitOf = (found: Found<Kind>): string | undefined => {
  if ('unfit' in found) return found.unfit
  const [first] = found.without
  return first && `${first} looks like a secret, so it was kept nowhere; say it anew, or keep it by the option redact`
}

/** In each journal, the last of the numbers that were given. */
const numbers = new WeakMap<Records, number>()

export class Keeper {
  readonly #records: Records
  readonly #secrets: RegExp | undefined
  readonly #reach: Reach | undefined

  /** `secrets`: the names of what is not written down. `reach`: how far those reach whose records are kept; undefined: everywhere. */
  constructor(records: Records, secrets?: RegExp, reach?: Reach) {
    this.#records = records
    this.#secrets = secrets
    this.#reach = reach
  }

  /** Keeps what is of those who reach so far. */
  within(reach: Reach): Keeper {
    return new Keeper(this.#records, this.#secrets, reach)
  }

  /** Remembers it from now on. What is no plain data cannot be; then that is what is remembered. */
  keep<K extends Kind>(kind: K, id: string, record: RecordOf[K], reach = this.#reach): void {
    let kept: unknown
    try {
      const { record: open, without } = withoutSecrets(kind, record, this.#secrets)
      kept = {
        ...{ edition, record: plainOf(open) },
        ...(reach ? { reach: { tenant: reach.tenant ?? null } } : {}),
        ...(without.length > 0 ? { without } : {}),
      }
    } catch (thrown) {
      kept = { edition, unfit: describeThrown(thrown) }
    }
    this.#records.put(keyOf(kind, id), kept)
  }

  /** The next of the numbers by which records are put in order: it goes on where the process before was, whatever the clock says. */
  next(): number {
    const number = (numbers.get(this.#records) ?? this.#last()) + 1
    numbers.set(this.#records, number)
    return number
  }

  #last(): number {
    let last = 0
    for (const kind of numbered)
      for (const found of this.all(kind)) if ('record' in found) last = Math.max(last, found.record.number)
    return last
  }

  drop(kind: Kind, id: string): void {
    this.#records.delete(keyOf(kind, id))
  }

  get<K extends Kind>(kind: K, id: string): Found<K> | undefined {
    const kept = this.#records.get(keyOf(kind, id))
    return kept === undefined ? undefined : read(id, kept)
  }

  /** Whether actors are remembered. */
  any(): boolean {
    return kinds.some((kind) => [...this.#records.list(keyOf(kind, ''))].length > 0)
  }

  all<K extends Kind>(kind: K): Found<K>[] {
    const prefix = keyOf(kind, '')
    return [...this.#records.list(prefix)].map(([key, kept]) => read<K>(key.slice(prefix.length), kept))
  }

  /** Those that can be read, in the order of their numbers. */
  inOrder<K extends (typeof numbered)[number]>(kind: K): Extract<Found<K>, { readonly record: RecordOf[K] }>[] {
    return this.all(kind)
      .flatMap((found) => ('record' in found ? [found] : []))
      .sort((a, b) => a.record.number - b.record.number)
  }

  /** Puts what cannot be read where nobody looks for it, instead of deleting it. */
  setAside(kind: Kind, id: string): void {
    const key = keyOf(kind, id)
    const kept = this.#records.get(key)
    if (kept === undefined) return
    this.#records.put(`aside/${key}`, kept)
    this.#records.delete(key)
  }
}

interface Kept<K extends Kind> {
  readonly edition: unknown
  readonly record: RecordOf[K]
  /** Absent: everywhere. */
  readonly reach: { readonly tenant: string | null }
  /** Where something was left out that looks like a secret, and that whoever it was meant for cannot do without. */
  readonly without: readonly string[]
  readonly unfit: string
}

const keyOf = (kind: Kind, id: string): string => `${kind}/${id}`

const read = <K extends Kind>(id: string, kept: unknown): Found<K> => {
  // Written by `keep`, of this edition or another.
  const { edition: found, record, reach, without = [], unfit } = (kept ?? {}) as Partial<Kept<K>>
  if (found !== edition) return { id, unfit: `it is of edition ${String(found)}, and this code reads ${edition}` }
  return record === undefined
    ? { id, unfit: `what it was declared with cannot be written down: ${unfit ?? 'unknown'}` }
    : { id, record, without, reach: reach && { tenant: reach.tenant ?? undefined } }
}
