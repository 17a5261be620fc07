import { fork } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Journal, openJournal, type TroupeError } from 'troupe'
import { levelStore } from 'troupe/journal/level'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Envelope } from '../../../src/protocol/envelope.js'
import { say } from '../../kit/journal-contract.js'

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
    writeFileSync(join(root, 'known.json'), JSON.stringify({ epoch, entries: [...entries.values()] }))
    // In a process of its own, since LevelDB would end this one by an assertion if it came to see what is out of order.
    expect(await damage()).toEqual({ signal: null, said: '', next: rounds })
  }, 240_000)
})

/** Plays rounds in a process of their own. Resolves with the round after the last one that was begun, and what went wrong. */
const damage = () =>
  new Promise<{ next: number; signal: NodeJS.Signals | null; said: string }>((resolve) => {
    const script = fileURLToPath(new URL('../../kit/journal-damage.ts', import.meta.url))
    const child = fork(script, [root, String(seed), '0', String(rounds)], {
      execArgv: ['--import', 'tsx'],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
    let next = 0
    let said = ''
    child.on('message', (round) => {
      next = Number(round) + 1
    })
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
    child.on('close', (code, signal) => resolve({ next, signal, said: code === 0 ? '' : said }))
  })
