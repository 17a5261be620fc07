import { describe, expect, it } from 'vitest'
import { shell } from '../../../actors/index.js'
import { signToken } from '../../../bridge/index.js'
import { plain } from '../../kit/plain.js'
import { open, secret } from '../../kit/world.js'
import { allFit, onsemblWorld } from './dashboard.js'

const clientInfo = { userAgent: 'Mozilla/5.0', timezone: 'Europe/Berlin', viewport: { width: 1_280, height: 720 } }

describe('a dashboard with its token in the address', () => {
  it('is welcome at once: connection:ack, then agent:list, before anything happens', async () => {
    const { system, dashboard } = await onsemblWorld()
    system.spawn(shell, { id: 'agent-1' })
    const one = await dashboard()
    expect(one.frames.map(({ type }) => type)).toEqual(['connection:ack', 'agent:list'])
    expect(one.frames[0]).toEqual({
      version: '1.0.0',
      type: 'connection:ack',
      timestamp: expect.any(Number),
      payload: {
        connectionId: expect.any(String),
        serverVersion: '1.0.0',
        features: expect.arrayContaining(['real-time', 'command-execution', 'terminal-streaming']),
      },
    })
    expect(one.all('agent:list')).toEqual([
      {
        agents: [
          {
            agentId: 'agent-1',
            agentType: 'claude',
            status: 'online',
            connectedAt: expect.any(Number),
            lastActivity: expect.any(Number),
          },
        ],
      },
    ])
    allFit(one)
  })

  it('may introduce itself with dashboard:connect, and is acknowledged again', async () => {
    const { dashboard, token } = await onsemblWorld()
    const one = await dashboard()
    one.tell('dashboard:connect', { token: await token(), clientInfo })
    await one.until(() => one.frames.length >= 4)
    expect(one.frames.map(({ type }) => type)).toEqual(['connection:ack', 'agent:list', 'connection:ack', 'agent:list'])
    const ids = one.all('connection:ack').map(({ connectionId }) => connectionId)
    expect(new Set(ids).size).toBe(1)
  })

  it('has its token in the Authorization header as well', async () => {
    const { connect, token } = await onsemblWorld()
    const one = await connect('', { headers: { authorization: `Bearer ${await token()}` } })
    expect(await one.type('connection:ack')).toBeDefined()
  })

  it.each([
    ['nonsense', () => 'nonsense'],
    ['an expired token', () => signToken({ sub: 'ann', ttl: 1_000 }, secret, 1_000_000_000_000)],
    ['a token of another secret', () => signToken({ sub: 'ann', ttl: 60_000 }, 'another secret for tests')],
  ])('is refused with AUTH_FAILED and closed for %s', async (_, bad) => {
    const { connect } = await onsemblWorld()
    const one = await connect(`?token=${await bad()}`)
    expect(await one.payload('error')).toMatchObject({ code: 'AUTH_FAILED', recoverable: false })
    expect((await one.ended).code).toBe(4401)
    expect(one.frames.map(({ type }) => type)).toEqual(['error'])
    allFit(one)
  })
})

describe('a dashboard without a token in its address', () => {
  it('says dashboard:connect with one, and may go on at once', async () => {
    const { system, connect, token } = await onsemblWorld()
    system.spawn(shell, { id: 'agent-1' })
    const one = await connect()
    one.tell('dashboard:connect', { token: await token(), clientInfo })
    one.tell('command:request', { agentId: 'agent-1', command: 'true', priority: 'low' })
    const { commandId } = await one.payload('command:status')
    await one.end(String(commandId))
    expect(one.frames.slice(0, 2).map(({ type }) => type)).toEqual(['connection:ack', 'agent:list'])
  })

  it.each([
    ['a token that is not good', 'dashboard:connect', { token: 'nonsense', clientInfo }],
    ['no token', 'dashboard:connect', { token: '', clientInfo }],
    ['a command', 'command:request', { agentId: 'agent-1', command: 'ls', priority: 'normal' }],
    ['a heartbeat', 'heartbeat', { sequence: 1 }],
    ['nonsense', 'hello', {}],
    ['dashboard:connect without its fields', 'dashboard:connect', {}],
  ])('is refused with AUTH_FAILED and closed when it says %s', async (_, type, payload) => {
    const { system, connect } = await onsemblWorld()
    system.spawn(shell, { id: 'agent-1' })
    const one = await connect()
    one.tell(type, payload)
    expect(await one.payload('error')).toMatchObject({ code: 'AUTH_FAILED', recoverable: false })
    expect((await one.ended).code).toBe(4401)
    expect(system.state.tasks.size).toBe(0)
    allFit(one)
  })

  it('is closed when it says nothing in time', async () => {
    const { connect } = await onsemblWorld({ authTimeout: 30 })
    const one = await connect()
    expect(await one.payload('error')).toMatchObject({ code: 'AUTH_FAILED', recoverable: false })
    expect((await one.ended).code).toBe(4401)
  })

  it('is welcome at once where authentication is off, whatever token it then shows', async () => {
    const { connect } = await onsemblWorld({ auth: false })
    const one = await connect()
    await one.type('agent:list')
    for (const token of ['', 'whatever']) one.tell('dashboard:connect', { token, clientInfo })
    await one.until(() => one.all('connection:ack').length === 3)
    expect(one.all('error')).toEqual([])
  })
})

