import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Journal, openJournal, type TroupeError } from 'troupe'
import { levelStore } from 'troupe/journal/level'
import { afterEach, describe, expect, it } from 'vitest'
import { readAll, say } from '../../kit/journal-contract.js'

const ends: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

/** A disk of 8 MiB; undefined where this process may mount none. */
const smallDisk = (): string | undefined => {
  const dir = mkdtempSync(join(tmpdir(), 'troupe-small-'))
  ends.push(() => rmSync(dir, { recursive: true, force: true }))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', dir], { stdio: 'pipe' })
  } catch {
    rmSync(dir, { recursive: true, force: true })
    return undefined
  }
  ends.push(() => void execFileSync('umount', ['-l', dir]))
  return dir
}

const until = async (journal: Journal, fits: () => boolean): Promise<void> => {
  while (!fits()) {
    await new Promise<void>((resolve) => {
      const stop = journal.onCommit(() => {
        stop()
        resolve()
      })
    })
  }
}

describe('a journal on a disk that is full', () => {
  const dir = smallDisk()
  // Without the right to mount a small disk there is none to fill; the runner of the proof has it.
  it.skipIf(dir === undefined)(
    'loses nothing that it called kept, says so once, and goes on by itself when there is room',
    async () => {
      const at = dir as string
      const ballast = join(at, 'ballast')
      writeFileSync(ballast, Buffer.alloc(6 * 1_048_576))
      const told: TroupeError[] = []
      let full = false
      const open = () =>
        openJournal({
          stores: { disk: levelStore(join(at, 'journal'), { compression: false }) },
          onError: (error) => {
            told.push(error)
            full = true
          },
        })
      const journal = await open()
      const from = journal.head
      const offsets: number[] = []
      while (!full) {
        offsets.push(say(journal, 'a', 'x'.repeat(20_000)).offset)
        await new Promise((resolve) => setImmediate(resolve))
      }
      expect(told.map(({ code }) => code)).toEqual(['JOURNAL_UNAVAILABLE'])
      const { durable } = journal
      expect(durable).toBeLessThan(journal.head)
      rmSync(ballast)
      await until(journal, () => journal.durable === journal.head)
      // Told in turns, once for each change: what LevelDB tidies up may make room for a moment.
      expect(told.map(({ message }) => message.includes('can be written again'))).toEqual(told.map((_, n) => n % 2 === 1))
      expect(told.length % 2).toBe(0)
      await journal.close()
      const again = await open()
      expect((await readAll(again, from)).entries.map(({ offset }) => offset)).toEqual(offsets)
      expect(again.epoch).toBe(journal.epoch)
      await again.close()
    },
  )
})
