/** Lives of one system, one after the other, on one journal: each ends in the middle, as a process that is killed. */
import { createManualClock, type ManualClock } from '../../src/clock.js'
import { createSeededIds } from '../../src/ids.js'
import type { Journal, Records, SyncJournal } from '../../src/journal/journal.js'
import { createMemoryJournal } from '../../src/journal/memory.js'
import { createSystem, type System, type SystemOptions } from '../../src/system/system.js'

/** What a killed process still says reaches nobody, and nothing. */
const until = (dead: () => boolean, journal: SyncJournal): Journal => {
  const records: Records = {
    get: (key) => journal.records.get(key),
    put: (key, value) => (dead() ? undefined : journal.records.put(key, value)),
    delete: (key) => (dead() ? undefined : journal.records.delete(key)),
    list: (prefix) => journal.records.list(prefix),
  }
  return {
    records,
    get epoch() {
      return journal.epoch
    },
    get head() {
      return journal.head
    },
    get durable() {
      return journal.durable
    },
    get refusal() {
      return journal.refusal
    },
    append(topic, event, options) {
      if (!dead()) return journal.append(topic, event, options)
      const { epoch, head } = journal
      return { id: 'dead', topic, seq: 0, epoch, offset: head, timestamp: 0, source: '', priority: 'normal', event }
    },
    read: (cursor, wanted, limit) => journal.read(cursor, wanted, limit),
    committed: (offset) => journal.committed(offset),
    onCommit: (run) => journal.onCommit(run),
    close: () => journal.close(),
  }
}

export interface Life {
  readonly system: System
  readonly clock: ManualClock
  readonly errors: string[]
  /** Ends it in the middle: from now on nothing of it reaches the journal. */
  kill(): void
}

export const createLives = () => {
  const start = createManualClock()
  const journal = createMemoryJournal({ clock: start, ids: createSeededIds(1, () => start.now()) })
  let now = start.now()
  let seed = 1
  return {
    journal,
    /** A life that begins `later` ms after the one before was killed. */
    begin(later = 1_000, options: Omit<SystemOptions, 'clock' | 'journal'> = {}): Life {
      const clock = createManualClock(now + later)
      const errors: string[] = []
      let dead = false
      const ids = createSeededIds(++seed, () => clock.now())
      const onError: SystemOptions['onError'] = (error, where) => void (dead || errors.push(`${where}: ${error.message}`))
      const system = createSystem({ ids, onError, ...options, clock, journal: until(() => dead, journal) })
      const kill = () => {
        dead = true
        now = clock.now()
      }
      return { system, clock, errors, kill }
    },
  }
}
