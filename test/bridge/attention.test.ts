/** What needs a person, dealt with by clients over real sockets. */
import { afterEach, describe, expect, it } from 'vitest'
import { agent, approval } from '../../actors/index.js'
import { openBridge } from '../../bridge/bridge.js'
import { connect } from '../../bridge/client.js'
import { signToken, type TokenClaims } from '../../bridge/token.js'
import { createSystem } from '../../src/system/system.js'

const secret = 'a secret that only this test knows, long enough'
const asker = agent('asker', { hears: { ask: {} }, on: { ask: (_, { question }) => question('Which colour?') } })

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

const setUp = async () => {
  const system = createSystem({ onError: () => {} })
  const bridge = await openBridge(system, { port: 0, secret })
  closing.push(
    () => system.stop({ force: true }),
    () => bridge.close(),
  )
  const visitor = async (claims: Partial<TokenClaims>) => {
    const token = await signToken({ sub: 'me', permissions: ['read', 'write'], ttl: 60_000, ...claims }, secret)
    const made = connect(bridge.url, { token, onError: () => {} })
    closing.push(() => made.stop())
    return made
  }
  return { system, visitor }
}

describe('clients and what needs a person', () => {
  it('have the first of two answers count, and tell the second who was first', async () => {
    const { system, visitor } = await setUp()
    const answer = system.spawn(asker, { id: 'ada' }).ask({ type: 'ask' })
    const [ann, bob] = [await visitor({ sub: 'ann' }), await visitor({ sub: 'bob' })]
    await expect.poll(() => ann.attention.list({ state: 'open' })).toHaveLength(1)
    const [item] = await ann.attention.list()
    if (!item) throw new Error('Expected an item that needs attention.')
    expect(item).toMatchObject({ kind: 'question', subject: 'ada', title: 'Which colour?' })
    expect(await ann.attention.resolve(item.id, 'red')).toEqual({ id: item.id, state: 'resolved' })
    await expect(bob.attention.resolve(item.id, 'blue')).rejects.toMatchObject({
      ...{ code: 'INVALID_STATE', message: expect.stringContaining('ann') },
    })
    expect(await answer).toBe('red')
    expect((await bob.view()).attention.get(item.id)).toMatchObject({ state: 'resolved', by: 'ann', answer: 'red' })
  })

  it('neither see nor deal with what they may not', async () => {
    const { system, visitor } = await setUp()
    const ok = system.spawn(approval({ id: 'ok', question: 'Publish?' }))
    const eve = await visitor({ sub: 'eve', channels: { read: ['agent.#'], write: ['agent.#'] } })
    await expect.poll(() => system.attention.list()).toHaveLength(1)
    const [item] = await system.attention.list()
    if (!item) throw new Error('Expected an item that needs attention.')
    expect(await eve.attention.list()).toEqual([])
    expect((await eve.view()).attention.size).toBe(0)
    await expect(eve.attention.resolve(item.id, 'approve')).rejects.toMatchObject({ code: 'FORBIDDEN' })
    const ann = await visitor({ sub: 'ann' })
    await ann.attention.snooze(item.id, 60_000)
    await ann.attention.resolve(item.id, 'approve')
    expect(await ok.result()).toMatchObject({ decision: 'approve', by: 'ann' })
  })
})
