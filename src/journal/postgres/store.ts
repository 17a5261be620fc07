/** A journal in PostgreSQL: one schema, one writer at a time. */
import { Buffer } from 'node:buffer'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import pg from 'pg'
import { type Clock, systemClock } from '../../clock.js'
import { describeThrown, TroupeError } from '../../errors.js'
import { needDuration } from '../../given.js'
import type { JournalStore, Soundness, StoreCommit, StoredEntry } from '../store.js'
import { claimOf, commitOf, readOf, recordsOf, tablesOf, version } from './statements.js'

export interface PostgresStoreOptions extends Omit<pg.ClientConfig, 'statement_timeout'> {
  /** The schema that holds its tables, made where there is none: lower-case letters, digits and `_`. Default `troupe`. */
  readonly schema?: string
  /** Milliseconds to wait for another process that writes to the schema, as in a rolling restart. Default 0. */
  readonly wait?: number
  /** Where time comes from. Default: the machine's clock. */
  readonly clock?: Clock
}

/** Milliseconds until a connection that is not made, or a statement that is not answered, is given up. */
const patience = 10_000
/** Milliseconds between two looks whether another process has let go. */
const retryDelay = 50
/** Records that are read at once. */
const page = 1_000
/** Fewer bytes are not worth compressing. */
const worthCompressing = 256

/**
 * A store in a PostgreSQL database. A connection that is lost is made anew with the next commit. Throws `INVALID_OPTION` for a schema or a
 * wait that is none.
 *
 * @example
 * const journal = await openJournal({ stores: { database: postgresStore({ connectionString: process.env.DATABASE_URL }) } })
 */
export const postgresStore = (options: PostgresStoreOptions): JournalStore => {
  const { schema = 'troupe' } = options
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(schema))
    throw new TroupeError(
      'INVALID_OPTION',
      `The option schema of a store in PostgreSQL expects lower-case letters, digits and _; got ${JSON.stringify(schema)}.`,
    )
  needDuration('The option wait of a store in PostgreSQL', options.wait)
  return new PostgresStore(schema, options)
}

class PostgresStore implements JournalStore {
  readonly name: string
  readonly #schema: string
  readonly #options: PostgresStoreOptions
  readonly #clock: Clock
  #client: pg.Client | undefined
  #turn: Promise<unknown> = Promise.resolve()
  /** The number of this process among those that wrote. */
  #writer: string | undefined

  constructor(schema: string, options: PostgresStoreOptions) {
    this.name = `schema ${schema}`
    this.#schema = schema
    this.#options = options
    this.#clock = options.clock ?? systemClock
  }

