import { type ChildProcess, fork } from 'node:child_process'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openJournal } from 'troupe'
import { levelStore } from 'troupe/journal/level'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readAll, say } from '../../kit/journal-contract.js'

let dir = ''
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'troupe-directory-'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

const open = (options: Parameters<typeof levelStore>[1] = {}) =>
  openJournal({ stores: { disk: levelStore(join(dir, 'journal'), options) }, recent: { messages: 1 } })

/** A process that says things to a journal without end, and tells how far it is kept. */
const writer = (): ChildProcess =>
  fork(join(import.meta.dirname, '../../kit/journal-writer.ts'), [join(dir, 'journal')], { execArgv: ['--import', 'tsx'] })

const message = (child: ChildProcess, fits: (count: number) => boolean): Promise<number> =>
  new Promise((resolve) => {
    child.on('message', (told) => {
      if (typeof told === 'number' && fits(told)) resolve(told)
    })
  })

describe('a journal in a directory', () => {
  it('is nobody else’s to read', async () => {
    const journal = await open()
    expect(statSync(join(dir, 'journal')).mode & 0o777).toBe(0o700)
    await journal.close()
  })

  it('has one process at a time, and lets the next one wait for it', async () => {
    const first = await open()
    say(first, 'a')
    await expect(open()).rejects.toMatchObject({
      code: 'JOURNAL_UNAVAILABLE',
      message: expect.stringContaining('Another process'),
    })
    const second = open({ wait: 30_000 })
    await first.close()
    const journal = await second
    expect((await readAll(journal, 0)).entries).toHaveLength(1)
    await journal.close()
  })

  it('has everything that was called kept when its process is killed, under the same epoch, and gives no offset twice', async () => {
    let kept = 0
    let epoch: string | undefined
    for (let life = 0; life < 4; life++) {
      const child = writer()
      kept = Math.max(kept, await message(child, (count) => count > kept + 200))
      const gone = new Promise((resolve) => child.once('exit', resolve))
      child.on('message', (told) => {
        kept = Math.max(kept, Number(told))
      })
      child.kill('SIGKILL')
      await gone
      const journal = await open()
      epoch ??= journal.epoch
      expect(journal.epoch).toBe(epoch)
      const { entries, gaps } = await readAll(journal, 0, (topic) => topic === 'count')
      const counts = entries.map(({ event }) => ('body' in event ? Number(event.body) : Number.NaN))
      expect(counts.slice(0, kept)).toEqual(Array.from({ length: kept }, (_, n) => n + 1))
      expect(entries.map(({ seq }) => seq)).toEqual(counts)
      expect(gaps).toEqual([])
      // A record is kept with the events of its turn.
      expect(journal.records.get('count')).toBe(counts.at(-1))
      const offsets = entries.map(({ offset }) => offset)
      expect(new Set(offsets).size).toBe(offsets.length)
      expect(journal.head).toBeGreaterThan(offsets.at(-1) ?? 0)
      kept = counts.length
      await journal.close()
    }
  }, 60_000)
})
