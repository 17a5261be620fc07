/** The journal of `troupe up`: in a directory, in a database, or both. */
import { join } from 'node:path'
import { describeThrown, TroupeError } from '../../src/errors.js'
import type { Journal } from '../../src/journal/journal.js'
import { ensureDirectory } from '../../src/journal/level/directory.js'
import { levelStore } from '../../src/journal/level/index.js'
import { openJournal } from '../../src/journal/open.js'
import { postgresStore } from '../../src/journal/postgres/index.js'
import type { System } from '../../src/system/system.js'
import type { Log } from './log.js'

/** Milliseconds that a process which begins waits for the one before it to let go, as in a rolling restart. */
const wait = 30_000

export interface Kept {
  readonly journal: Journal
  /** From now on the system says what happens to the journal, and what has happened already. */
  tell(system: System): void
}

/** The directory of `--data`: what is in it is nobody else's to read. Throws `INVALID_OPTION` where it cannot be. */
export const makeDirectory = (path: string): void => {
  try {
    ensureDirectory(path)
  } catch (thrown) {
    const why = describeThrown(thrown)
    throw new TroupeError(
      'INVALID_OPTION',
      `--data expects a directory that can be made or written; ${path} cannot (${why}). Name another.`,
      {
        cause: thrown,
      },
    )
  }
}

/** Undefined where nothing is to be kept. */
export const openKept = async (
  { data, database }: { readonly data?: string; readonly database?: string },
  log: Log,
): Promise<Kept | undefined> => {
  if (data === undefined && database === undefined) return undefined
  const early: (readonly [where: string, error: TroupeError])[] = []
  let report = (where: string, error: TroupeError) => {
    log.error(`${where}: ${error.message}`)
    early.push([where, error])
  }
  const journal = await openJournal({
    stores: {
      ...(data === undefined ? {} : { disk: levelStore(join(data, 'journal'), { wait }) }),
      ...(database === undefined ? {} : { database: postgresStore({ connectionString: database, wait }) }),
    },
    onError: (error, where) => report(where, error),
  })
  return {
    journal,
    tell(system) {
      report = (where, error) => system.report(where, error)
      for (const [where, error] of early) system.report(where, error)
    },
  }
}

/** What could not be kept is told: nobody was told that it was. */
export const closeKept = async ({ journal }: System, log: Log): Promise<void> => {
  try {
    await journal.close()
  } catch (thrown) {
    log.error(`the journal could not be closed in order: ${describeThrown(thrown)}`)
  }
}
