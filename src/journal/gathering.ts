/** What waits for the next commit of a stored journal. */
import { encodeValue } from './entry.js'
import { keys } from './state.js'
import type { JournalStore, StoreCommit, StoredEntry } from './store.js'

type Change = readonly [key: string, bytes: Uint8Array | undefined]

export class Gathering {
  readonly #main: JournalStore
  #entries = new Map<JournalStore, StoredEntry[]>()
  #trims = new Map<JournalStore, Map<number, number>>()
  #records = new Set<string>()
  #names: string[] = []
  /** Bytes of the entries that wait. */
  bytes = 0

  constructor(main: JournalStore) {
    this.#main = main
  }

  get empty(): boolean {
    return this.#entries.size === 0 && this.#records.size === 0 && this.#names.length === 0 && this.#trims.size === 0
  }

  get trims(): boolean {
    return this.#trims.size > 0
  }

  entry(store: JournalStore, entry: StoredEntry): void {
    const row = this.#entries.get(store)
    if (row) row.push(entry)
    else this.#entries.set(store, [entry])
    this.bytes += entry.bytes.length
  }

  /** A record was changed; its value is looked at when it is sealed. */
  record(key: string): void {
    this.#records.add(key)
  }

  /** Something is counted in memory. */
  name(count: string): void {
    this.#names.push(count)
  }

  trim(store: JournalStore, kind: number, upTo: number): void {
    const trims = this.#trims.get(store) ?? new Map<number, number>()
    this.#trims.set(store, trims.set(kind, upTo))
  }

  /** One part for each store; the records stand in that of the main one, which is the last. */
  seal(
    recorded: (key: string) => unknown,
    own: readonly Change[],
  ): { readonly store: JournalStore; readonly commit: StoreCommit }[] {
    const records: Change[] = [...own]
    for (const key of this.#records) {
      const value = recorded(key)
      records.push([keys.record + key, value === undefined ? undefined : encodeValue(value)])
    }
    for (const count of this.#names) records.push([keys.name + count, encodeValue(1)])
    const stores = new Set([...this.#entries.keys(), ...this.#trims.keys()])
    stores.delete(this.#main)
    return [...stores, this.#main].map((store) => ({
      store,
      commit: {
        entries: this.#entries.get(store) ?? [],
        records: store === this.#main ? records : [],
        trims: [...(this.#trims.get(store) ?? [])].map(([kind, upTo]) => ({ kind, upTo })),
      },
    }))
  }
}
