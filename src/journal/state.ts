/** What a stored journal remembers of itself, and how it is found again. */
import { TroupeError } from '../errors.js'
import { countOf } from '../protocol/count.js'
import { Counters, type CountersOptions, type Dropped } from './counters.js'
import { decodeEntry, decodeValue } from './entry.js'
import type { Kinds, Stored, StoredKind } from './kinds.js'
import type { JournalStore } from './store.js'

/** The record of a journal about itself. */
export interface JournalState {
  readonly version: 1
  /** What all stores of one journal have in common. */
  readonly family: string
  readonly epoch: string
  /** Counters and counts hold up to here. */
  readonly head: number
  /** No offset beyond was given out. */
  readonly reserve: number
  /** Whether it was closed in order, so that nothing was given out behind `head`. */
  readonly clean: boolean
  readonly dropped: Dropped
  readonly kinds: readonly StoredKind[]
}

/** The first letters of keys in a store: of records, of counters of topics, of names of topics in memory; and the keys of the state and the family. */
export const keys = { record: 'r/', topic: 't/', name: 'm/', state: 's/state', family: 's/family' } as const

/** What was read from a store when it was opened. */
export interface Found {
  readonly state: JournalState | undefined
  readonly family: string | undefined
  readonly records: Map<string, unknown>
  readonly counts: readonly (readonly [count: string, counter: readonly [seq: number, goneSeq: number, goneOffset: number]])[]
  /** What was counted in memory in former lives. */
  readonly names: Set<string>
}

export const find = async (store: JournalStore): Promise<Found> => {
  const records = new Map<string, unknown>()
  const counts: [string, [number, number, number]][] = []
  const names = new Set<string>()
  let state: JournalState | undefined
  let family: string | undefined
  for await (const [key, bytes] of store.records()) {
    // What stands under these keys was written by this file's journal and has passed its checksum.
    const value = decodeValue(bytes)
    if (key.startsWith(keys.record)) records.set(key.slice(keys.record.length), value)
    else if (key.startsWith(keys.topic)) counts.push([key.slice(keys.topic.length), value as [number, number, number]])
    else if (key.startsWith(keys.name)) names.add(key.slice(keys.name.length))
    else if (key === keys.state) state = value as JournalState
    else if (key === keys.family) family = value as string
  }
  if (state && state.version !== 1)
    throw new TroupeError(
      'JOURNAL_UNAVAILABLE',
      `The ${store.name} holds a journal of version ${String(state.version)}; this Troupe reads version 1. Use the Troupe that wrote it, or another place.`,
    )
  return { state, family, records, counts, names }
}

/** How many entries are looked at at once. */
const page = 1_000

/** Counts what was written after the last checkpoint; answers the newest offset that there is. */
const recount = async (kinds: readonly Stored[], counters: Counters, counted: number): Promise<number> => {
  let newest = 0
  for (const kind of kinds)
    for (let at = Math.max(counted, kind.floor); ; ) {
      const rows = await kind.store.read(kind.id, at, Number.MAX_SAFE_INTEGER, page)
      for (const { bytes } of rows) {
        const { topic, tenant, seq } = decodeEntry(bytes)
        const counter = counters.of(countOf(topic, tenant))
        counter.seq = Math.max(counter.seq, seq)
      }
      kind.count += rows.length
      at = rows.at(-1)?.offset ?? at
      newest = Math.max(newest, at)
      if (rows.length < page) break
    }
  return newest
}

export interface Restored {
  readonly kinds: Kinds
  readonly counters: Counters
  readonly head: number
}

/** The topics and their counts as they were. `lost`: something may be missing, so that nothing that was counted is believed. */
export const restore = async (
  found: Found,
  lost: boolean,
  options: CountersOptions,
  make: (known: readonly StoredKind[]) => Kinds,
): Promise<Restored> => {
  const { state, counts } = found
  const known = (state?.kinds ?? []).map((kind) => (lost ? { ...kind, count: 0 } : { ...kind }))
  const kinds = make(known)
  const counters = new Counters({ ...options, ...(state ? { dropped: { ...state.dropped } } : {}) })
  for (const [count, [seq, goneSeq, goneOffset]] of counts) counters.set(count, { seq, goneSeq, goneOffset })
  const newest = await recount(kinds.stored, counters, lost ? 0 : (state?.head ?? 0))
  const head = state?.clean && !lost ? state.head : Math.max(newest, state?.reserve ?? 0)
  return { kinds, counters, head }
}
