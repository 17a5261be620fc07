/** Sessions whose process is killed at the worst moment. */
import { describe, expect, it } from 'vitest'
import { openBridge } from '../../bridge/index.js'
import { signToken } from '../../bridge/token.js'
import { openJournal } from '../../src/journal/open.js'
import { createSystem, type System } from '../../src/system/system.js'
import { record } from '../kit/events.js'
import { createLives } from '../kit/mortal.js'
import { type SlowStore, slowStore } from '../kit/slow-store.js'
import { connectRaw } from '../kit/tclient.js'
import { open, secret } from '../kit/world.js'

const bodies = (frames: readonly { type: string; payload: Readonly<Record<string, unknown>> }[]) =>
  frames.flatMap(({ type, payload }) => (type === 'message' ? [payload['body']] : []))

/** A bridge of the system, and how to come to it. */
const begin = async (system: System) => {
  await system.recover([])
  const bridge = await openBridge(system, { port: 0, secret })
  open.push(
    () => system.stop({ force: true }),
    () => bridge.close(),
  )
  const token = await signToken({ sub: 'ann', permissions: ['admin'], ttl: 1e9 }, secret, system.clock.now())
  const enter = async (more: object = {}) => {
    const one = await connectRaw(bridge.url)
    open.push(() => one.close())
    const { payload } = await one.hello({ token, ...more })
    return { one, welcome: payload }
  }
  return { enter }
}

const lifeOn = async (store: SlowStore) => {
  const journal = await openJournal({ stores: { disk: store } })
  return begin(createSystem({ journal, onError: () => {} }))
}

describe('a subscription that was answered', () => {
  it('is kept by then, so that whoever comes back to the next process hears what it was told that it would', async () => {
    const store = slowStore()
    store.release()
    const { enter } = await lifeOn(store)
    const { one, welcome } = await enter()
    const { commit } = store
    const held: (() => void)[] = []
    Object.assign(store, {
      commit: (what: Parameters<typeof commit>[0]) => new Promise<void>((resolve) => void held.push(() => resolve(commit(what)))),
    })
    const asked = one.say('subscribe', { patterns: ['team.#'] })
    await one.ask('ping')
    expect(one.frames.some(({ correlationId }) => correlationId === asked)).toBe(false)
    one.say('channel.publish', { topic: 'team.blue', body: 'first' })
    await one.ask('ping')
    await expect.poll(() => held.length).toBeGreaterThan(0)
    Object.assign(store, { commit })
    held[0]?.()
    const reply = await one.until(({ correlationId }) => correlationId === asked)
    const killed = slowStore()
    killed.commits.push(...store.commits)
    killed.release()
    await one.until(({ type }) => type === 'message')
    const order = one.frames.map(({ type }) => type).filter((type) => type === 'reply' || type === 'message')
    expect(order.slice(0, 2)).toEqual(['reply', 'message'])
    const next = await lifeOn(killed)
    const { session } = welcome
    const back = await next.enter({ resume: { session, cursor: reply.payload['cursor'] } })
    expect(back.welcome).toMatchObject({ resumed: true, session })
    await back.one.ask('channel.publish', { topic: 'team.blue', body: 'next' })
    await back.one.until(({ payload: { body } }) => body === 'next')
    expect(bodies(back.one.frames).at(-1)).toBe('next')
  })
})

describe('who listened on a channel', () => {
  const joins = ({ envelopes }: ReturnType<typeof record>) =>
    envelopes.flatMap(({ event }) => (event.type === 'client.channel' ? [`${event.channel} ${event.change}`] : []))

  it('is told to have left when the process was killed, and once, however many come after it', async () => {
    const lives = createLives()
    const first = lives.begin()
    const { one } = await (await begin(first.system)).enter()
    await one.ask('subscribe', { patterns: ['team.blue'], presence: true })
    first.kill()
    const second = lives.begin()
    const seen = record(second.system, 'client.#')
    await begin(second.system)
    expect(joins(seen)).toEqual(['team.blue left'])
    second.kill()
    const third = lives.begin()
    const again = record(third.system, 'client.#')
    await begin(third.system)
    expect(joins(again)).toEqual([])
  })

  it('is told to be there again when it comes back', async () => {
    const lives = createLives()
    const first = lives.begin()
    const { one, welcome } = await (await begin(first.system)).enter()
    await one.ask('subscribe', { patterns: ['team.blue'], presence: true })
    first.kill()
    const second = lives.begin()
    const seen = record(second.system, 'client.#')
    const { enter } = await begin(second.system)
    const { one: back } = await enter({ resume: { session: welcome['session'] } })
    await back.ask('unsubscribe', { patterns: ['team.blue'] })
    second.kill()
    const third = lives.begin()
    const after = record(third.system, 'client.#')
    await begin(third.system)
    expect([joins(seen), joins(after)]).toEqual([['team.blue left', 'team.blue joined', 'team.blue left'], []])
  })
})
