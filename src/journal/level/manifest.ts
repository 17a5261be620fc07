/** Which tables a LevelDB consists of, as its manifest has it. A table that no manifest names was not finished, and is none of its own. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Fields } from './fields.js'
import { logRecords } from './log-file.js'

/** The kinds of fields in a record of the manifest. */
const field = { comparator: 1, log: 2, next: 3, sequence: 4, compaction: 5, gone: 6, added: 7, before: 9 } as const

/** Numbers of tables, and their bytes; undefined where the manifest cannot be read, which LevelDB tells by itself. */
export const tablesOf = (directory: string): ReadonlyMap<number, number> | undefined => {
  try {
    const current = readFileSync(join(directory, 'CURRENT'), 'utf8').trim()
    const tables = new Map<number, number>()
    for (const record of logRecords(readFileSync(join(directory, current)))) {
      if (!record) return undefined
      apply(new Fields(record), tables)
    }
    return tables
  } catch {
    return undefined
  }
}

const apply = (record: Fields, tables: Map<number, number>): void => {
  while (record.more) {
    const kind = record.number()
    if (kind === field.comparator) record.bytes()
    else if (kind === field.log || kind === field.next || kind === field.sequence || kind === field.before) record.number()
    else if (kind === field.compaction) {
      record.number()
      record.bytes()
    } else if (kind === field.gone) {
      record.number()
      tables.delete(record.number())
    } else if (kind === field.added) {
      record.number()
      tables.set(record.number(), record.number())
      record.bytes()
      record.bytes()
    } else throw new RangeError(`There is no field ${kind} in a manifest.`)
  }
}
