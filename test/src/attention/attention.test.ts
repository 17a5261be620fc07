/** The one list of what needs a person. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { agent, approval } from '../../../actors/index.js'
import { restart } from '../../../src/system/strategy.js'
import { quietSystem, settle } from '../../kit/quiet.js'

const asker = agent('asker', {
  hears: { ask: {}, patient: {} },
  on: {
    ask: (_, { question }) => question('Which colour?', { choices: ['red', 'blue'] }),
    patient: (_, { question }) => question('Still there?', { within: 5_000, fallback: 'nobody' }),
  },
})
const weak = agent('weak', {
  hears: { fall: {}, dawdle: {} },
  onFailure: restart({ times: 9, within: 600_000, backoff: [10, 10], jitter: 0 }),
  on: {
    fall: () => {
      throw new Error('weak')
    },
    dawdle: (_, { sleep }) => sleep(60_000),
  },
})

const only = async (list: { list(): Promise<readonly { readonly id: string }[]> }): Promise<string> => {
  const [item, second] = await list.list()
  if (!item || second) throw new Error('Expected one item that needs attention.')
  return item.id
}

describe('a question to a person', () => {
  it('waits for the first answer, and refuses the second by name', async () => {
    const { system } = quietSystem()
    const ada = system.spawn(asker, { id: 'ada' })
    const answer = ada.ask({ type: 'ask' })
    await settle()
    const id = await only(system.attention)
    expect(await system.attention.list()).toMatchObject([
      { kind: 'question', subject: 'ada', title: 'Which colour?', choices: ['red', 'blue'], state: 'open', priority: 'high' },
    ])
    await expect(system.attention.resolve(id, 'green')).rejects.toMatchObject({ code: 'INVALID_MESSAGE' })
    await system.as('ann').attention.ack(id)
    expect(await system.attention.list({ state: 'acknowledged' })).toMatchObject([{ id, by: 'ann' }])
    expect(await system.as('ann').attention.resolve(id, 'blue')).toEqual({ id, state: 'resolved' })
    expect(await answer).toBe('blue')
    await expect(system.as('bob').attention.resolve(id, 'red')).rejects.toMatchObject({
      ...{ code: 'INVALID_STATE', message: expect.stringContaining('ann') },
    })
    await system.stop()
  })

  it('expires into its fallback', async () => {
    const { system, clock } = quietSystem()
    const answer = system.spawn(asker, { id: 'ada' }).ask({ type: 'patient' })
    await settle()
    await clock.advance(5_000)
    expect(await answer).toBe('nobody')
    expect(await system.attention.list()).toMatchObject([{ state: 'expired' }])
    await system.stop()
  })

  it('is taken back when its agent ends', async () => {
    const { system } = quietSystem()
    const ada = system.spawn(asker, { id: 'ada' })
    const answer = ada.ask({ type: 'ask' })
    const refused = expect(answer).rejects.toMatchObject({ code: 'KILLED' })
    await settle()
    await ada.stop({ force: true })
    await refused
    expect(await system.attention.list({ state: 'open' })).toEqual([])
    await system.stop()
  })
})

describe('an approval on the list', () => {
  it('is decided from there', async () => {
    const { system } = quietSystem()
    const ok = system.spawn(approval({ id: 'ok', question: 'Publish?' }))
    await settle()
    await system.as('ann').attention.resolve(await only(system.attention), 'approve')
    expect(await ok.result()).toMatchObject({ decision: 'approve', by: 'ann' })
    await system.stop()
  })

  it('stays for those who may, when somebody answers who may not', async () => {
    const { system } = quietSystem()
    const ok = system.spawn(approval({ id: 'ok', question: 'Publish?', by: ['ann'] }))
    await settle()
    const id = await only(system.attention)
    await expect(system.as('eve').attention.resolve(id, 'approve')).rejects.toMatchObject({ code: 'FORBIDDEN' })
    expect(await system.attention.list({ state: 'open' })).toMatchObject([{ id }])
    await system.as('ann').attention.resolve(id, 'approve')
    expect(await ok.result()).toMatchObject({ by: 'ann' })
    await system.stop()
  })

  it('is off the list when it was decided at the task, or cancelled', async () => {
    const { system } = quietSystem()
    const ok = system.spawn(approval({ id: 'ok', question: '?' }))
    const no = system.spawn(approval({ id: 'no', question: '?' }))
    await settle()
    await system.as('ann').task('ok').approve()
    await ok.result()
    const cancelled = expect(no.result()).rejects.toMatchObject({ code: 'CANCELLED' })
    await no.cancel()
    await cancelled
    await settle()
    expect(await system.attention.list({ subject: 'ok' })).toMatchObject([{ state: 'resolved', by: 'ann', answer: 'approve' }])
    expect(await system.attention.list({ subject: 'no' })).toMatchObject([{ state: 'resolved' }])
    await system.stop()
  })
})

describe('what the system notices itself', () => {
  it('sees an agent that stays busy longer than declared, and that it no longer is', async () => {
    const { system, clock } = quietSystem({ stalls: { busy: 10_000 } })
    system.spawn(weak, { id: 'w' }).send({ type: 'dawdle' })
    await settle()
    await clock.advance(9_999)
    expect(await system.attention.list()).toEqual([])
    await clock.advance(1)
    expect(await system.attention.list()).toMatchObject([{ kind: 'stall', subject: 'w', state: 'open' }])
    await clock.advance(50_000)
    await settle()
    expect(await system.attention.list()).toMatchObject([{ kind: 'stall', state: 'resolved' }])
    await system.stop()
  })

  it('sees a crash loop once, and forgets it a minute after the last crash', async () => {
    const { system, clock } = quietSystem()
    const w = system.spawn(weak, { id: 'w' })
    for (const _ of [1, 2, 3, 4]) {
      w.send({ type: 'fall' })
      await clock.advance(100)
    }
    const loops = () => system.attention.list({ kind: 'crash-loop' })
    expect(await loops()).toMatchObject([{ subject: 'w', priority: 'critical', state: 'open', count: 2 }])
    await clock.advance(60_000)
    expect(await loops()).toMatchObject([{ state: 'resolved' }])
    await system.stop()
  })

  it('counts dead letters of a kind instead of repeating them', async () => {
    const { system, clock } = quietSystem()
    const w = system.spawn(weak, { id: 'w' })
    await w.stop()
    for (const _ of [1, 2, 3]) w.send({ type: 'fall' })
    await settle()
    expect(await system.attention.list()).toMatchObject([{ kind: 'dead-letter', subject: 'w', count: 2, priority: 'low' }])
    await clock.advance(3_600_000)
    expect(await system.attention.list()).toMatchObject([{ state: 'expired', count: 3 }])
    await system.stop()
    expect(clock.pending).toBe(0)
  })

  it('lets somebody look away for a while', async () => {
    const { system, clock } = quietSystem()
    const ada = system.spawn(asker, { id: 'ada' })
    void ada.ask({ type: 'ask' }).catch(() => {})
    await settle()
    const id = await only(system.attention)
    await system.as('ann').attention.snooze(id, 1_000)
    expect(await system.attention.list()).toMatchObject([{ state: 'snoozed', snoozedUntil: clock.now() + 1_000 }])
    await clock.advance(1_000)
    expect(await system.attention.list()).toMatchObject([{ state: 'open' }])
    await ada.stop({ force: true })
    await system.stop()
    expect(clock.pending).toBe(0)
  })

  it('keeps at most a thousand open, and lets the oldest of the least urgent go', async () => {
    const { system } = quietSystem()
    const ada = system.spawn(asker, { id: 'ada' })
    void ada.ask({ type: 'ask' }).catch(() => {})
    await settle()
    for (let each = 0; each < 1_005; each++) system.agent(`nobody-${each}`).send({ type: 'x' })
    await settle()
    const open = await system.attention.list({ state: 'open' })
    expect(open).toHaveLength(1_000)
    expect(open[0]).toMatchObject({ kind: 'question' })
    expect(open.at(1)).toMatchObject({ subject: 'nobody-6' })
    await system.stop({ force: true })
  })

  it('keeps no process alive', async () => {
    const script = `import { createSystem } from './src/index.ts'
      createSystem({ onError() {} }).agent('nobody').send({ type: 'x' })`
    const run = promisify(execFile)(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
      timeout: 20_000,
    })
    await expect(run).resolves.toMatchObject({ stderr: '' })
  })
})
