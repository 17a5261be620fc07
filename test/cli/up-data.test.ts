import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openJournal } from 'troupe'
import { connect } from 'troupe/client'
import { levelStore } from 'troupe/journal/level'
import { afterEach, describe, expect, it } from 'vitest'
import { cleanUp, troupe } from '../kit/command.js'
import { readAll } from '../kit/journal-contract.js'

describe('troupe up --data', { timeout: 60_000 }, () => {
  const dir = mkdtempSync(join(tmpdir(), 'troupe-up-'))
  const data = join(dir, 'data')
  afterEach(async () => {
    await cleanUp()
    rmSync(dir, { recursive: true, force: true })
  })

  it('keeps what it acknowledged, over a kill and an orderly end, in one epoch', async () => {
    const acknowledged: string[] = []
    for (const [life, signal] of (['SIGKILL', 'SIGTERM'] as const).entries()) {
      const running = troupe(['up', '--port', '0', '--secret', 'S'.repeat(32), '--no-example', '--data', data])
      const [, url = ''] = await running.until(/^troupe listening on (ws:\/\/\S+)$/m)
      const [, token = ''] = await running.until(/^token {2}(\S+)$/m)
      const client = await connect(url, { token })
      for (let n = 0; n < 20; n++) {
        await client.channel('team.blue').publish(`${life} ${n}`)
        acknowledged.push(`${life} ${n}`)
      }
      await client[Symbol.asyncDispose]()
      running.signal(signal)
      expect((await running.ended).code).toBe(signal === 'SIGTERM' ? 0 : null)
    }
    expect(existsSync(join(data, 'journal'))).toBe(true)
    const journal = await openJournal({ stores: { disk: levelStore(join(data, 'journal')) } })
    const { entries } = await readAll(journal, 0, (topic) => topic === 'team.blue')
    expect(entries.map(({ event }) => ('body' in event ? event.body : undefined))).toEqual(acknowledged)
    expect(entries.map(({ seq }) => seq)).toEqual(acknowledged.map((_, n) => n + 1))
    expect(new Set(entries.map(({ epoch }) => epoch))).toEqual(new Set([journal.epoch]))
    await journal.close()
  })
})
