import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Journal, openJournal, systemClock, type TroupeError } from 'troupe'
import { levelStore } from 'troupe/journal/level'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createSeededIds } from '../../../src/ids.js'
import type { Envelope } from '../../../src/protocol/envelope.js'
import { readAll, say } from '../../kit/journal-contract.js'

const seed = Number(process.env['DAMAGE_SEED'] ?? Date.now() % 1_000_000)
const rounds = Number(process.env['DAMAGE_ROUNDS'] ?? 25)

const root = mkdtempSync(join(tmpdir(), 'troupe-damage-'))
const whole = join(root, 'whole')
const entries = new Map<number, Envelope>()
let epoch = ''

const openAt = async (dir: string, told: TroupeError[]): Promise<Journal> =>
  openJournal({ stores: { disk: levelStore(dir) }, recent: { messages: 1 }, onError: (error) => void told.push(error) })

const filesIn = (dir: string): string[] =>
  readdirSync(dir, { recursive: true, encoding: 'utf8' }).filter((name) => statSync(join(dir, name)).isFile())

beforeAll(async () => {
  for (let life = 0; life < 4; life++) {
    const journal = await openAt(whole, [])
    epoch = journal.epoch
    for (let n = 0; n < 300; n++) {
      const envelope = say(journal, `t${n % 7}${n % 3 === 0 ? '.output' : ''}`, `body ${life} ${n} ${'x'.repeat(n)}`)
      entries.set(envelope.offset, envelope)
      if (n % 50 === 0) await journal.committed()
    }
    journal.records.put(`life/${life}`, life)
    await journal.committed()
    // The last one is taken as it is when the process ends without a word.
    if (life === 3) cpSync(whole, join(root, 'taken'), { recursive: true })
    await journal.close()
  }
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

/** What is there is as it was; answers how much is there. */
const audit = async (journal: Journal): Promise<number> => {
  let count = 0
  for (const envelope of (await readAll(journal, 0)).entries)
    if (envelope.topic.startsWith('t')) {
      expect(envelope).toEqual(entries.get(envelope.offset))
      count++
    }
  for (const [key, value] of journal.records.list('life/')) expect(`life/${value}`).toBe(key)
  return count
}

describe('a journal on disk of which a file was damaged', () => {
  it('notices that commits are missing in its middle, though later ones are there', async () => {
    const dir = join(root, 'middle')
    const journal = await openAt(dir, [])
    const before = journal.epoch
    const commit = async (count: number, body: string) => {
      for (let n = 0; n < count; n++) say(journal, 'middle', `${body} ${n} ${'x'.repeat(200)}`)
      await journal.committed()
    }
    await commit(1, 'first')
    await commit(300, 'lost')
    // What comes later says nothing of what was before it: a record alone.
    for (let n = 0; n < 500; n++) {
      journal.records.put('life/late', n)
      await journal.committed()
    }
    const taken = join(root, 'middle-taken')
    cpSync(dir, taken, { recursive: true })
    await journal.close()
    const log = filesIn(taken).find((name) => name.endsWith('.log')) ?? ''
    const bytes = readFileSync(join(taken, log))
    const at = bytes.indexOf('lost 150')
    expect(at).toBeGreaterThan(0)
    bytes[at] = (bytes[at] ?? 0) ^ 1
    writeFileSync(join(taken, log), bytes)
    const told: TroupeError[] = []
    const again = await openAt(taken, told)
    expect(again.records.get('life/late')).toBe(499)
    expect(told.map(({ message }) => message)).toEqual([expect.stringContaining('commits are missing in its middle')])
    expect(again.epoch).not.toBe(before)
    await again.close()
    const later: TroupeError[] = []
    const sound = await openAt(taken, later)
    expect(later).toEqual([])
    await sound.close()
  })

  it(`never says what was not, and notices what is missing (seed ${seed})`, async () => {
    const ids = createSeededIds(seed, () => systemClock.now())
    const below = (limit: number) => Math.floor(ids.random() * limit)
    for (let round = 0; round < rounds; round++) {
      const dir = join(root, `round-${round}`)
      cpSync(join(root, 'taken'), dir, { recursive: true })
      const files = filesIn(dir).filter((name) => statSync(join(dir, name)).size > 0)
      const file = files[below(files.length)] ?? ''
      const path = join(dir, file)
      const bytes = readFileSync(path)
      const at = below(bytes.length)
      const cut = ids.random() < 0.4
      if (cut) truncateSync(path, at)
      else {
        bytes[at] = (bytes[at] ?? 0) ^ (1 << below(8))
        writeFileSync(path, bytes)
      }
      const what = `seed ${seed}, round ${round}: ${file} ${cut ? 'cut' : 'changed'} at ${at}`
      const told: TroupeError[] = []
      const journal = await openAt(dir, told)
      const first = await audit(journal)
      const count = await audit(journal)
      const damaged = told.some(({ code }) => code === 'JOURNAL_DAMAGED')
      if (first < entries.size || count < entries.size) expect(damaged, what).toBe(true)
      expect(journal.epoch !== epoch, what).toBe(damaged)
      if (damaged) {
        expect(
          filesIn(dir).some((name) => name.startsWith('aside-')),
          what,
        ).toBe(true)
        const stale = await journal.read({ epoch, offset: 5 }, () => true)
        expect(stale).toMatchObject({ entries: [], cursor: { epoch: journal.epoch } })
        expect(stale.gaps.every(({ reason }) => reason === 'epoch')).toBe(true)
      }
      // It is as good as new for what comes.
      const next = say(journal, 't0', 'after')
      expect(entries.has(next.offset), what).toBe(false)
      await journal.close()
      const later: TroupeError[] = []
      const again = await openAt(dir, later)
      expect((await readAll(again, next.offset - 1)).entries, what).toEqual([next])
      expect(later, what).toEqual([])
      await again.close()
      rmSync(dir, { recursive: true, force: true })
    }
  }, 120_000)
})
