/** Filters, batches, keys, pages and notices, as a client that only knows the wire sees them. */
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { agent } from '../../actors/agent/define.js'
import { openBridge } from '../../bridge/bridge.js'
import { setUp } from '../kit/world.js'

const counts: Record<string, number> = {}
const counter = agent('counter', {
  hears: { count: { name: z.string() } },
  on: {
    count({ name }) {
      counts[name] = (counts[name] ?? 0) + 1
      return counts[name]
    },
  },
})

const bodies = (frames: readonly { type: string; payload: Readonly<Record<string, unknown>> }[]) =>
  frames.flatMap(({ type, payload }) => (type === 'message' ? [payload['body']] : []))

describe('a filter', () => {
  it('lets through what fits all that it names, and of several filters any', async () => {
    const { system, welcome } = await setUp()
    const raw = await welcome()
    await raw.ask('subscribe', {
      patterns: ['team.blue'],
      filter: [{ minPriority: 'high' }, { sources: ['ann'], events: ['message'] }],
    })
    const publish = system.channel('team.blue')
    await publish.publish('low', { priority: 'low' })
    await publish.publish('urgent', { priority: 'critical' })
    await raw.ask('channel.publish', { topic: 'team.blue', body: 'own' })
    await raw.ask('subscribe', { patterns: ['team.blue'] })
    await publish.publish('all')
    await raw.until(({ payload }) => payload['body'] === 'all')
    expect(bodies(raw.frames)).toEqual(['urgent', 'own', 'all'])
  })

  it('looks at the metadata, such as the task for whose sake something happened', async () => {
    const { system, welcome } = await setUp({ spawnable: [counter] })
    const raw = await welcome()
    await raw.ask('subscribe', { patterns: ['task.#'], filter: { metadata: { task: 't2' } } })
    system.spawn(counter, { id: 'c' })
    for (const id of ['t1', 't2']) await raw.ask('task.create', { id, to: 'c', message: { type: 'count', name: 'metadata' } })
    await raw.until(({ type, payload }) => type === 'task.status' && payload['state'] === 'completed')
    const ids = raw.frames.flatMap(({ channel, payload }) => (channel ? [payload['id']] : []))
    expect(new Set(ids)).toEqual(new Set(['t2']))
  })

  it('holds for what is sent again after a resume as well, and counts nothing that it holds back', async () => {
    const { system, welcome, client, token } = await setUp()
    const raw = await welcome()
    const { payload } = await raw.ask('subscribe', { patterns: ['team.#'], filter: { minPriority: 'high' } })
    const session = raw.frames.find(({ type }) => type === 'welcome')?.payload['session']
    await raw.close()
    for (let i = 0; i < 600; i++) await system.channel('team.blue').publish(i, { priority: i % 100 === 0 ? 'high' : 'normal' })
    const again = await client()
    expect((await again.hello({ token: await token(), resume: { session, cursor: payload['cursor'] } })).payload).toMatchObject({
      resumed: true,
    })
    await again.until(({ payload: { body } }) => body === 500)
    expect(bodies(again.frames)).toEqual([0, 100, 200, 300, 400, 500])
    const marked = await again.until(({ type, payload: { dseq } }) => type === 'mark' && dseq === 6)
    expect(marked.payload['cursor']).toEqual({ epoch: system.journal.epoch, offset: system.journal.head })
  })

  it.each([{ events: [] }, { minPriority: 'urgent' }, { sources: 'ann' }, [], { metadata: { a: {} } }])(
    'that cannot be is refused: %j',
    async (filter) => {
      const { welcome } = await setUp()
      const raw = await welcome()
      expect(await raw.ask('subscribe', { patterns: ['team.#'], filter })).toMatchObject({
        type: 'error',
        payload: { code: 'INVALID_MESSAGE' },
      })
    },
  )
})

