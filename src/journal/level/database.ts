/** LevelDB as it is opened, found locked or damaged, and mended. */
import { linkSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { ClassicLevel } from 'classic-level'
import { describeThrown, TroupeError } from '../../errors.js'
import { countKey, entryOf } from './key.js'
import { countRows, isRoster, readCount } from './roster.js'
import { readRow, writeRow } from './row.js'

export type Database = ClassicLevel<string, Uint8Array>

/** The directories that this process has open, without links. */
const openHere = new Set<string>()

export const databaseAt = (path: string, compression: boolean): Database => {
  const database = new ClassicLevel<string, Uint8Array>(path, { keyEncoding: 'utf8', valueEncoding: 'view', compression })
  database.once('open', () => {
    const real = realpathSync(path)
    openHere.add(real)
    database.once('closed', () => void openHere.delete(real))
  })
  return database
}

/** The codes of an error and of what caused it: the binding wraps them. */
const codesOf = (thrown: unknown): readonly string[] => {
  const codes: string[] = []
  for (let at: unknown = thrown; at instanceof Error && codes.length < 8; at = at.cause)
    if ('code' in at && typeof at.code === 'string') codes.push(at.code)
  return codes
}

export const isLocked = (thrown: unknown): boolean => codesOf(thrown).includes('LEVEL_LOCKED')

/** Whether this process or another one has a directory open. LevelDB tells it only when it opens one, so an empty one is opened whose lock is the same file. */
export const isHeld = async (path: string): Promise<boolean> => {
  // A process may lock a file twice, and loses both locks with the first one that it closes.
  if (openHere.has(realpathSync(path))) return true
  const empty = mkdtempSync(join(dirname(path), 'lock-'))
  const database = databaseAt(empty, false)
  try {
    linkSync(join(path, 'LOCK'), join(empty, 'LOCK'))
    await database.open()
    return false
  } catch (thrown) {
    // Nobody can have what has no lock.
    if (codesOf(thrown).includes('ENOENT')) return false
    if (isLocked(thrown)) return true
    throw thrown
  } finally {
    await database.close()
    rmSync(empty, { recursive: true, force: true })
  }
}

/** Its own words first: the outermost error only says that it could not be opened. */
const innermost = (thrown: unknown): unknown => (thrown instanceof Error && thrown.cause ? innermost(thrown.cause) : thrown)

/** A trouble of LevelDB as one of ours: damage, or anything else that keeps it from working. */
export const troubleOf = (thrown: unknown, path: string): TroupeError => {
  if (thrown instanceof TroupeError) return thrown
  const why = describeThrown(innermost(thrown))
  // A file that is gone or was cut short is told as an invalid argument, or as a file that cannot be found.
  const damaged =
    codesOf(thrown).includes('LEVEL_CORRUPTION') ||
    /corrupt|does not exist|missing files|no such file|invalid argument/i.test(why)
  return damaged
    ? new TroupeError('JOURNAL_DAMAGED', `The journal in ${path} is damaged: ${why}`, { cause: thrown })
    : new TroupeError('JOURNAL_UNAVAILABLE', `The journal in ${path} cannot be used: ${why}`, { cause: thrown })
}

/** Changes that are written at once. */
const atOnce = 1_000

/** Copies what can be read and fits its check sum: from the front up to what cannot be read, and from the back. How many rows did not fit. */
export const salvage = async (from: Database, to: Database): Promise<number> => {
  let bad = 0
  let last = ''
  const copy = async (reverse: boolean): Promise<boolean> => {
    let changes: { type: 'put'; key: string; value: Uint8Array }[] = []
    const flush = async () => {
      await to.batch(changes)
      changes = []
    }
    let whole = true
    try {
      for await (const [key, value] of from.iterator({ reverse, ...(reverse ? { gt: last } : {}) })) {
        if (!reverse) last = key
        if (!isSound(key, value)) bad++
        else if (!isRoster(key)) changes.push({ type: 'put', key, value })
        // What is missing is missed only once.
        else if (key === countKey) changes.push(...begunAnew(value))
        if (changes.length >= atOnce) await flush()
      }
    } catch {
      // It does not read on from here; what was read is copied.
      whole = false
    }
    await flush()
    return whole
  }
  if (!(await copy(false))) {
    bad++
    await copy(true)
  }
  return bad
}

const begunAnew = (row: Uint8Array) => {
  const { count } = readCount(row)
  return countRows({ count, base: count }).map(([key, value]) => ({ type: 'put' as const, key, value }))
}

const isSound = (key: string, value: Uint8Array): boolean => {
  try {
    readRow(key, value)
    return true
  } catch {
    return false
  }
}

/** Lets each entry stand on the one that is before it now. */
export const closeHoles = async (database: Database): Promise<void> => {
  const last = new Map<number, number>()
  let changes: { type: 'put'; key: string; value: Uint8Array }[] = []
  for await (const [key, value] of database.iterator()) {
    const entry = entryOf(key)
    if (!entry) continue
    const { bytes, previous } = readRow(key, value)
    const before = last.get(entry.kind) ?? 0
    last.set(entry.kind, entry.offset)
    if (before === previous) continue
    changes.push({ type: 'put', key, value: writeRow(key, bytes, before, value[4] === 1) })
    if (changes.length < atOnce) continue
    await database.batch(changes)
    changes = []
  }
  await database.batch(changes, { sync: true })
}
