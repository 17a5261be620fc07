/** A client against a server that says what the test tells it to, over a real socket. */
import { type AddressInfo, createServer } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { agent } from '../../../actors/agent/define.js'
import { openBridge } from '../../../bridge/bridge.js'
import { connect } from '../../../bridge/client.js'
import { signToken } from '../../../bridge/token.js'
import type { Client } from '../../../src/client/client.js'
import type { ConnectionState } from '../../../src/client/connection-state.js'
import type { ConnectOptions } from '../../../src/client/options.js'
import { createManualClock } from '../../../src/clock.js'
import { createSystem } from '../../../src/system/system.js'
import { type Heard, serve as scripted, until, type Visitor, welcome } from '../../kit/scripted-server.js'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

const serve = async (answer: Parameters<typeof scripted>[0]) => {
  const server = await scripted(answer)
  closing.push(server.close)
  return server
}
const welcoming = (frame: Heard, visitor: Visitor, turn: number) => {
  if (frame.type === 'hello') welcome(visitor, turn)
}
const client = (url: string, options: ConnectOptions = {}): Client => {
  const made = connect(url, { onError: () => {}, reconnect: { jitter: 0 }, ...options })
  closing.push(() => made.stop())
  return made
}
const round = () => {
  const message: { type: string; self?: unknown } = { type: 'x' }
  message.self = message
  return message
}

describe('a connection', () => {
  it('does not say a command again to a server that knows nothing of it: it may have been carried out', async () => {
    const { url, visitors, typesOf } = await serve((frame, visitor, turn) => {
      if (frame.type === 'hello') welcome(visitor, turn, { resumed: false })
    })
    const remote = client(url)
    await until(() => remote.connected.status === 'open')
    const charge = remote.ask('e', { type: 'charge' })
    await until(() => typesOf(1).includes('agent.ask'))
    remote.reconnect()
    await expect(charge).rejects.toMatchObject({ code: 'DISCONNECTED', message: expect.stringContaining('may have been') })
    await until(() => visitors.length === 2 && remote.connected.status === 'open')
    remote.view().catch(() => {})
    await until(() => typesOf(2).includes('view.get'))
    expect(typesOf(2)).not.toContain('agent.ask')
  })

  it('that is never welcome is given up for another attempt', async () => {
    let dials = 0
    const silent = createServer((socket) => {
      dials++
      socket.on('error', () => {})
    })
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    closing.push(() => silent.close())
    const clock = createManualClock()
    // A server that listens on a port has an address.
    const remote = client(`ws://127.0.0.1:${(silent.address() as AddressInfo).port}`, { clock, timeout: 10_000 })
    await until(() => dials === 1)
    await clock.advance(9_999)
    expect(remote.connected.status).toBe('connecting')
    await clock.advance(1)
    expect(remote.connected.lastError).toMatchObject({ code: 'TIMEOUT' })
    await clock.advance(1_000)
    await until(() => dials === 2)
  })

  it('that breaks soon after each welcome is made at ever longer intervals', async () => {
    const { url, visitors } = await serve((frame, visitor, turn) => {
      welcoming(frame, visitor, turn)
      visitor.socket.close(1011)
    })
    const clock = createManualClock()
    const remote = client(url, { clock })
    const waits: number[] = []
    remote.connection.subscribe(({ status, retryAt }: ConnectionState) => {
      if (status === 'waiting' && retryAt !== undefined) waits.push(retryAt - clock.now())
    })
    for (const [turn, wait] of [0, 1_000, 2_000].entries()) {
      await until(() => waits.length === turn + 1)
      await clock.advance(wait)
      await until(() => visitors.length === turn + 2)
    }
    expect(waits.slice(0, 3)).toEqual([0, 1_000, 2_000])
  })

  it('that lasted is made again at once', async () => {
    const { url, visitors } = await serve(welcoming)
    const clock = createManualClock()
    const remote = client(url, { clock })
    const waits: number[] = []
    remote.connection.subscribe(({ status, retryAt }: ConnectionState) => {
      if (status === 'waiting' && retryAt !== undefined) waits.push(retryAt - clock.now())
    })
    for (const turn of [1, 2]) {
      await until(() => visitors.length === turn && remote.connected.status === 'open')
      await clock.advance(5_000)
      visitors[turn - 1]?.socket.close(1011)
      await until(() => waits.length === turn)
      await clock.advance(0)
    }
    expect(waits).toEqual([0, 0])
  })

  it('tells why the last attempt failed, not an earlier one', async () => {
    const { url } = await serve((_frame, { socket }, turn) => socket.close(turn === 1 ? 1011 : 1013, `turn ${turn}`))
    const remote = client(url, { reconnect: { delays: [0, 0, 1_000_000], jitter: 0 } })
    await until(() => remote.connected.status === 'waiting' && remote.connected.attempt === 2)
    expect(remote.connected.lastError?.message).toContain('1013')
  })

  it('that a newer one superseded does not take the session back', async () => {
    const { url, visitors } = await serve((frame, visitor, turn) => {
      welcoming(frame, visitor, turn)
      visitor.socket.close(4409)
    })
    const remote = client(url)
    await until(() => remote.connected.status === 'closed')
    expect(remote.connected.lastError?.code).toBe('SUPERSEDED')
    expect(visitors).toHaveLength(1)
  })

  it('to what is no address ends at once, and tells no token that stands in it', async () => {
    const said: string[] = []
    const remote = client('http//nowhere?token=SECRET', { onError: (error) => said.push(error.message) })
    await until(() => remote.connected.status === 'closed')
    expect(remote.connected.lastError?.code).toBe('INVALID_OPTION')
    expect([...said, remote.connected.lastError?.message].join()).not.toContain('SECRET')
  })

  it('is tried again when the callback for the token failed, whatever it failed with', async () => {
    const { url } = await serve(welcoming)
    let asked = 0
    const remote = client(url, {
      reconnect: { delays: [0, 0], jitter: 0 },
      token: () => {
        if (++asked === 1) throw new SyntaxError('no JSON')
        return 'fresh'
      },
    })
    await until(() => remote.connected.status === 'open')
    expect(asked).toBe(2)
  })

  it('goes on from its cursor when a mark shows that events are missing', async () => {
    const { url, visitors } = await serve((frame, visitor, turn) => {
      welcoming(frame, visitor, turn)
      if (turn === 1) visitor.say('mark', { dseq: 3, cursor: { epoch: 'e', offset: 9 } })
    })
    client(url)
    await until(() => (visitors[1]?.heard.length ?? 0) > 0)
    expect(visitors[1]?.heard[0]?.payload['resume']).toEqual({ session: 's', cursor: { epoch: 'e', offset: 1 } })
  })

  it('to a server that fell silent is left after two pings', async () => {
    const { url, visitors, typesOf } = await serve((frame, visitor, turn) => {
      if (frame.type === 'hello') welcome(visitor, turn, { heartbeat: 1_000 })
    })
    const clock = createManualClock()
    const remote = client(url, { clock })
    await until(() => remote.connected.status === 'open')
    await clock.advance(2_000)
    await until(() => typesOf(1).length === 3)
    expect(typesOf(1)).toEqual(['hello', 'ping', 'ping'])
    await clock.advance(1_000)
    await until(() => visitors.length === 2)
  })
})