describe('a batch', () => {
  it('is taken frame by frame, each answered by itself, whatever becomes of the others', async () => {
    const { system, welcome } = await setUp({ spawnable: [counter] })
    system.spawn(counter, { id: 'c' })
    const raw = await welcome()
    const ask = (id: string, message: object) => ({ id, type: 'agent.ask', payload: { to: 'c', message } })
    const batch = raw.say('batch', {
      frames: [
        ask('b1', { type: 'count', name: 'batch' }),
        { id: 'b2', type: 'no.such' },
        ask('b3', { type: 'dance' }),
        { id: 'b4', type: 'close' },
        { id: 'b5', type: 'batch', payload: { frames: [{ id: 'x', type: 'ping' }] } },
        { id: 'b6', type: 'subscribe', payload: { patterns: ['team.#'] } },
        ask('b7', { type: 'count', name: 'batch' }),
      ],
    })
    await raw.until(({ correlationId }) => correlationId === 'b7')
    const answerTo = (id: string) =>
      raw.frames.find(({ correlationId, type }) => correlationId === id && (type === 'reply' || type === 'error'))
    expect(answerTo(batch)?.payload).toEqual({ frames: 7 })
    expect(answerTo('b1')?.payload).toEqual({ value: 1 })
    expect(answerTo('b2')?.payload).toMatchObject({ code: 'INVALID_MESSAGE' })
    expect(answerTo('b3')?.payload).toMatchObject({ code: 'NO_HANDLER' })
    expect(answerTo('b4')?.payload).toMatchObject({ message: expect.stringContaining('send close by itself') })
    expect(answerTo('b5')?.payload).toMatchObject({ message: expect.stringContaining('send batch by itself') })
    expect(answerTo('b6')?.payload).toMatchObject({ patterns: ['team.#'] })
    expect(answerTo('b7')?.payload).toEqual({ value: 2 })
  })

  it('that holds what is no frame is refused as a whole', async () => {
    const { welcome } = await setUp()
    const raw = await welcome()
    const good = { id: 'good', type: 'channel.publish', payload: { topic: 'team.blue', body: 1 } }
    for (const bad of [{ type: 'ping' }, { id: 'x' }, { id: 7, type: 'ping' }, 7])
      expect((await raw.ask('batch', { frames: [good, bad] })).payload).toMatchObject({ code: 'INVALID_MESSAGE' })
    expect(raw.frames.filter(({ correlationId }) => correlationId === 'good')).toEqual([])
    raw.say('batch', { frames: [{ id: 'in', type: 'ping' }] })
    expect((await raw.until(({ correlationId }) => correlationId === 'in')).type).toBe('pong')
  })

  it('holds at most 1,000 frames, and none before the welcome', async () => {
    const { client, welcome } = await setUp()
    const raw = await welcome()
    const frames = Array.from({ length: 1_001 }, (_, i) => ({ id: `f${i}`, type: 'ping' }))
    expect((await raw.ask('batch', { frames })).payload).toMatchObject({ code: 'INVALID_MESSAGE' })
    const early = await client()
    early.say('batch', { frames: frames.slice(0, 2) })
    expect(await early.closed).toMatchObject({ code: 4401 })
  })
})

describe('a key', () => {
  const keyed = async (raw: Awaited<ReturnType<Awaited<ReturnType<typeof setUp>>['welcome']>>, key: string, name: string) => {
    const id = raw.say('agent.ask', { to: 'c', message: { type: 'count', name } }, { key })
    return raw.until(({ correlationId, type }) => correlationId === id && (type === 'reply' || type === 'error'))
  }

  it('has a command carried out once, whichever connection of its client asks', async () => {
    const { system, welcome, client, token } = await setUp({ spawnable: [counter] })
    system.spawn(counter, { id: 'c' })
    const raw = await welcome()
    const other = await welcome()
    expect((await keyed(raw, 'k', 'key')).payload).toEqual({ value: 1 })
    expect((await keyed(other, 'k', 'key')).payload).toEqual({ value: 1 })
    const stranger = await client()
    await stranger.hello({ token: await token({ sub: 'bob' }) })
    expect((await keyed(stranger, 'k', 'key')).payload).toEqual({ value: 2 })
    expect(counts['key']).toBe(2)
  })

  it('that belongs to another command is refused', async () => {
    const { system, welcome } = await setUp({ spawnable: [counter] })
    system.spawn(counter, { id: 'c' })
    const raw = await welcome()
    await keyed(raw, 'k', 'first')
    expect((await keyed(raw, 'k', 'second')).payload).toMatchObject({
      code: 'INVALID_MESSAGE',
      message: expect.stringContaining('belongs to another command'),
    })
    expect(counts['second']).toBeUndefined()
  })
})

