/** `onConnection`: the application is told of each connection, and may say something on it. */
import { describe, expect, it } from 'vitest'
import { claudeFlow } from '../../bridge/dialects/claude-flow/index.js'
import { native } from '../../bridge/dialects/native/index.js'
import type { Peer } from '../../bridge/peers.js'
import { plain } from '../kit/plain.js'
import { open, setUp } from '../kit/world.js'

describe('onConnection', () => {
  it('is told of a connection, may speak on it and end it, and hears that it has ended', async () => {
    const peers: Peer[] = []
    let over: () => void = () => {}
    const ended = new Promise<void>((resolve) => {
      over = resolve
    })
    const { bridge, errors } = await setUp({
      dialects: [claudeFlow],
      onConnection(peer) {
        expect(peer.say({ type: 'first' })).toBe(true)
        peers.push(peer)
        return over
      },
    })
    const one = await plain(bridge.url)
    await one.type('version-negotiation')
    const [peer] = peers
    expect(peer?.say({ type: 'hint', text: 'psst' })).toBe(true)
    expect(await one.type('hint')).toEqual({ type: 'hint', text: 'psst' })
    peer?.close(4000, 'enough')
    expect(await one.ended).toEqual({ code: 4000, reason: 'enough' })
    await ended
    expect(peer?.say({ type: 'late' })).toBe(false)
    expect(one.frames.map(({ type }) => type)).toEqual(['first', 'version-negotiation', 'hint'])
    expect(errors.list).toEqual([])
  })

  it('does not harm a connection when it throws, and is not told of one too many', async () => {
    let told = 0
    const { bridge, errors } = await setUp({
      dialects: [claudeFlow],
      maxConnections: 1,
      onConnection() {
        told++
        throw new Error('mine')
      },
    })
    const one = await plain(bridge.url)
    open.push(() => one.close())
    await one.type('version-negotiation')
    const two = await plain(bridge.url)
    expect((await two.ended).code).toBe(1013)
    expect([told, errors.list]).toEqual([1, ['onConnection: mine']])
  })
})

describe('a path', () => {
  it('that nobody names goes to who takes any', async () => {
    const { bridge, token } = await setUp({ dialects: [claudeFlow({ paths: ['*'] }), native] })
    const any = await plain(`${bridge.url}/any/path`)
    const own = await plain(`${bridge.url}/native`)
    open.push(
      () => any.close(),
      () => own.close(),
    )
    await any.type('version-negotiation')
    own.say({ id: '1', type: 'hello', payload: { token: await token() } })
    await own.type('welcome')
  })
})