describe('what is said', () => {
  it('before the first connection follows the subscriptions, so that what it leads to is heard', async () => {
    const { url, typesOf } = await serve(welcoming)
    const remote = client(url)
    remote.channel('agent.#').subscribe(() => {})
    remote.send('e', { type: 'x' })
    await until(() => typesOf(1).length === 3)
    expect(typesOf(1)).toEqual(['hello', 'subscribe', 'agent.send'])
  })

  it.each(['before', 'after'])('%s the welcome and cannot be written down fails alone', async (when) => {
    const { url, typesOf } = await serve(welcoming)
    const errors: string[] = []
    const remote = client(url, { onError: ({ code }) => errors.push(code) })
    if (when === 'after') await until(() => remote.connected.status === 'open')
    expect(() => remote.send('e', round())).not.toThrow()
    remote.send('e', { type: 'fine' })
    await until(() => errors.length === 1 && typesOf(1).includes('agent.send'))
    expect(errors).toEqual(['INVALID_MESSAGE'])
  })
})

describe('the result of an agent', () => {
  it('comes although the agent stopped while the session was lost', async () => {
    const idle = agent('idle', { hears: {}, on: {} })
    const secret = 'a secret that only this test knows, long enough'
    const system = createSystem({ onError: () => {} })
    closing.push(() => system.stop({ force: true }))
    const first = await openBridge(system, { port: 0, secret })
    const { port } = first
    const token = await signToken({ sub: 'me', permissions: ['admin'], ttl: 60_000 }, secret)
    const remote = client(first.url, { token, reconnect: { delays: [0, 10], jitter: 0 } })
    await system.spawn(idle, { id: 'e' }).ready
    const result = remote.agent('e').result()
    // Answered after the subscription that the result stands on.
    await remote.view()
    await first.close()
    await system.agent('e').stop()
    const second = await openBridge(system, { port, secret })
    closing.push(() => second.close())
    await expect(result).resolves.toBeUndefined()
  })
})
