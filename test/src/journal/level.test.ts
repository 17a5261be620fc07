import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createMemoryJournal, openJournal, systemClock } from 'troupe'
import { levelStore } from 'troupe/journal/level'
import { createIds } from '../../../src/ids.js'
import { holdToContract } from '../../kit/journal-contract.js'

const clock = systemClock
const ids = createIds()

holdToContract('memory', async () => ({
  open: async () => createMemoryJournal({ clock, ids }),
  lasts: false,
  durability: 'memory',
  end: async () => {},
}))

holdToContract('a directory', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'troupe-journal-'))
  return {
    open: ({ topics = [], recent } = {}) =>
      openJournal({
        stores: { disk: levelStore(dir) },
        topics,
        ...(recent === undefined ? {} : { recent: { messages: recent } }),
      }),
    lasts: true,
    durability: 'disk',
    end: () => rm(dir, { recursive: true, force: true }),
  }
})
