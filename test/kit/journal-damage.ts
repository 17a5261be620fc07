/** Damages a journal on disk at random places, and sees what is said of it. Its arguments: a directory, a seed, the first round, how many. */
import assert from 'node:assert/strict'
import { cpSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '../../src/clock.js'
import type { TroupeError } from '../../src/errors.js'
import { createSeededIds } from '../../src/ids.js'
import type { Journal } from '../../src/journal/journal.js'
import { levelStore } from '../../src/journal/level/index.js'
import { openJournal } from '../../src/journal/open.js'
import type { Envelope } from '../../src/protocol/envelope.js'

const [, , root = '', seed = '1', from = '0', rounds = '1'] = process.argv
// Written by the test, from what it was given.
const known = JSON.parse(readFileSync(join(root, 'known.json'), 'utf8')) as { epoch: string; entries: Envelope[] }
const entries = new Map(known.entries.map((envelope) => [envelope.offset, envelope]))

const openAt = (dir: string, told: TroupeError[]): Promise<Journal> =>
  openJournal({ stores: { disk: levelStore(dir) }, recent: { messages: 1 }, onError: (error) => void told.push(error) })

const filesIn = (dir: string): string[] =>
  readdirSync(dir, { recursive: true, encoding: 'utf8' }).filter((name) => statSync(join(dir, name)).isFile())

const readFrom = async (journal: Journal, offset: number): Promise<Envelope[]> => {
  const found: Envelope[] = []
  for (let cursor = { epoch: journal.epoch, offset }, more = true; more; ) {
    const page = await journal.read(cursor, () => true, 100)
    found.push(...page.entries)
    cursor = { ...page.cursor }
    more = page.more
  }
  return found
}

/** What is there is as it was; answers how much is there. */
const audit = async (journal: Journal): Promise<number> => {
  const found = (await readFrom(journal, 0)).filter(({ topic }) => topic.startsWith('t'))
  for (const envelope of found) assert.deepEqual(envelope, entries.get(envelope.offset))
  for (const [key, value] of journal.records.list('life/')) assert.equal(`life/${value}`, key)
  return found.length
}

const play = async (round: number): Promise<void> => {
  const ids = createSeededIds(Number(seed) * 1_000 + round, () => systemClock.now())
  const below = (limit: number) => Math.floor(ids.random() * limit)
  const dir = join(root, `round-${round}`)
  cpSync(join(root, 'taken'), dir, { recursive: true })
  const files = filesIn(dir).filter((name) => statSync(join(dir, name)).size > 0)
  const path = join(dir, files[below(files.length)] ?? '')
  const bytes = readFileSync(path)
  const at = below(bytes.length)
  const cut = ids.random() < 0.4
  if (cut) truncateSync(path, at)
  else {
    bytes[at] = (bytes[at] ?? 0) ^ (1 << below(8))
    writeFileSync(path, bytes)
  }
  const what = `seed ${seed}, round ${round}: ${path} ${cut ? 'cut' : 'changed'} at ${at}`
  const told: TroupeError[] = []
  const journal = await openAt(dir, told)
  const counts = [await audit(journal), await audit(journal)]
  const damaged = told.some(({ code }) => code === 'JOURNAL_DAMAGED')
  if (counts.some((count) => count < entries.size)) assert.equal(damaged, true, what)
  assert.equal(journal.epoch !== known.epoch, damaged, what)
  if (damaged) {
    assert.ok(
      filesIn(dir).some((name) => name.startsWith('aside-')),
      what,
    )
    const stale = await journal.read({ epoch: known.epoch, offset: 5 }, () => true)
    assert.deepEqual([stale.entries, stale.cursor.epoch], [[], journal.epoch])
    assert.ok(stale.gaps.every(({ reason }) => reason === 'epoch'))
  }
  // It is as good as new for what comes.
  const next = journal.append('t0', { type: 'message', from: 'x', body: 'after' }, { source: 'x', priority: 'normal' })
  assert.equal(entries.has(next.offset), false, what)
  await journal.close()
  const later: TroupeError[] = []
  const again = await openAt(dir, later)
  assert.deepEqual([await readFrom(again, next.offset - 1), later], [[next], []], what)
  await again.close()
  rmSync(dir, { recursive: true, force: true })
}

for (let round = Number(from); round < Number(rounds); round++) {
  process.send?.(round)
  await play(round)
}
process.disconnect?.()
