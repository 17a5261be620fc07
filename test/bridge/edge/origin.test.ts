import { connect as connectTcp } from 'node:net'
import { describe, expect, it } from 'vitest'
import type { BridgeOptions } from '../../../bridge/index.js'
import { refusedUpgrade } from '../../kit/tclient.js'
import { setUp } from '../../kit/world.js'

/** The first line, and what is refused with, of the answer to a request that says just these headers. */
const answerTo = (port: number, headers: readonly string[]): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connectTcp(port, '127.0.0.1')
    let text = ''
    socket.setEncoding('utf8')
    socket.on('data', (piece: string) => {
      text += piece
      if (!text.includes('\r\n\r\n')) return
      socket.destroy()
      resolve(`${text.split('\r\n')[0]?.slice(9, 12)} ${/"error":"(\w+)"/.exec(text)?.[1] ?? ''}`.trim())
    })
    socket.on('error', reject)
    const own = [
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ]
    socket.write(`GET /native HTTP/1.1\r\n${[...own, ...headers].join('\r\n')}\r\n\r\n`)
  })

const from = async (headers: (port: number) => readonly string[], options: BridgeOptions = {}) => {
  const { bridge } = await setUp(options)
  return answerTo(bridge.port, headers(bridge.port))
}

const refused = '403 ORIGIN_REFUSED'

describe('a page', () => {
  const named = { origins: ['https://Dash.example:443', 'http://localhost:5173'] }
  it.each<[string, string, string]>([
    ['that is named', 'https://dash.example', '101'],
    ['whose name ends with the dot of the root', 'https://dash.example.', '101'],
    ['written in capitals', 'HTTPS://DASH.EXAMPLE', '101'],
    ['with the port that goes without saying', 'https://dash.example:443', '101'],
    ['on a port that is named', 'http://localhost:5173', '101'],
    ['on another port', 'https://dash.example:8443', refused],
    ['over another scheme', 'http://dash.example', refused],
    ['whose name begins with one that is named', 'https://dash.example.evil.example', refused],
    ['whose name ends with one that is named', 'https://evildash.example', refused],
    ['with a user in front', 'https://dash.example@evil.example', refused],
    ['without an origin of its own', 'null', refused],
    ['of two origins', 'https://dash.example https://evil.example', refused],
    ['of two origins with a comma', 'https://dash.example, https://evil.example', refused],
    ['with a path', 'https://dash.example/x', refused],
    ['with an empty origin', '', refused],
    ['of a file', 'file://', refused],
  ])('%s', async (_, origin, answer) => {
    expect(await from(() => ['Host: localhost', `Origin: ${origin}`], named)).toBe(answer)
  })

  it('that says its origin twice is refused', async () => {
    const twice = ['Host: localhost', 'Origin: https://dash.example', 'Origin: https://dash.example']
    expect(await from(() => twice, named)).toBe(refused)
  })

  it('without an origin comes in only where it is allowed by name', async () => {
    expect(await from(() => ['Host: localhost', 'Origin: null'], { origins: ['null'] })).toBe('101')
  })

  it('of the bridge itself is at home, in any spelling', async () => {
    expect(await from((port) => [`Host: LOCALHOST:${port}`, `Origin: http://localhost.:${port}`])).toBe('101')
    expect(await from((port) => [`Host: localhost:${port}`, `Origin: http://localhost:${port + 1}`])).toBe(refused)
  })

  it.each([
    ['same-origin', '101'],
    ['none', '101'],
    ['same-site', refused],
    ['cross-site', refused],
  ])('whose browser tells no origin but the site %s', async (site, answer) => {
    expect(await from(() => ['Host: localhost', `Sec-Fetch-Site: ${site}`])).toBe(answer)
  })
})

describe('a name that somebody made to point here', () => {
  it.each([
    ['evil.example', refused],
    ['evil.example.', refused],
    ['127.0.0.1.evil.example', refused],
    ['localhost.evil.example', refused],
    ['localhost', '101'],
    ['localhost:8080', '101'],
    ['troupe.localhost', '101'],
    ['127.0.0.1', '101'],
    ['[::1]:3001', '101'],
    ['user@localhost', refused],
    ['local host', refused],
  ])('%s: %s', async (host, answer) => {
    expect(await from(() => [`Host: ${host}`])).toBe(answer)
  })

  it('is not served pages either', async () => {
    const { bridge } = await setUp()
    const text = await new Promise<string>((resolve) => {
      const socket = connectTcp(bridge.port, '127.0.0.1')
      socket.once('data', (data) => resolve(data.toString()))
      socket.write('GET /healthz HTTP/1.1\r\nHost: evil.example\r\n\r\n')
    })
    expect(text).toMatch(/^HTTP\/1\.1 403 .*ORIGIN_REFUSED.*called evil\.example/s)
  })

  it('is fine where its pages may connect, or a trusted proxy passed it on', async () => {
    expect(await from(() => ['Host: dash.example'], { origins: ['https://dash.example'] })).toBe('101')
    const addresses = { trustedProxies: ['127.0.0.1'] }
    expect(await from(() => ['Host: dash.example', 'X-Forwarded-For: 192.0.2.1'], { addresses })).toBe('101')
    expect(await from(() => ['Host: dash.example', 'Origin: https://evil.example'], { addresses })).toBe(refused)
  })

  it('is one name, said once', async () => {
    expect(await from(() => ['Host: localhost', 'Host: evil.example'])).not.toBe('101')
  })
})

describe('pages over HTTP', () => {
  it('say that they are not to be framed, guessed, kept, or run anything', async () => {
    const { http } = await setUp()
    for (const path of ['/healthz', '/nowhere', '/native']) {
      const { headers } = await fetch(http + path)
      expect(headers.get('content-security-policy')).toMatch(/default-src 'none'.*frame-ancestors 'none'/)
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('x-frame-options')).toBe('DENY')
      expect(headers.get('cache-control')).toBe('no-store')
      expect(headers.get('strict-transport-security')).toBeNull()
      expect(headers.get('access-control-allow-origin')).toBeNull()
    }
  })

  it('tell how many were turned away, and why', async () => {
    const { bridge, welcome } = await setUp()
    await refusedUpgrade(bridge.url, { headers: { origin: 'https://evil.example' } })
    const one = await welcome()
    const { payload } = await one.ask('metrics.get')
    expect(payload).toMatchObject({ traffic: { connections: { refused: { ORIGIN_REFUSED: 1 } } } })
  })
})
