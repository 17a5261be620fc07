/** What is let go of, when, and what has to be written down before. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { agent } from '../../../actors/agent/define.js'
import { task } from '../../../actors/task/define.js'
import { createManualClock } from '../../../src/clock.js'
import { levelStore } from '../../../src/journal/level/index.js'
import { openJournal } from '../../../src/journal/open.js'
import type { TopicRule } from '../../../src/journal/rules.js'
import { createSystem } from '../../../src/system/system.js'

const day = 86_400_000
const worker = agent('worker', { hears: { wait: {} }, on: { wait: () => new Promise<void>(() => {}) } })

let directory = ''
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'troupe-retention-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

/** A life on the directory, `later` milliseconds after the first. */
const begin = async (rule: Pick<TopicRule, 'pattern' | 'retention'>, later = 0) => {
  const clock = createManualClock(1_704_067_200_000 + later)
  const journal = await openJournal({
    stores: { disk: levelStore(directory) },
    topics: [{ durability: 'disk', ...rule }],
    recent: { messages: 0 },
    clock,
  })
  const system = createSystem({ journal, clock, onError: () => {} })
  const said = async () => {
    const { epoch } = journal
    const { entries } = await journal.read({ epoch, offset: 0 }, (topic) => topic === 'team.x', 10_000)
    return entries.length
  }
  return { clock, journal, system, said }
}

describe('what is let go of', () => {
  it('is nothing that actors are restored from, however little is kept', async () => {
    const rule = { pattern: '#', retention: { messages: 50 } }
    const { journal, system } = await begin(rule)
    await system.spawn(worker, { id: 'ada' }).ready
    await system.spawn(task({ id: 'work', to: 'ada', message: { type: 'wait' }, retries: 1 })).ready
    for (let count = 0; count < 500; count++) {
      await system.channel('team.x').publish({ count })
      await journal.committed()
    }
    // Closed as it is: what a killed process leaves behind.
    await journal.close()
    const next = await begin(rule)
    expect(await next.said()).toBeLessThan(100)
    expect(await next.system.recover([worker])).toMatchObject({ agents: ['ada'], tasks: ['work'], aside: [] })
    await next.system.stop({ force: true })
    await next.journal.close()
  })

  it('goes soon after the beginning, when it has become too old meanwhile', async () => {
    const rule = { pattern: 'team.#', retention: { days: 1 } }
    const first = await begin(rule)
    await first.system.channel('team.x').publish('old')
    await first.system.stop()
    await first.journal.close()
    const next = await begin(rule, 2 * day)
    expect(await next.said()).toBe(1)
    await next.clock.advance(60_000)
    await expect.poll(() => next.said()).toBe(0)
    await next.system.stop()
    await next.journal.close()
  })
})
