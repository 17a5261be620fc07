/** Fills the disk under a journal, makes room again, and looks at what is there. Its arguments: a directory, and how the disk gets full. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TroupeError } from '../../src/errors.js'
import type { Journal } from '../../src/journal/journal.js'
import { levelStore } from '../../src/journal/level/index.js'
import { openJournal } from '../../src/journal/open.js'

const [, , dir = '', way = 'limit'] = process.argv

/** How large the files of this process may become, in bytes; as with a full disk, what is beyond is not written. Node ignores the signal. */
const mayWrite = (bytes: number | 'unlimited'): void => {
  try {
    execFileSync('prlimit', ['--pid', String(process.pid), `--fsize=${bytes}:`], { stdio: 'pipe' })
  } catch (thrown) {
    throw new Error('To limit what it may write this test needs prlimit, of util-linux; install it.', { cause: thrown })
  }
}

const ballast = join(dir, 'ballast')
const fill = () => (way === 'limit' ? mayWrite(16_384) : writeFileSync(ballast, Buffer.alloc(6 * 1_048_576)))
const makeRoom = () => (way === 'limit' ? mayWrite('unlimited') : rmSync(ballast))

const told: TroupeError[] = []
let notice = () => {}
const open = () =>
  openJournal({
    stores: { disk: levelStore(join(dir, 'journal'), { compression: false }) },
    onError: (error) => {
      told.push(error)
      notice()
    },
  })

const say = (journal: Journal): number =>
  journal.append('a', { type: 'message', from: 'x', body: 'x'.repeat(20_000) }, { source: 'x', priority: 'normal' }).offset

const offsetsIn = async (journal: Journal, after: number): Promise<number[]> => {
  const found: number[] = []
  for (let cursor = { epoch: journal.epoch, offset: after }, more = true; more; ) {
    const page = await journal.read(cursor, () => true, 100)
    found.push(...page.entries.map(({ offset }) => offset))
    cursor = { ...page.cursor }
    more = page.more
  }
  return found
}

const until = (journal: Journal, fits: () => boolean): Promise<void> =>
  new Promise((resolve) => {
    const stop = journal.onCommit(() => look())
    const look = () => {
      if (!fits()) return
      stop()
      resolve()
    }
    look()
  })

const journal = await open()
const from = journal.head
const offsets = [say(journal), say(journal)]
await journal.committed()
fill()
const full = new Promise<void>((resolve) => {
  notice = resolve
})
for (let end = false; !end; ) {
  offsets.push(say(journal))
  // One by one: what waits in the end has to fit on the disk.
  const kept = until(journal, () => journal.durable === journal.head)
  end = await Promise.race([full.then(() => true), kept.then(() => false)])
}
assert.deepEqual(
  told.map(({ code }) => code),
  ['JOURNAL_UNAVAILABLE'],
)
const { durable } = journal
assert.ok(durable < journal.head, 'something is not kept yet')
makeRoom()
await until(journal, () => journal.durable === journal.head)
// Told in turns, once for each change: what LevelDB tidies up may make room for a moment.
assert.deepEqual(
  told.map(({ message }) => message.includes('can be written again')),
  told.map((_, n) => n % 2 === 1),
)
assert.equal(told.length % 2, 0)
await journal.close()
const again = await open()
assert.deepEqual(await offsetsIn(again, from), offsets)
assert.equal(again.epoch, journal.epoch)
await again.close()
process.send?.({ durable, kept: offsets.length })
process.disconnect?.()
