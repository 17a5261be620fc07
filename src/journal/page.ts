/** A page of what is stored, merged with what is in memory. */
import type { Envelope } from '../protocol/envelope.js'
import { decodeEntry } from './entry.js'
import type { Stored } from './kinds.js'
import { merged } from './merged.js'

interface Row {
  readonly offset: number
  readonly read: () => Envelope
}

/** Rows of a kind that are fetched at once. */
const rowsAtOnce = 1_000

/** Whether nothing more follows is not known here: `end` is how far was looked, `until` at the most. */
export const readStored = async (
  kinds: readonly Stored[],
  rings: readonly Iterable<Envelope>[],
  after: number,
  until: number,
  limit: number,
  fits: (entry: Envelope) => boolean,
): Promise<{ entries: Envelope[]; end: number }> => {
  const atOnce = Math.min(limit, rowsAtOnce)
  let end = until
  const fetched = await Promise.all(
    kinds.map(async ({ store, id, floor }) => {
      const rows = await store.read(id, Math.max(after, floor), until, atOnce)
      if (rows.length >= atOnce) end = Math.min(end, rows.at(-1)?.offset ?? end)
      return rows.map(({ offset, bytes }): Row => ({ offset, read: () => decodeEntry(bytes) }))
    }),
  )
  const entries: Envelope[] = []
  for (const { offset, read } of merged([...fetched, ...rings.map(asRows)])) {
    if (offset > end) break
    const entry = read()
    if (!fits(entry)) continue
    entries.push(entry)
    if (entries.length >= limit) return { entries, end: offset }
  }
  return { entries, end }
}

function* asRows(ring: Iterable<Envelope>): Generator<Row, void, void> {
  for (const entry of ring) yield { offset: entry.offset, read: () => entry }
}