  async open(): Promise<Soundness> {
    await this.#asked(async () => {
      const client = await this.#connected()
      await client.query(tablesOf(this.#schema))
      const { rows } = await client.query<{ writer: string; version: number }>(claimOf(this.#schema))
      const [row] = rows
      if (row?.version !== version)
        throw new TroupeError(
          'JOURNAL_UNAVAILABLE',
          `The tables in ${this.name} are of version ${row?.version}; this Troupe knows version ${version}. Use the Troupe that made them, or another schema.`,
        )
      this.#writer = row.writer
    })
    return {}
  }

  async *records(): AsyncGenerator<readonly [key: string, bytes: Uint8Array], void, void> {
    for (let after = Buffer.alloc(0); ; ) {
      const rows = await this.#asked(async () => {
        const client = await this.#connected()
        return (await client.query<{ key: Buffer<ArrayBuffer>; bytes: Buffer }>(recordsOf(this.#schema), [after, page])).rows
      })
      for (const { key, bytes } of rows) yield [key.toString('utf8'), bytes]
      const last = rows.at(-1)
      if (!last || rows.length < page) return
      after = last.key
    }
  }

  async commit({ entries, records, trims }: StoreCommit): Promise<void> {
    const kept = records.flatMap(([key, bytes]) => (bytes ? [[Buffer.from(key), Buffer.from(bytes)] as const] : []))
    const rows = entries.map(asRow)
    const { rowCount } = await this.#asked(async () => {
      const client = await this.#connected()
      return client.query({
        name: 'commit',
        text: commitOf(this.#schema),
        values: [
          this.#writer,
          ...[entries.map(({ kind }) => kind), entries.map(({ offset }) => offset), entries.map(({ topic }) => topic)],
          ...[
            entries.map(({ timestamp }) => Math.floor(timestamp)),
            rows.map(({ small }) => small),
            rows.map(({ bytes }) => bytes),
          ],
          ...[kept.map(([key]) => key), kept.map(([, bytes]) => bytes)],
          records.flatMap(([key, bytes]) => (bytes ? [] : [Buffer.from(key)])),
          ...[trims.map(({ kind }) => kind), trims.map(({ upTo }) => upTo)],
        ],
      })
    })
    if (rowCount !== 1)
      throw new TroupeError(
        'JOURNAL_UNAVAILABLE',
        `Another process has written to ${this.name} since; this one has to begin anew.`,
      )
  }

  async read(kind: number, after: number, until: number, limit: number) {
    const rows = await this.#asked(async () => {
      const client = await this.#connected()
      const values = [kind, after, until, limit]
      return (await client.query<{ offset: string; compressed: boolean; bytes: Buffer }>(readOf(this.#schema), values)).rows
    })
    return rows.map(({ offset, compressed, bytes }) => ({
      offset: Number(offset),
      bytes: compressed ? inflateRawSync(bytes) : bytes,
    }))
  }

  /** The database looks after itself. */
  async mend(): Promise<Soundness> {
    return {}
  }

  async close(): Promise<void> {
    await this.#turn
    const client = this.#client
    this.#client = undefined
    await client?.end()
  }

  /** A connection that failed is not used again: what it was asked may or may not have been done. */
  #asked<R>(ask: () => Promise<R>): Promise<R> {
    // One question at a time, as the protocol has it.
    const answer = this.#turn.then(() => this.#answered(ask))
    this.#turn = answer.catch(() => {})
    return answer
  }

  async #answered<R>(ask: () => Promise<R>): Promise<R> {
    try {
      return await ask()
    } catch (thrown) {
      const client = this.#client
      this.#client = undefined
      // It may never end by itself.
      void client?.end().catch(() => {})
      if (thrown instanceof TroupeError) throw thrown
      throw new TroupeError('JOURNAL_UNAVAILABLE', `PostgreSQL cannot be used: ${describeThrown(thrown)}`, { cause: thrown })
    }
  }

  /** The connection, which has the schema to itself as long as it lives. */
  async #connected(): Promise<pg.Client> {
    if (this.#client) return this.#client
    const { schema: _, wait = 0, clock: __, ...config } = this.#options
    const client = new pg.Client({ connectionTimeoutMillis: patience, query_timeout: patience, keepAlive: true, ...config })
    client.on('error', () => {
      if (this.#client === client) this.#client = undefined
    })
    try {
      await client.connect()
      await client.query('set synchronous_commit to on')
      await this.#lock(client, this.#clock.now() + wait)
    } catch (thrown) {
      void client.end().catch(() => {})
      throw thrown
    }
    this.#client = client
    return client
  }

  async #lock(client: pg.Client, end: number): Promise<void> {
    for (;;) {
      const text = `select pg_try_advisory_lock(hashtext('troupe journal'), hashtext($1)) as mine`
      const { rows } = await client.query<{ mine: boolean }>(text, [this.#schema])
      if (rows[0]?.mine) return
      if (this.#clock.now() >= end)
        throw new TroupeError(
          'JOURNAL_UNAVAILABLE',
          `Another process writes to ${this.name}; end it, or give this one another schema.`,
        )
      await new Promise<void>((resolve) => void this.#clock.after(retryDelay, resolve))
    }
  }
}

const asRow = ({ bytes, compress }: StoredEntry): { small: boolean; bytes: Buffer } => {
  const small = compress && bytes.length >= worthCompressing ? deflateRawSync(bytes) : undefined
  if (small && small.length < bytes.length) return { small: true, bytes: small }
  return { small: false, bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) }
}
