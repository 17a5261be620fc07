/** Who is connected, and messages to one client alone. */
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { agent } from '../../actors/agent/define.js'
import { addressOf } from '../../bridge/address.js'
import { connect } from '../../bridge/client.js'
import type { ClientMessage } from '../../src/client/options.js'
import { record } from '../kit/events.js'
import { open, setUp } from '../kit/world.js'

const world = async (options: Parameters<typeof setUp>[0] = {}) => {
  const at = await setUp(options)
  const seen = record(at.system, 'client.#')
  const as = async (sub: string, claims: object = {}, hello: object = {}) => {
    const one = await at.client()
    const welcome = await one.hello({ token: await at.token({ sub, permissions: ['read', 'write'], ...claims }), ...hello })
    return { one, welcome: welcome.payload }
  }
  return { ...at, seen, as }
}
const messages = (frames: readonly { type: string; payload: Readonly<Record<string, unknown>> }[]) =>
  frames.flatMap(({ type, payload }) => (type === 'client.message' ? [payload['message']] : []))

describe('presence', () => {
  it('tells who comes, is away, comes back, and goes', async () => {
    const { system, as, seen } = await world({ sessionWindow: 400 })
    const { one, welcome } = await as('ann', {}, { client: 'a tool' })
    const { session, cursor } = welcome
    expect([...system.state.clients.values()]).toMatchObject([
      { id: session, client: 'ann', state: 'connected', name: 'a tool', dialect: 'native' },
    ])
    const { one: other } = await as('bob')
    await one.close()
    await seen.until((event) => event.type === 'client.status' && event.id === 'ann' && event.state === 'away')
    const { one: again } = await as('ann', {}, { resume: { session, cursor } })
    await again.close()
    await seen.until((event) => event.type === 'client.status' && event.id === 'ann' && event.state === 'gone')
    expect(seen.states('ann')).toEqual(['connected', 'away', 'connected', 'away', 'gone'])
    expect([...system.state.clients.values()].map(({ client }) => client)).toEqual(['bob'])
    const { payload } = await other.ask('view.get')
    expect(payload['clients']).toMatchObject([{ client: 'bob' }])
  })

  it('is read by whom the token lets', async () => {
    const { as } = await world()
    await as('ann')
    const { one } = await as('bob', { channels: { read: ['task.#', 'client.bob.#'] } })
    expect((await one.ask('view.get')).payload['clients']).toMatchObject([{ client: 'bob' }])
    expect((await one.ask('subscribe', { patterns: ['client.ann.status'] })).payload).toMatchObject({ code: 'FORBIDDEN' })
  })

  it('gives a subject that cannot stand in a topic an address that can', async () => {
    const { as, system } = await world()
    const { welcome } = await as('ann@example.org')
    expect(welcome).toMatchObject({ client: 'ann@example.org', address: addressOf('ann@example.org') })
    expect(addressOf('ann@example.org')).toMatch(/^sub-[0-9a-f]{32}$/)
    expect([...system.state.clients.values()][0]).toMatchObject({ client: addressOf('ann@example.org') })
  })
})

describe('a message to a client', () => {
  it('reaches it alone, in all its sessions, without a subscription', async () => {
    const { as } = await world()
    const { one: ann } = await as('ann', { channels: { read: ['task.#'] } })
    const { one: second } = await as('ann')
    const { one: bob } = await as('bob')
    const { one: eve } = await as('eve')
    await eve.ask('subscribe', { patterns: ['#', 'client.ann.message'] })
    await second.ask('subscribe', { patterns: ['client.#'] })
    expect((await bob.ask('client.send', { to: 'ann', message: { type: 'hi' } })).payload).toEqual({ id: 'ann' })
    for (const each of [ann, second])
      expect(await each.until(({ type }) => type === 'client.message')).toMatchObject({
        channel: 'client.ann.message',
        source: 'bob',
        payload: { id: 'ann', from: 'bob', message: { type: 'hi' } },
      })
    await second.ask('ping')
    await eve.ask('ping')
    expect([ann, second, bob, eve].map((each) => messages(each.frames).length)).toEqual([1, 1, 0, 0])
    await second.ask('unsubscribe', { patterns: ['client.#', 'client.ann.message'] })
    await bob.ask('client.send', { to: 'ann', message: { type: 'again' } })
    await second.until(({ payload }) => (payload['message'] as { type?: string } | undefined)?.type === 'again')
  })

  it('waits for one that is away, and comes once', async () => {
    const { as } = await world()
    const { one: ann, welcome } = await as('ann')
    const { one: bob } = await as('bob')
    await ann.close()
    await bob.until(() => true)
    await bob.ask('client.send', { to: 'ann', message: { type: 'hi' } })
    const { one: again } = await as('ann', {}, { resume: { session: welcome['session'], cursor: welcome['cursor'] } })
    await again.until(({ type }) => type === 'client.message')
    await again.ask('ping')
    expect(messages(again.frames)).toEqual([{ type: 'hi' }])
  })

  it('is refused where nobody is, or it may not be said', async () => {
    const { as, system } = await world()
    const { one } = await as('bob', { channels: { write: ['client.ann'] } })
    await as('zoe')
    expect((await one.ask('client.send', { to: 'ann', message: { type: 'hi' } })).payload).toMatchObject({ code: 'NOT_FOUND' })
    expect((await one.ask('client.send', { to: 'zoe', message: { type: 'hi' } })).payload).toMatchObject({ code: 'FORBIDDEN' })
    const { one: loud } = await as('loud')
    expect((await loud.ask('channel.publish', { topic: 'client.zoe.message', body: 1 })).payload).toMatchObject({
      code: 'FORBIDDEN',
    })
    system.send('nobody', { type: 'hi' })
    expect(system.state.deadLetters).toBe(1)
  })

  it('is how an agent answers whoever wrote to it', async () => {
    const { system, as } = await world()
    const echo = agent('echo', {
      hears: { say: { text: z.string() } },
      on: { say: ({ text }, { stage, from }) => stage.send(from, { type: 'said', text: text.toUpperCase() }) },
    })
    system.spawn(echo, { id: 'e' })
    const { one } = await as('ann', { permissions: ['agent_control'] })
    await one.ask('agent.send', { to: 'e', message: { type: 'say', text: 'hi' } })
    expect((await one.until(({ type }) => type === 'client.message')).payload).toMatchObject({
      from: 'e',
      message: { type: 'said', text: 'HI' },
    })
    expect(system.state.deadLetters).toBe(0)
  })

  it('is sent and heard with the client, too', async () => {
    const { bridge, token, system } = await world()
    const remote = async (sub: string) => {
      const one = connect(bridge.url, { token: await token({ sub }), onError: () => {} })
      open.push(() => one.stop())
      await one.view()
      return one
    }
    const ann = await remote('ann')
    const bob = await remote('bob')
    const heard: ClientMessage[] = []
    ann.messages.subscribe((message) => heard.push(message))
    ann.channel('client.ann.message').subscribe(() => {})
    await ann.view()
    await bob.client('ann').send({ type: 'hi', n: 1 })
    await system.client('ann').send({ type: 'ho' })
    await ann.view()
    expect(heard).toMatchObject([
      { from: 'bob', message: { type: 'hi', n: 1 } },
      { from: 'system', message: { type: 'ho' } },
    ])
    await expect(bob.client('nobody').send({ type: 'hi' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
    expect((await bob.view()).clients.size).toBe(2)
  })
})