describe('a long view', () => {
  it('comes page by page, all of one moment', async () => {
    const { system, welcome } = await setUp()
    for (let i = 0; i < 25; i++) system.spawn(counter, { id: `c${i}` })
    const raw = await welcome()
    const ids: string[] = []
    let next: unknown
    for (let turn = 0; turn === 0 || next !== undefined; turn++) {
      const { payload } = await raw.ask('view.get', { limit: 10, ...(next === undefined ? {} : { next }) })
      ids.push(...(payload['agents'] as { id: string }[]).map(({ id }) => id))
      next = payload['next']
      if (turn === 0) await system.spawn(counter, { id: 'late' }).ready
    }
    expect(ids).toEqual(Array.from({ length: 25 }, (_, i) => `c${i}`))
  })

  it('is read on by whom it was begun', async () => {
    const { system, welcome, client, token } = await setUp()
    for (let i = 0; i < 5; i++) system.spawn(counter, { id: `c${i}` })
    const raw = await welcome()
    const { next } = (await raw.ask('view.get', { limit: 3 })).payload
    const stranger = await client()
    await stranger.hello({ token: await token({ sub: 'bob' }) })
    expect((await stranger.ask('view.get', { next })).payload).toMatchObject({ code: 'ENDED' })
    expect((await raw.ask('view.get', { next })).payload).not.toHaveProperty('next')
    expect((await raw.ask('view.get', { next: 'none' })).payload).toMatchObject({ code: 'ENDED' })
  })

  it('may be only of what is asked for', async () => {
    const { system, welcome } = await setUp()
    for (const id of ['a', 'b']) system.spawn(counter, { id })
    const { payload } = await (await welcome()).ask('view.get', { ids: ['b', 'none'] })
    expect(payload['agents']).toMatchObject([{ id: 'b' }])
  })
})

describe('a notice', () => {
  it('reaches everybody who is connected, and needs an operator', async () => {
    const { system, welcome, client, token } = await setUp()
    const raw = await welcome()
    const other = await client()
    await other.hello({ token: await token({ sub: 'bob', permissions: ['read', 'write', 'agent_control', 'system_monitor'] }) })
    await raw.ask('system.notify', { text: 'Upgrade at noon.', level: 'warning' })
    expect((await other.until(({ type }) => type === 'notice')).payload).toEqual({
      level: 'warning',
      text: 'Upgrade at noon.',
      from: 'ann',
    })
    expect((await other.ask('system.notify', { text: 'x' })).payload).toMatchObject({ code: 'FORBIDDEN' })
    await system.notify('From within.')
    expect((await raw.until(({ payload: { text } }) => text === 'From within.')).payload).toMatchObject({
      from: 'system',
      level: 'info',
    })
  })

  it('is not said by a bridge that is closed', async () => {
    const { system } = await setUp()
    const bridge = await openBridge(system, { port: 0, auth: false })
    await bridge.close()
    await expect(system.notify('still there')).resolves.toHaveProperty('id')
  })
})

describe('a key on what only reads', () => {
  it('is ignored: it is answered anew', async () => {
    const { system, welcome } = await setUp()
    const raw = await welcome()
    const count = async () => {
      const id = raw.say('view.get', {}, { key: 'same' })
      const { payload } = await raw.until(({ correlationId, type }) => correlationId === id && type === 'reply')
      return (payload['agents'] as unknown[]).length
    }
    expect(await count()).toBe(0)
    await system.spawn(counter).ready
    expect(await count()).toBe(1)
  })
})
