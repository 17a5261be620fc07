/** Measures a journal on disk against bare LevelDB that is given the same bytes in batches of the same size. `npx tsx scripts/journal.ts` */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ClassicLevel } from 'classic-level'
import { systemClock } from '../src/clock.js'
import { createIds } from '../src/ids.js'
import { encodeEntry } from '../src/journal/entry.js'
import { levelStore } from '../src/journal/level/index.js'
import { createMemoryJournal } from '../src/journal/memory.js'
import { openJournal } from '../src/journal/open.js'

const events = 100_000
const batch = 1_000
const body = { text: 'a line of what an agent has to say about the file that it read', line: 7, done: false }
const options = { source: 'ada', priority: 'normal' } as const
const root = mkdtempSync(join(tmpdir(), 'troupe-measure-'))
const told = (what: string, begun: number): number => {
  const rate = Math.round((events / (performance.now() - begun)) * 1_000)
  console.log(`${what}: ${rate.toLocaleString('en')}/s`)
  return rate
}
const topicOf = (n: number) => `team.t${n % 100}`

const journalRate = async (round: number): Promise<number> => {
  const journal = await openJournal({ stores: { disk: levelStore(join(root, `journal-${round}`)) } })
  const from = journal.head
  const begun = performance.now()
  for (let n = 0; n < events; n++) {
    journal.append(topicOf(n), { type: 'message', from: 'ada', body }, options)
    if (n % batch === batch - 1) await journal.committed()
  }
  const rate = told('journal, kept and synced', begun)
  await journal.close()
  const again = await openJournal({ stores: { disk: levelStore(join(root, `journal-${round}`)) } })
  const reading = performance.now()
  let count = 0
  for (let cursor = { epoch: again.epoch, offset: from }; ; ) {
    const page = await again.read(cursor, () => true, batch)
    count += page.entries.length
    cursor = { ...page.cursor }
    if (!page.more) break
  }
  if (count !== events) throw new Error(`Expected ${events} events; got ${count}.`)
  told('journal, read again', reading)
  await again.close()
  return rate
}

const bareRate = async (round: number): Promise<number> => {
  const memory = createMemoryJournal({ clock: systemClock, ids: createIds() })
  const level = new ClassicLevel<string, Uint8Array>(join(root, `bare-${round}`), { valueEncoding: 'view' })
  await level.open()
  const begun = performance.now()
  for (let n = 0; n < events; ) {
    const writes = level.batch()
    for (let at = 0; at < batch; at++, n++) {
      const envelope = memory.append(topicOf(n), { type: 'message', from: 'ada', body }, options)
      writes.put(String(envelope.offset).padStart(16, '0'), encodeEntry(envelope))
    }
    await writes.write({ sync: true })
  }
  const rate = told('memory journal, encoded into bare LevelDB, synced', begun)
  await level.close()
  return rate
}

const ratios: number[] = []
for (let round = 0; round < 4; round++) {
  const bare = await bareRate(round)
  ratios.push((await journalRate(round)) / bare)
}
console.log(`journal ÷ bare: ${ratios.map((ratio) => ratio.toFixed(2)).join(', ')}`)
rmSync(root, { recursive: true, force: true })
