/** A disk in memory that outlives its processes: what was committed when one of them was killed is there, nothing else. */
import type { JournalStore } from '../../src/journal/store.js'

export interface LastingDisk {
  /** The store of one process; what it commits when that is dead is lost. */
  storeOf(dead: () => boolean): JournalStore
}

export const createLastingDisk = (): LastingDisk => {
  const kinds = new Map<number, Map<number, Uint8Array>>()
  const records = new Map<string, Uint8Array>()
  const entriesOf = (kind: number) => {
    const known = kinds.get(kind) ?? new Map<number, Uint8Array>()
    kinds.set(kind, known)
    return known
  }
  return {
    storeOf: (dead) => ({
      name: 'disk in memory',
      open: async () => ({}),
      async *records() {
        yield* [...records]
      },
      async commit(commit) {
        // Whoever is dead waits for ever.
        if (dead()) await new Promise<never>(() => {})
        for (const { kind, offset, bytes } of commit.entries) entriesOf(kind).set(offset, bytes)
        for (const [key, bytes] of commit.records)
          if (bytes) records.set(key, bytes)
          else records.delete(key)
        for (const { kind, upTo } of commit.trims)
          for (const offset of [...entriesOf(kind).keys()]) if (offset <= upTo) entriesOf(kind).delete(offset)
      },
      read: async (kind, after, until, limit) =>
        [...entriesOf(kind)]
          .filter(([offset]) => offset > after && offset <= until)
          .sort(([one], [other]) => one - other)
          .slice(0, limit)
          .map(([offset, bytes]) => ({ offset, bytes })),
      mend: async () => ({}),
      close: async () => {},
    }),
  }
}
