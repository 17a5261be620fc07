/** `openJournal`: a journal on what was kept in its stores before. */
import { type Clock, systemClock } from '../clock.js'
import { TroupeError } from '../errors.js'
import { needCount } from '../given.js'
import { createIds, type Ids } from '../ids.js'
import type { Envelope } from '../protocol/envelope.js'
import { Counters } from './counters.js'
import { encodeValue } from './entry.js'
import type { Journal } from './journal.js'
import { Kinds, type StoredKind } from './kinds.js'
import { Ledger } from './ledger.js'
import { checkRules, type Durability, defaultRules, type TopicRule } from './rules.js'
import { find, keys, restore } from './state.js'
import type { JournalStore } from './store.js'
import { StoredJournal } from './stored.js'

export interface OpenJournalOptions {
  /** Where things are kept: `levelStore` of `troupe/journal/level`, `postgresStore` of `troupe/journal/postgres`, or both. With both, records are on disk: so leave the topics of agents, tasks and swarms there, as what is written to two stores is in the one earlier than in the other. */
  readonly stores: { readonly disk?: JournalStore; readonly database?: JournalStore }
  /**
   * Which topics are kept where, and for how long; the first that covers a topic holds. Default, and after those that are given: figures and
   * heartbeats (`#.metrics`, `#.heartbeat`, `system.traffic`) in memory, the newest 20,000 of each; `#.output` and `#.progress` 7 days, the
   * newest 200,000 of each; `system.audit` 30 days, the newest 200,000; all else 30 days, the newest 1,000,000; on disk, or in the database where that is all there is.
   */
  readonly topics?: readonly TopicRule[]
  readonly clock?: Clock
  readonly ids?: Ids
  /** The newest entries that stay in memory as well, so that a client that comes back soon waits for no disk. Default 20,000, of 33,554,432 bytes. */
  readonly recent?: { readonly messages?: number; readonly bytes?: number }
  /** Bytes that may wait to be written; beyond, `refusal` says why nothing new is taken in. Default 33,554,432. */
  readonly pending?: number
  /** Told of damage, of stores that cannot be written, and when they can again. Default: one line on the console. */
  readonly onError?: (error: TroupeError, where: string) => void
}

/** Topics that are counted before those of which nothing is kept are forgotten. */
const topicsCounted = 150_000
/** Names of topics in memory that are remembered for the next life. */
const namesRemembered = 10_000

/**
 * Opens a journal that outlives the process. Throws `INVALID_OPTION` for options that make no sense, `JOURNAL_UNAVAILABLE` where a store
 * cannot be reached, is in use, or belongs to another journal. Close it after the system that it was given to was stopped.
 *
 * @example
 * const journal = await openJournal({ stores: { disk: levelStore('data/journal') } })
 * const system = createSystem({ journal })
 */
export const openJournal = async (options: OpenJournalOptions): Promise<Journal> => {
  const { stores, clock = systemClock, ids = createIds(() => clock.now()), recent = {}, pending = 33_554_432 } = options
  const { onError = (error, where) => console.error(`troupe: ${where}: ${error.message}`) } = options
  const given = (['disk', 'database'] as const).filter((durability) => stores[durability])
  const [first] = given
  if (!first)
    throw new TroupeError(
      'INVALID_OPTION',
      'A journal expects stores.disk or stores.database; createMemoryJournal needs neither.',
    )
  const rules = [...(options.topics ?? []), ...defaultRules(first)]
  checkRules(rules, ['memory', ...given] satisfies Durability[])
  needCount('The option recent.messages of a journal', recent.messages)
  needCount('The option recent.bytes of a journal', recent.bytes)
  needCount('The option pending of a journal', pending, 1)
  const opened = given.flatMap((durability) => stores[durability] ?? [])
  try {
    return await begin(opened, (durability) => storeOf(stores, durability), rules, {
      ...{ clock, ids, report: (where, error) => onError(error, where) },
      limits: {
        ...{ names: namesRemembered, pending },
        ...{ recent: recent.messages ?? 20_000, recentBytes: recent.bytes ?? 33_554_432 },
      },
    })
  } catch (thrown) {
    for (const store of opened) await store.close()
    throw thrown
  }
}

const storeOf = (stores: OpenJournalOptions['stores'], durability: 'disk' | 'database'): JournalStore => {
  const store = stores[durability]
  if (store) return store
  throw new TroupeError(
    'INVALID_OPTION',
    `This journal was kept in stores.${durability} too, which was not given; give it, so that what is there can be read.`,
  )
}

type Given = Pick<ConstructorParameters<typeof StoredJournal>[0], 'clock' | 'ids' | 'report' | 'limits'>

const begin = async (
  opened: readonly JournalStore[],
  at: (durability: 'disk' | 'database') => JournalStore,
  rules: readonly TopicRule[],
  given: Given,
): Promise<Journal> => {
  // There is at least one, as was checked.
  const main = opened[0] as JournalStore
  const lost: string[] = []
  for (const store of opened) {
    const soundness = await store.open()
    if (soundness.lost !== undefined) lost.push(soundness.lost)
  }
  /** What turns out to be damaged while it is read is mended, and read once more. */
  const sound = async <R>(read: () => Promise<R>): Promise<R> => {
    try {
      return await read()
    } catch (thrown) {
      if (!(thrown instanceof TroupeError && thrown.code === 'JOURNAL_DAMAGED')) throw thrown
      for (const store of opened) lost.push((await store.mend()).lost ?? thrown.message)
      return read()
    }
  }
  const found = await sound(() => find(main))
  const counting: { forgotten(count: string): void } = { forgotten: () => {} }
  const fleeting = new Counters({ limit: topicsCounted })
  const gone = (entry: Envelope) => fleeting.gone(entry)
  const counters = { limit: topicsCounted, forgotten: (count: string) => counting.forgotten(count) }
  const kinds = (known: readonly StoredKind[]) => new Kinds(rules, known, at, gone)
  const restored = await sound(() => restore(found, lost.length > 0, counters, kinds))
  const ledger = new Ledger(found, restored, given.ids, lost.length > 0)
  counting.forgotten = (count) => ledger.forgotten(count)
  for (const store of opened) await claim(store, main, ledger.family)
  const { names, records } = found
  const journal = new StoredJournal({
    ...given,
    ...{ ledger, fleeting, names, records, main, stores: opened, head: restored.head },
  })
  // Nothing is said before the offsets that may be given out are set aside.
  await journal.begin()
  for (const sentence of lost) given.report('the journal', new TroupeError('JOURNAL_DAMAGED', sentence))
  return journal
}

/** What stands in a store besides the main one has to be of the same journal. */
const claim = async (store: JournalStore, main: JournalStore, family: string): Promise<void> => {
  if (store === main) return
  const found = await find(store)
  if (found.family === family) return
  if (found.family !== undefined || found.state)
    throw new TroupeError(
      'JOURNAL_UNAVAILABLE',
      `What is in the ${store.name} belongs to another journal than what is in the ${main.name}; give each journal a place of its own.`,
    )
  await store.commit({ entries: [], records: [[keys.family, encodeValue(family)]], trims: [] })
}
