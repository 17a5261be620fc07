/** A journal on disk, in LevelDB: one directory, one process at a time. */
import { cpSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { ClassicLevel } from 'classic-level'
import { type Clock, systemClock } from '../../clock.js'
import { TroupeError } from '../../errors.js'
import { needDuration } from '../../given.js'
import type { JournalStore, Soundness, StoreCommit } from '../store.js'
import { disableDamaged, TableCheck } from './check.js'
import { closeHoles, type Database, databaseAt, isLocked, salvage, troubleOf } from './database.js'
import { ensureDirectory } from './directory.js'
import { countKey, entryKey, entryOf, recordKey, records } from './key.js'
import { countRows, isComplete, readCount, roster } from './roster.js'
import { readRow, writeRow } from './row.js'
import { Witness } from './witness.js'

export interface LevelStoreOptions {
  /** Whether LevelDB compresses its blocks with Snappy. Default true. */
  readonly compression?: boolean
  /** Milliseconds to wait for another process that has the directory, as in a rolling restart. Default 0. */
  readonly wait?: number
  /** Where time comes from. Default: the machine's clock. */
  readonly clock?: Clock
}

/** Milliseconds between two looks whether another process has let go. */
const retryDelay = 50

/**
 * A store in a directory, which is made with mode 0700 where there is none. All of its check sums are verified when it is opened. What is
 * damaged is copied to `aside-<time>` in it before it is mended. Throws `INVALID_OPTION` for a wait that is none.
 *
 * @example
 * const journal = await openJournal({ stores: { disk: levelStore('data/journal') } })
 */
export const levelStore = (directory: string, options: LevelStoreOptions = {}): JournalStore => {
  needDuration('The option wait of a store on disk', options.wait)
  return new LevelStore(directory, options)
}

class LevelStore implements JournalStore {
  readonly name: string
  readonly #directory: string
  readonly #path: string
  readonly #options: LevelStoreOptions
  readonly #clock: Clock
  readonly #witness: Witness
  #database: Database | undefined
  /** Commits so far. */
  #count = 0
  /** Commits after this one are named one by one. */
  #base = 0
  #complete = true
  /** The newest offset of each kind. */
  readonly #newest = new Map<number, number>()

  constructor(directory: string, options: LevelStoreOptions) {
    this.name = `directory ${directory}`
    this.#directory = directory
    this.#path = join(directory, 'events')
    this.#options = options
    this.#clock = options.clock ?? systemClock
    this.#witness = new Witness(join(directory, 'witness'))
  }

  async open(): Promise<Soundness> {
    ensureDirectory(this.#directory)
    const fresh = !existsSync(this.#path)
    const seen = this.#witness.read()
    if (fresh) mkdirSync(this.#path, { mode: 0o700 })
    try {
      await this.#acquire(new TableCheck(this.#path))
      await this.#look()
    } catch (thrown) {
      const trouble = troubleOf(thrown, this.#path)
      if (trouble.code !== 'JOURNAL_DAMAGED') throw trouble
      return this.#mend(trouble.message)
    }
    if (fresh && seen === undefined) return {}
    const missing = this.#missing(seen)
    return missing === undefined ? {} : this.#mend(`The journal in ${this.#path} may be incomplete: ${missing}.`)
  }

  async *records(): AsyncGenerator<readonly [key: string, bytes: Uint8Array], void, void> {
    try {
      for await (const [key, row] of this.#open.iterator(records))
        yield [key.slice(recordKey('').length), readRow(key, row).bytes]
    } catch (thrown) {
      throw troubleOf(thrown, this.#path)
    }
  }

  async commit({ entries, records, trims }: StoreCommit): Promise<void> {
    if (!this.#database) await this.#acquire()
    const database = this.#open
    const newest = new Map(this.#newest)
    const batch = database.batch()
    for (const { kind, offset, bytes, compress } of entries) {
      const key = entryKey(kind, offset)
      batch.put(key, writeRow(key, bytes, newest.get(kind), compress))
      newest.set(kind, offset)
    }
    for (const [name, bytes] of records) {
      const key = recordKey(name)
      if (bytes) batch.put(key, writeRow(key, bytes))
      else batch.del(key)
    }
    const count = this.#count + 1
    for (const [key, row] of countRows({ count, base: this.#base })) batch.put(key, row)
    try {
      await batch.write({ sync: true })
    } catch (thrown) {
      // After a write that failed LevelDB takes no more until it is opened anew; what was half written is dropped then.
      this.#database = undefined
      await database.close().catch(() => {})
      throw troubleOf(thrown, this.#path)
    }
    this.#count = count
    for (const [kind, offset] of newest) this.#newest.set(kind, offset)
    this.#attest()
    for (const { kind, upTo } of trims) await database.clear({ gt: entryKey(kind, 0), lte: entryKey(kind, upTo) })
  }

  async read(kind: number, after: number, until: number, limit: number) {
    const rows: { offset: number; bytes: Uint8Array }[] = []
    let before = after
    try {
      for (const [key, row] of await this.#open.iterator(this.#range(kind, after, until, limit)).all()) {
        const { bytes, previous } = readRow(key, row)
        const offset = entryOf(key)?.offset ?? Number.NaN
        // The first one's may be any that is not wanted; the others stand on each other.
        if (!(rows.length === 0 ? previous <= after : previous === before)) throw hole(this.#path, before, offset)
        rows.push({ offset, bytes })
        before = offset
      }
      const newest = this.#newest.get(kind) ?? 0
      if (rows.length < limit && newest > after && newest <= until && before !== newest) throw hole(this.#path, before, newest)
    } catch (thrown) {
      throw troubleOf(thrown, this.#path)
    }
    return rows
  }

  mend(): Promise<Soundness> {
    return this.#mend(`The journal in ${this.#path} was found damaged.`)
  }

  async close(): Promise<void> {
    const database = this.#database
    this.#database = undefined
    await database?.close()
    this.#witness.close()
  }

  get #compression(): boolean {
    return this.#options.compression ?? true
  }

  get #open(): Database {
    if (this.#database) return this.#database
    throw new TroupeError('JOURNAL_UNAVAILABLE', `The journal in ${this.#path} is not open; it is opened with the next commit.`)
  }

  #range(kind: number, after: number, until: number, limit: number) {
    return { gt: entryKey(kind, after), lte: entryKey(kind, until), limit }
  }

  /** Waits for its turn where another process has the directory. Throws `JOURNAL_DAMAGED` before it opens what `check` finds damaged. */
  async #acquire(check?: TableCheck): Promise<void> {
    const end = this.#clock.now() + (this.#options.wait ?? 0)
    for (;;) {
      const damaged = (await check?.damaged()) ?? []
      if (damaged.length > 0)
        throw new TroupeError(
          'JOURNAL_DAMAGED',
          `The journal in ${this.#path} is damaged: ${damaged.join(', ')} changed by itself.`,
        )
      const database = databaseAt(this.#path, this.#compression)
      try {
        await database.open()
        this.#database = database
        return
      } catch (thrown) {
        await database.close().catch(() => {})
        if (!isLocked(thrown)) throw troubleOf(thrown, this.#path)
        if (this.#clock.now() >= end)
          throw new TroupeError(
            'JOURNAL_UNAVAILABLE',
            `Another process has the journal in ${this.#path}; end it, or give this one another directory.`,
            { cause: thrown },
          )
      }
      await new Promise<void>((resolve) => void this.#clock.after(retryDelay, resolve))
    }
  }

  /** Finds out how far it goes. */
  async #look(): Promise<void> {
    const found = readCount(await this.#open.get(countKey))
    this.#count = found.count
    this.#base = found.base
    this.#complete = isComplete(await this.#open.iterator(roster).all(), found)
    this.#newest.clear()
    // Kinds are few and numbered from 1 without holes; the last key of each is found at once.
    for (let kind = 1; ; kind++) {
      const [last] = await this.#open.keys({ ...this.#range(kind, 0, Number.MAX_SAFE_INTEGER, 1), reverse: true }).all()
      if (last) this.#newest.set(kind, entryOf(last)?.offset ?? 0)
      const [more] = await this.#open.keys({ gt: entryKey(kind, Number.MAX_SAFE_INTEGER), lt: 'f', limit: 1 }).all()
      if (!more) return
    }
  }

  #missing(seen: number | undefined): string | undefined {
    if (seen === undefined || Number.isNaN(seen)) return 'its witness cannot be read'
    if (this.#count < seen) return 'commits are missing at its end'
    return this.#complete ? undefined : 'commits are missing in its middle'
  }

  async #mend(why: string): Promise<Soundness> {
    const aside = join(this.#directory, `aside-${new Date(this.#clock.now()).toISOString().replaceAll(/[:.]/g, '-')}`)
    const database = this.#database
    this.#database = undefined
    await database?.close().catch(() => {})
    try {
      cpSync(this.#path, aside, { recursive: true })
      const bad = await this.#rebuild()
      await this.#acquire()
      await this.#look()
      this.#attest()
      const found = bad > 0 ? ' Some of it could not be read.' : ''
      return { lost: `${why}${found} What can be read goes on as another epoch; what was there is in ${aside}.` }
    } catch (thrown) {
      const trouble = troubleOf(thrown, this.#path)
      throw new TroupeError('JOURNAL_UNAVAILABLE', `${why} It could not be mended: ${trouble.message}`, { cause: thrown })
    }
  }

  /** Makes the database anew from what can be read of it. How much could not. */
  async #rebuild(): Promise<number> {
    const [mended, old] = [`${this.#path}-mended`, `${this.#path}-old`]
    for (const left of [mended, old]) rmSync(left, { recursive: true, force: true })
    let bad = disableDamaged(this.#path)
    await ClassicLevel.repair(this.#path)
    const fresh = databaseAt(mended, this.#compression)
    try {
      await this.#acquire()
      bad += await salvage(this.#open, fresh)
      await closeHoles(fresh)
    } finally {
      await fresh.close()
      await this.#database?.close()
      this.#database = undefined
    }
    renameSync(this.#path, old)
    renameSync(mended, this.#path)
    rmSync(old, { recursive: true, force: true })
    return bad
  }

  #attest(): void {
    this.#witness.write(this.#count)
  }
}

const hole = (path: string, after: number, before: number): TroupeError =>
  new TroupeError('JOURNAL_DAMAGED', `The journal in ${path} has a hole between the offsets ${after} and ${before}.`)
