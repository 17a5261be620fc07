/** Names each of the newest commits in a row of its own: LevelDB drops in silence what it cannot read in the middle of its log, and goes on with what follows. */
import { countKey } from './key.js'
import { readRow, writeRow } from './row.js'

/** Commits that are named: more than LevelDB holds in a log of 4 MB before it writes them to tables, where damage is found as they are read. */
const slots = 16_384

/** Rows of commits, and nothing else. */
export const roster = { gte: 'c:', lt: 'c;' } as const

const slotOf = (count: number): string => `c:${(count % slots).toString(36).padStart(4, '0')}`

/** Whether a key is one of these; they are of no use beside the rows of the commits that they name. */
export const isRoster = (key: string): boolean => key.startsWith(roster.gte) || key === countKey

/** What says how many commits there were: `count`, of which those behind `base` are named. */
export interface Count {
  readonly count: number
  readonly base: number
}

export const readCount = (row: Uint8Array | undefined): Count => {
  if (!row) return { count: 0, base: 0 }
  const { bytes, previous: count } = readRow(countKey, row)
  // A store that was written before commits were named has no base: they are named from here on.
  if (bytes.length !== 8) return { count, base: count }
  return { count, base: new DataView(bytes.buffer, bytes.byteOffset, 8).getFloat64(0) }
}

/** The row of the count, and that of the commit itself unless it only begins the roster anew. */
export const countRows = ({ count, base }: Count): readonly (readonly [key: string, row: Uint8Array])[] => {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setFloat64(0, base)
  const rows: [string, Uint8Array][] = [[countKey, writeRow(countKey, bytes, count)]]
  const slot = slotOf(count)
  if (count > base) rows.push([slot, writeRow(slot, new Uint8Array(0), count)])
  return rows
}

/** Whether all that should be named are, by the rows of the roster. */
export const isComplete = (rows: readonly (readonly [key: string, row: Uint8Array])[], { count, base }: Count): boolean => {
  const wanted = Math.min(slots, count - base)
  const named = rows.filter(([key, row]) => {
    const { previous } = readRow(key, row)
    return previous > count - wanted && previous <= count && key === slotOf(previous)
  })
  return named.length === wanted
}