describe('a token', () => {
  it('is renewed with token:refresh, which is acknowledged', async () => {
    const { dashboard, token } = await onsemblWorld()
    const one = await dashboard()
    one.tell('token:refresh', { token: await token() })
    await one.until(() => one.all('connection:ack').length === 2)
    expect(one.all('agent:list').length).toBe(1)
  })

  it.each([
    ['nonsense', async () => 'nonsense'],
    ['that of somebody else', () => signToken({ sub: 'bob', ttl: 60_000 }, secret)],
  ])('is not renewed by %s; the old one stays good', async (_, bad) => {
    const { dashboard } = await onsemblWorld()
    const one = await dashboard()
    one.tell('token:refresh', { token: await bad() })
    expect(await one.payload('error')).toMatchObject({ code: 'AUTH_FAILED', recoverable: false })
    one.tell('heartbeat', { sequence: 1 })
    expect(await one.payload('heartbeat')).toEqual({ sequence: 1 })
  })

  it('that does not permit it commands nobody', async () => {
    const { system, dashboard } = await onsemblWorld()
    system.spawn(shell, { id: 'agent-1' })
    const one = await dashboard({ permissions: ['read'] })
    one.tell('command:request', { agentId: 'agent-1', command: 'ls', priority: 'normal' })
    expect(await one.payload('error')).toMatchObject({ code: 'AUTH_FAILED', recoverable: false, details: { agentId: 'agent-1' } })
    expect(system.state.tasks.size).toBe(0)
  })

  it('that covers some agents alone shows these alone', async () => {
    const { system, dashboard } = await onsemblWorld()
    system.spawn(shell, { id: 'mine' })
    system.spawn(shell, { id: 'theirs' })
    const one = await dashboard({ channels: { read: ['agent.mine.#', 'task.#'] } })
    expect(one.all('agent:list')).toMatchObject([{ agents: [{ agentId: 'mine' }] }])
  })
})

describe('the version', () => {
  it.each(['2.0.0', '0.9.0', 2])('%s is not spoken: an error, and close 1002', async (version) => {
    const { dashboard } = await onsemblWorld()
    const one = await dashboard()
    one.say({ version, type: 'heartbeat', timestamp: 1, payload: { sequence: 1 } })
    expect(await one.payload('error')).toMatchObject({ code: 'INVALID_MESSAGE', details: { reason: 'UNSUPPORTED_VERSION' } })
    expect((await one.ended).code).toBe(1002)
    allFit(one)
  })

  it('may be left out, as the examples of the document do, with the timestamp', async () => {
    const { dashboard } = await onsemblWorld()
    const one = await dashboard()
    one.say({ type: 'heartbeat', payload: { sequence: 7 } })
    expect(await one.payload('heartbeat')).toEqual({ sequence: 7 })
  })
})

describe('a path', () => {
  it('of its own can be set, and the usual one is then not known', async () => {
    const { connect, token, bridge } = await onsemblWorld({}, { paths: ['/dash'] })
    const one = await connect(`?token=${await token()}`)
    expect(await one.type('connection:ack')).toBeDefined()
    await expect(plain(`${bridge.url}/ws/dashboard`)).rejects.toThrow('400')
  })
})

describe('the end', () => {
  it('of the server closes with 1012', async () => {
    const { dashboard, bridge } = await onsemblWorld()
    const one = await dashboard()
    open.push(() => bridge.close())
    await bridge.close()
    expect((await one.ended).code).toBe(1012)
    allFit(one)
  })

  it('of one dashboard is nothing to another', async () => {
    const { dashboard } = await onsemblWorld()
    const [one, two] = [await dashboard(), await dashboard()]
    await one.close()
    two.tell('heartbeat', { sequence: 1 })
    expect(await two.payload('heartbeat')).toEqual({ sequence: 1 })
  })
})
