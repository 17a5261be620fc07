import { connect as connectTcp } from 'node:net'
import { describe, expect, it } from 'vitest'
import { type BridgeOptions, openBridge } from '../../bridge/index.js'
import { createSystem } from '../../src/system/system.js'
import { connectRaw, refusedUpgrade } from '../kit/tclient.js'
import { open, secret, setUp } from '../kit/world.js'

describe('coming in', () => {
  it('the token may stand in the header, in the query, or in hello', async () => {
    const { bridge, token, client } = await setUp()
    const one = await client({ headers: { authorization: `Bearer ${await token({ sub: 'head' })}` } })
    expect((await one.hello()).payload).toMatchObject({ client: 'head' })
    const other = await connectRaw(`${bridge.url}/?token=${await token({ sub: 'query' })}`)
    open.push(() => other.close())
    expect((await other.hello()).payload).toMatchObject({ client: 'query' })
    expect((await other.hello()).payload).toMatchObject({ code: 'INVALID_MESSAGE' })
  })

  it('a token that is not accepted is told why, and costs the connection', async () => {
    const { client } = await setUp()
    const one = await client()
    expect((await one.hello({ token: 'nonsense' })).payload).toMatchObject({ code: 'AUTH_FAILED' })
    expect((await one.closed).code).toBe(4401)
    const none = await client()
    expect((await none.hello()).payload).toMatchObject({ code: 'AUTH_REQUIRED' })
  })

  it('a subprotocol that is not spoken, and none on a path that names none, are refused with what is spoken', async () => {
    const { bridge } = await setUp()
    expect(await refusedUpgrade(bridge.url, { protocols: ['graphql-ws'] })).toMatchObject({
      status: 400,
      body: { error: 'UNSUPPORTED', message: expect.stringContaining('troupe.v1+json, troupe.v1+msgpack') },
    })
    expect(await refusedUpgrade(`${bridge.url}/nowhere`, { protocols: [] })).toMatchObject({
      status: 400,
      body: { message: expect.stringContaining('/native') },
    })
  })

  it('on /native no subprotocol is needed', async () => {
    const { bridge, token } = await setUp()
    const one = await connectRaw(`${bridge.url}/native`, { protocols: [] })
    open.push(() => one.close())
    expect(one.socket.protocol).toBe('')
    expect((await one.hello({ token: await token() })).type).toBe('welcome')
  })

  it('pages of other origins are refused unless they are named', async () => {
    const { bridge, client } = await setUp({ origins: ['https://dash.example'] })
    expect(await refusedUpgrade(bridge.url, { headers: { origin: 'https://evil.example' } })).toMatchObject({
      status: 403,
      body: { error: 'ORIGIN_REFUSED' },
    })
    expect(await refusedUpgrade(bridge.url, { headers: { origin: 'null' } })).toMatchObject({ status: 403 })
    await client({ headers: { origin: 'https://dash.example' } })
    await client({ headers: { origin: bridge.url.replace('ws:', 'http:') } })
  })

  it('without authentication a name that was made to point here is not at home', async () => {
    const { bridge, client } = await setUp({ auth: false })
    const host = `evil.example:${bridge.port}`
    expect(await refusedUpgrade(bridge.url, { headers: { origin: `http://${host}`, host } })).toMatchObject({ status: 403 })
    const one = await client({ headers: { origin: `http://localhost:${bridge.port}`, host: `localhost:${bridge.port}` } })
    expect((await one.hello()).payload).toMatchObject({ client: 'anybody' })
  })

  it('options that cannot be are refused with a sentence', async () => {
    const system = createSystem()
    const why = (options: BridgeOptions) =>
      openBridge(system, options).then(
        () => 'opened',
        (error: { code: string; message: string }) => `${error.code}: ${error.message}`,
      )
    expect(await why({ port: 0 })).toMatch(/^INVALID_OPTION: .*secret/)
    expect(await why({ port: 0, auth: false, host: '0.0.0.0' })).toMatch(/^INVALID_OPTION: .*127\.0\.0\.1/)
    expect(await why({ port: 0, auth: false, origins: ['*'] })).toMatch(/^INVALID_OPTION: .*origin/)
    expect(await why({ port: -1, secret })).toMatch(/^INVALID_OPTION: .*port/)
    expect(await why({ port: 0, secret, heartbeat: 0 })).toMatch(/^INVALID_OPTION: .*heartbeat/)
    await system.stop()
  })

  it('a port that is taken is refused with what to do', async () => {
    const { bridge, system } = await setUp()
    await expect(openBridge(system, { port: bridge.port, secret })).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      message: expect.stringMatching(/in use; stop what listens there, or choose another port/),
    })
  })
})

describe('plain HTTP', () => {
  it('says that it lives and is ready, that a path wants a WebSocket, and that there is nothing elsewhere', async () => {
    const { http } = await setUp()
    const get = async (path: string) => {
      const response = await fetch(http + path)
      return { status: response.status, body: await response.json() }
    }
    expect(await get('/healthz')).toMatchObject({ status: 200, body: { status: 'ok', connections: 0, agents: 0 } })
    expect(await get('/readyz')).toMatchObject({ status: 200, body: { status: 'ok' } })
    expect(await get('/')).toMatchObject({ status: 426, body: { error: 'UPGRADE_REQUIRED' } })
    expect(await get('/native')).toMatchObject({ status: 426 })
    expect(await get('/elsewhere')).toMatchObject({ status: 404, body: { error: 'NOT_FOUND' } })
  })
})

describe('going away', () => {
  it('a bridge that drains says so, is no longer ready, and takes nobody in', async () => {
    const { bridge, welcome, http } = await setUp()
    const one = await welcome()
    bridge.drain({ reason: 'a new version', grace: 500 })
    const draining = await one.until((frame) => frame.type === 'draining')
    expect(draining.payload).toMatchObject({ reason: 'a new version', grace: 500 })
    expect(draining.payload['reconnectAfter']).toBeGreaterThanOrEqual(500)
    expect((await fetch(`${http}/readyz`)).status).toBe(503)
    expect((await fetch(`${http}/healthz`)).status).toBe(200)
    expect(await refusedUpgrade(bridge.url)).toMatchObject({ status: 503, body: { error: 'DRAINING' } })
    expect((await one.ask('ping')).type).toBe('pong')
  })

  it('closing closes everybody with 1012, once or twice', async () => {
    const { bridge, welcome, client } = await setUp()
    const [one, early] = [await welcome(), await client()]
    await Promise.all([bridge.close(), bridge.close()])
    expect((await one.closed).code).toBe(1012)
    expect((await early.closed).code).toBe(1012)
    expect(bridge.connections).toBe(0)
  })

  it('closing does not wait for a client that never answers, nor for one that was refused and stays', async () => {
    const { bridge } = await setUp()
    const hang = (headers: string) =>
      new Promise<void>((resolve) => {
        const raw = connectTcp({ port: bridge.port, host: '127.0.0.1', allowHalfOpen: true })
        raw.on('error', () => {})
        open.push(async () => raw.destroy())
        raw.write(
          `GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n${headers}\r\n`,
        )
        raw.once('data', () => resolve())
      })
    await hang('Sec-WebSocket-Protocol: troupe.v1+json\r\n')
    await hang('Sec-WebSocket-Protocol: unknown\r\n')
    await bridge.close()
    expect(bridge.connections).toBe(0)
  })
})
