import { type ChildProcess, fork } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openJournal, type TroupeError } from 'troupe'
import { levelStore } from 'troupe/journal/level'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { tableDamage } from '../../../src/journal/level/table.js'
import { readAll, say } from '../../kit/journal-contract.js'

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'troupe-tables-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const open = (dir: string, told: TroupeError[] = [], compression = true) =>
  openJournal({
    stores: { disk: levelStore(dir, { compression }) },
    recent: { messages: 1 },
    onError: (error) => void told.push(error),
  })

/** A journal that was opened so often that LevelDB wrote tables. */
const written = async (compression = true, lives = 3): Promise<string> => {
  const dir = join(root, 'journal')
  for (let life = 0; life < lives; life++) {
    const journal = await open(dir, [], compression)
    for (let n = 0; n < 400; n++) say(journal, `t${n % 5}`, `${life} ${n} ${'body '.repeat(20)}`)
    await journal.close()
  }
  return dir
}

const tablesIn = (dir: string): string[] =>
  readdirSync(join(dir, 'events'))
    .filter((name) => name.endsWith('.ldb'))
    .map((name) => join(dir, 'events', name))

const flip = (path: string, at: number, bit: number): void => {
  const bytes = readFileSync(path)
  bytes[at] = (bytes[at] ?? 0) ^ (1 << bit)
  writeFileSync(path, bytes)
}

describe.each([true, false])('a table of LevelDB (compressed: %s)', (compression) => {
  it('is sound as it was written, and damaged wherever a bit of it changed or it ends', async () => {
    const [path = ''] = tablesIn(await written(compression))
    expect(tableDamage(path)).toBeUndefined()
    const { length } = readFileSync(path)
    const missed: number[] = []
    for (let at = 0; at < length; at += 199) {
      const bit = at % 8
      flip(path, at, bit)
      if (!tableDamage(path)) missed.push(at)
      flip(path, at, bit)
    }
    // The footer is filled up with bytes that nobody reads.
    expect(missed.filter((at) => at < length - 48)).toEqual([])
    expect(tableDamage(path)).toBeUndefined()
    expect(tableDamage(path, length)).toBeUndefined()
    truncateSync(path, length - 1)
    expect(tableDamage(path, length)).toEqual({ path, blocks: [] })
  })
})

describe('a journal on disk of which tables are damaged', () => {
  it('goes on with what every other block holds', async () => {
    const dir = await written()
    const [path = ''] = tablesIn(dir)
    flip(path, 300, 2)
    const told: TroupeError[] = []
    const journal = await open(dir, told)
    expect(told.map(({ code, message }) => [code, message])).toEqual([
      [
        'JOURNAL_DAMAGED',
        expect.stringMatching(/is damaged: \d+\.ldb changed by itself\. Some of it could not be read\..*in .*aside-/),
      ],
    ])
    const { entries } = await readAll(journal, 0)
    const lives = new Map<string, number>()
    for (const { event } of entries) {
      const life = 'body' in event ? (String(event.body)[0] ?? '') : ''
      lives.set(life, (lives.get(life) ?? 0) + 1)
    }
    // A block has about 4 KB.
    expect(Math.min(...['0', '1', '2'].map((life) => lives.get(life) ?? 0))).toBeGreaterThan(200)
    await journal.close()
    const later: TroupeError[] = []
    await (await open(dir, later)).close()
    expect(later).toEqual([])
  })

  it('is not taken for damaged by a table that was not finished, as after a kill', async () => {
    const dir = await written()
    writeFileSync(join(dir, 'events', '999999.ldb'), 'half a table')
    const told: TroupeError[] = []
    await (await open(dir, told)).close()
    expect(told).toEqual([])
  })

  it('is left alone as long as another process, or this one, has it', async () => {
    // Too few tables for LevelDB to make others of them by itself.
    const dir = await written(true, 2)
    const holder = await held(dir)
    const [path = ''] = tablesIn(dir)
    const whole = readFileSync(path)
    flip(path, 300, 2)
    const before = readdirSync(dir)
    await expect(open(dir)).rejects.toMatchObject({ message: expect.stringContaining('Another process has the journal') })
    expect(readdirSync(dir)).toEqual(before)
    writeFileSync(path, whole)
    const gone = new Promise((resolve) => holder.once('exit', resolve))
    holder.kill('SIGKILL')
    await gone
    const journal = await open(dir)
    const [other = ''] = tablesIn(dir)
    flip(other, 300, 2)
    await expect(open(dir)).rejects.toMatchObject({ message: expect.stringContaining('Another process has the journal') })
    flip(other, 300, 2)
    await journal.close()
  })
})

/** A process that has the journal, and leaves it as it is. */
const held = async (dir: string): Promise<ChildProcess> => {
  const child = fork(join(import.meta.dirname, '../../kit/journal-holder.ts'), [dir], { execArgv: ['--import', 'tsx'] })
  await new Promise((resolve) => child.once('message', resolve))
  return child
}
