/** The keys of a journal in LevelDB: entries by kind and offset, in order, and records by their own. */

/** Digits that the largest offset needs. */
const digits = 11
const kindDigits = 4

const kindKey = (kind: number): string => `e${kind.toString(36).padStart(kindDigits, '0')}:`

export const entryKey = (kind: number, offset: number): string => kindKey(kind) + offset.toString(36).padStart(digits, '0')

/** The kind and the offset of an entry; undefined for what is not one. */
export const entryOf = (key: string): { readonly kind: number; readonly offset: number } | undefined => {
  const found = /^e([0-9a-z]{4}):([0-9a-z]{11})$/.exec(key)
  return found ? { kind: Number.parseInt(found[1] ?? '', 36), offset: Number.parseInt(found[2] ?? '', 36) } : undefined
}

export const recordKey = (key: string): string => `r${key}`
/** All records, and nothing else. */
export const records = { gte: 'r', lt: 's' } as const
/** How many commits there were. */
export const countKey = 'c'
