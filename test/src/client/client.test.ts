import type { AddressInfo } from 'node:net'
import { createServer, connect as dial, type Server, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { agent } from '../../../actors/agent/define.js'
import { shell } from '../../../actors/shell/shell.js'
import { swarm } from '../../../actors/swarm/define.js'
import { task } from '../../../actors/task/define.js'
import { type Bridge, openBridge } from '../../../bridge/bridge.js'
import { connect } from '../../../bridge/client.js'
import type { BridgeOptions } from '../../../bridge/options.js'
import { signToken, type TokenClaims } from '../../../bridge/token.js'
import type { Client } from '../../../src/client/client.js'
import type { ConnectionState } from '../../../src/client/connection-state.js'
import type { ConnectOptions, Loss } from '../../../src/client/options.js'
import { createSystem, type System } from '../../../src/system/system.js'

const secret = 'a secret that only this test knows, long enough'
const echo = agent('echo', {
  hears: { say: { text: z.string() }, fail: {}, wait: {} },
  on: {
    say: ({ text }) => text.toUpperCase(),
    fail: (_, { fail }) => fail('no', { why: 'because' }),
    wait: (_, { signal }) => new Promise((resolve) => signal.addEventListener('abort', resolve)),
  },
})

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

const world = async (options: BridgeOptions = {}): Promise<{ system: System; bridge: Bridge }> => {
  const system = createSystem({ onError: () => {} })
  const bridge = await openBridge(system, { port: 0, secret, spawnable: [echo, shell], ...options })
  closing.push(
    () => system.stop({ force: true }),
    () => bridge.close(),
  )
  return { system, bridge }
}
const tokenFor = (claims: Partial<TokenClaims> = {}) =>
  signToken({ sub: 'me', permissions: ['admin'], ttl: 60_000, ...claims }, secret)
const client = async (url: string, options: ConnectOptions = {}): Promise<Client> => {
  const made = connect(url, { token: await tokenFor(), onError: () => {}, reconnect: { delays: [0, 10], jitter: 0 }, ...options })
  closing.push(() => made.stop())
  return made
}
const reaches = (from: Client, status: ConnectionState['status']) =>
  new Promise<ConnectionState>((resolve) => {
    from.connection.subscribe((state) => {
      if (state.status === status) resolve(state)
    })
  })
const until = async (fits: () => boolean) => {
  for (const end = Date.now() + 10_000; !fits(); await new Promise((resolve) => setTimeout(resolve, 5)))
    if (Date.now() > end) throw new Error('it did not come about within 10 s')
}

/** A TCP proxy that can cut what goes through it, as a bad network does. */
const proxy = async (to: number): Promise<{ url: string; cut(): void; refuse: boolean }> => {
  const sockets = new Set<Socket>()
  const handle = { url: '', cut: () => sockets.forEach((socket) => void socket.destroy()), refuse: false }
  const server: Server = createServer((socket) => {
    if (handle.refuse) return void socket.destroy()
    const other = dial(to, '127.0.0.1')
    for (const [from, into] of [
      [socket, other],
      [other, socket],
    ] as const) {
      sockets.add(from)
      from.on('error', () => {})
      from.on('close', () => {
        sockets.delete(from)
        into.destroy()
      })
      from.pipe(into)
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => {
    handle.cut()
    server.close()
  })
  handle.url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`
  return handle
}

describe.each(['json', 'msgpack'] as const)('a client in %s', (codec) => {
  it('says the verbs of a stage', async () => {
    const { system, bridge } = await world()
    const remote = await client(bridge.url, { codec })
    const e = remote.spawn(echo, { id: 'e', name: 'Echo', metadata: { made: 'remotely' } })
    expect(await e.ask({ type: 'say', text: 'hi' })).toBe('HI')
    await expect(e.ask({ type: 'fail' })).rejects.toMatchObject({ code: 'FAILED', message: 'no', details: { why: 'because' } })
    const t = remote.spawn(task({ to: e, message: { type: 'say', text: 'work' } }))
    expect(await t.result()).toBe('WORK')
    const s = remote.spawn(swarm({ goal: 'remote', members: [{ agent: e, role: 'only' }] }))
    const inSwarm = remote.spawn(task({ to: s, message: { type: 'say', text: 'x' } }))
    expect([await inSwarm.result(), await s.result()]).toEqual(['X', { completed: 1, failed: 0, cancelled: 0 }])
    const ballot = remote.propose('?', { voters: ['me', 'you'], choices: ['yes', 'no'] })
    await ballot.vote('me', 'yes')
    expect(await ballot.vote('you', 'yes')).toEqual({ id: ballot.id, state: 'closed' })
    expect(await ballot.result()).toMatchObject({ decision: 'yes', votes: { yes: 2, no: 0 } })
    expect(await e.pause()).toMatchObject({ id: 'e', state: 'paused', seq: expect.any(Number) })
    await e.resume()
    const gone = e.result()
    await e.stop()
    await gone
    const view = await remote.view()
    expect(view.agents.get('e')).toMatchObject({ state: 'stopped', name: 'Echo', completed: 2, metadata: { made: 'remotely' } })
    expect([...view.tasks.keys()]).toEqual([...system.state.tasks.keys()])
  })

  it('hears what happens, in order, with numbers, each event once however many patterns cover it', async () => {
    const { system, bridge } = await world()
    const remote = await client(bridge.url, { codec })
    const heard: [string, number][] = []
    const wide: string[] = []
    remote.channel('team.blue').envelopes.subscribe((envelope) => heard.push([String(envelope.event.body), envelope.seq]))
    remote.channel('team.#').subscribe((event) => wide.push(String(event.body)))
    await remote.view()
    for (const body of ['a', 'b', 'c']) await system.channel('team.blue').publish(body)
    await remote.channel('team.blue').publish('d')
    await until(() => heard.length === 4 && wide.length === 4)
    expect(heard).toEqual([
      ['a', 1],
      ['b', 2],
      ['c', 3],
      ['d', 4],
    ])
    expect(wide).toEqual(['a', 'b', 'c', 'd'])
  })

  it('misses nothing when its connection is lost, and is told nothing twice', async () => {
    const { system, bridge } = await world()
    const bad = await proxy(bridge.port)
    const remote = await client(bad.url, { codec })
    const heard: number[] = []
    const losses: Loss[] = []
    remote.losses.subscribe((loss) => losses.push(loss))
    remote.channel('count.*').subscribe((event) => heard.push(event.body as number))
    await remote.view()
    let opened = 0
    remote.connection.subscribe((state) => {
      if (state.status === 'open') opened++
    })
    for (let at = 1; at <= 400; at++) {
      await system.channel('count.x').publish(at)
      if (at % 100 === 0) bad.cut()
      if (at % 100 === 50) await until(() => opened === 1 + Math.floor(at / 100))
    }
    await until(() => heard.at(-1) === 400)
    expect(heard).toEqual(Array.from({ length: 400 }, (_, at) => at + 1))
    expect(losses).toEqual([])
  })
})

describe('a client', () => {
  it('is refused what its token does not permit, with the reason', async () => {
    const { system, bridge } = await world()
    system.spawn(echo, { id: 'e' })
    const reader = await client(bridge.url, { token: await tokenFor({ permissions: ['read'], channels: { read: ['task.#'] } }) })
    await expect(reader.ask('e', { type: 'say', text: 'x' })).rejects.toMatchObject({
      code: 'FORBIDDEN',
      message: expect.stringContaining('agent_control'),
    })
    expect((await reader.view()).agents.size).toBe(0)
    const refused = new Promise((resolve) => reader.channel('agent.#').subscribe({ error: resolve }))
    expect(await refused).toMatchObject({ code: 'FORBIDDEN', message: expect.stringContaining('does not cover reading agent.#') })
  })

  it('gives up for good with a bad token, and says so to whoever waits', async () => {
    const { bridge } = await world()
    const stranger = await client(bridge.url, { token: 'nonsense' })
    await expect(stranger.view()).rejects.toMatchObject({ code: 'AUTH_FAILED' })
    expect(stranger.connected).toMatchObject({ status: 'closed', lastError: { code: 'AUTH_FAILED' } })
    await expect(stranger.view()).rejects.toMatchObject({ code: 'CLOSED' })
  })

  it('asks for a new token at every connection', async () => {
    const { bridge } = await world()
    const bad = await proxy(bridge.port)
    let asked = 0
    const remote = await client(bad.url, {
      token: () => {
        asked++
        return tokenFor()
      },
    })
    await reaches(remote, 'open')
    bad.cut()
    await until(() => asked === 2 && remote.connected.status === 'open')
  })

  it('counts its attempts while nobody answers, and can be told to try now', async () => {
    const { bridge } = await world()
    const bad = await proxy(bridge.port)
    bad.refuse = true
    const remote = await client(bad.url, { reconnect: { delays: [0, 0, 1_000_000], jitter: 0 } })
    await until(() => remote.connected.status === 'waiting' && remote.connected.attempt === 2)
    expect(remote.connected.lastError?.code).toBe('DISCONNECTED')
    expect(remote.connected.retryAt).toBeGreaterThan(Date.now())
    const waiting = remote.view()
    bad.refuse = false
    remote.reconnect()
    expect((await waiting).agents.size).toBe(0)
    expect(remote.connected).toMatchObject({ status: 'open', attempt: 0 })
  })

  it('asks again what was under way when the connection was lost, and keeps nothing that is asked meanwhile', async () => {
    const { system, bridge } = await world()
    const bad = await proxy(bridge.port)
    const remote = await client(bad.url)
    system.spawn(echo, { id: 'e' })
    const slow = remote.spawn(task({ id: 't', to: 'e', message: { type: 'wait' } }))
    await slow.ready
    const result = slow.result()
    const change = remote.ask('e', { type: 'say', text: 'later' })
    await until(() => system.state.tasks.get('t')?.state === 'running')
    bad.cut()
    await reaches(remote, 'waiting')
    const now = remote.ask('e', { type: 'say', text: 'x' })
    await expect(now).rejects.toMatchObject({ code: 'DISCONNECTED', message: expect.stringContaining('not kept for later') })
    await reaches(remote, 'open')
    const refused = expect(result).rejects.toMatchObject({ code: 'CANCELLED' })
    await system.task('t').cancel()
    await refused
    expect(await change).toBe('LATER')
  })

  it('learns that it lost a session with the server, and goes on', async () => {
    const first = await world()
    const { port } = first.bridge
    const remote = await client(first.bridge.url)
    const heard: unknown[] = []
    const losses: Loss[] = []
    remote.losses.subscribe((loss) => losses.push(loss))
    remote.channel('team.blue').subscribe((event) => heard.push(event.body))
    await remote.view()
    await first.bridge.close()
    const second = await world({ port })
    await until(() => losses.length > 0)
    expect(losses).toEqual([{ topic: 'team.blue', fromSeq: null, toSeq: null, reason: 'session' }])
    await remote.view()
    await second.system.channel('team.blue').publish('after')
    await until(() => heard.length === 1)
  })

  it('refuses to say what cannot travel, and rejects for a definition that may not be spawned', async () => {
    const { bridge } = await world()
    const remote = await client(bridge.url)
    await expect(remote.spawn(echo, { onFailure: { directive: 'stop' } }).ready).rejects.toMatchObject({ code: 'UNSUPPORTED' })
    const secretAgent = agent('secret', { hears: {}, on: {} })
    await expect(remote.spawn(secretAgent).ready).rejects.toMatchObject({
      code: 'UNKNOWN_DEFINITION',
      message: expect.stringContaining('echo, shell'),
    })
    await expect(remote.spawn(shell, { id: 'x y' }).ready).rejects.toMatchObject({ code: 'INVALID_MESSAGE' })
  })

  it('detaches a listener that throws, and only that one', async () => {
    const { system, bridge } = await world()
    const errors: string[] = []
    const remote = await client(bridge.url, { onError: (error) => errors.push(error.message) })
    const heard: unknown[] = []
    remote.channel('team.blue').subscribe(() => {
      throw new Error('clumsy')
    })
    remote.connection.subscribe(() => {
      throw new Error('watching badly')
    })
    remote.channel('team.blue').subscribe((event) => heard.push(event.body))
    await remote.view()
    await system.channel('team.blue').publish(1)
    await system.channel('team.blue').publish(2)
    await until(() => heard.length === 2)
    expect(errors).toEqual(['watching badly', 'clumsy'])
  })

  it('ends its channels and its requests when it is closed, twice if need be', async () => {
    const { bridge } = await world()
    const remote = await client(bridge.url)
    const ended = new Promise<void>((resolve) => remote.channel('team.#').subscribe({ complete: resolve }))
    await remote.view()
    const waiting = remote.swarm('nobody').result()
    await remote.stop()
    await remote.stop()
    await ended
    await expect(waiting).rejects.toBeDefined()
    await until(() => bridge.connections === 0)
  })

  it('needs a WebSocket, and says so', async () => {
    const { connect: bare } = await import('../../../src/client/index.js')
    expect(() => bare('ws://x', { WebSocket: null })).toThrow(/hand one in with the option WebSocket/)
  })
})
