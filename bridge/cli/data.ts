/** `--data`: a journal in a directory, and what lived on it before. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Journal } from '../../src/journal/journal.js'
import { levelStore } from '../../src/journal/level/index.js'
import { openJournal } from '../../src/journal/open.js'
import type { Recovered } from '../../src/recovery/recover.js'
import type { Log } from './log.js'

/** Milliseconds that another process may take to let go of the directory, as in a rolling restart. */
const patience = 60_000

/** The directory is made with mode 0700 where there is none. Rejects with `JOURNAL_UNAVAILABLE` where another process keeps it. */
export const openData = (directory: string, log: Log): Promise<Journal> => {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  return openJournal({
    stores: { disk: levelStore(join(directory, 'journal'), { wait: patience }) },
    onError: (error, where) => log.error(`${where}: ${error.message}`),
  })
}

const named = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`

/** Says what was brought back, where there was something. */
export const sayRecovered = (recovered: Recovered, log: Log): void => {
  const { agents, tasks, swarms, ballots, schedules, letters, aside } = recovered
  const counts = [
    ...(
      [
        ['agent', agents],
        ['task', tasks],
        ['swarm', swarms],
        ['ballot', ballots],
        ['schedule', schedules],
      ] as const
    ).map(([what, ids]) => [what, ids.length] as const),
    ['message', letters] as const,
  ].filter(([, count]) => count > 0)
  if (counts.length > 0)
    log.say({ event: 'recovered', ...recovered }, `brought back ${counts.map(([what, count]) => named(count, what)).join(', ')}`)
  for (const { kind, id, reason } of aside) log.error(`${kind} ${id} was set aside: ${reason}`)
}
