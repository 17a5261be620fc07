import { connect as connectTcp, type Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { createManualClock } from '../../../src/clock.js'
import { createKeys, publicKeys } from '../../../src/crypto/keys.js'
import { refusedUpgrade } from '../../kit/tclient.js'
import { open, setUp } from '../../kit/world.js'

/** A request that keeps its connection alive. */
const asking = (path: string, method = 'GET', more = '') => `${method} ${path} HTTP/1.1\r\nHost: localhost\r\n${more}\r\n`

/** A connection, and the heads of the answers that came on it. */
const reader = (port: number, from = '127.0.0.1') => {
  const socket: Socket = connectTcp({ port, host: '127.0.0.1', localAddress: from })
  open.push(async () => void socket.destroy())
  let came = ''
  const waiting = new Set<() => void>()
  const wake = () => {
    for (const each of waiting) each()
  }
  socket.on('error', () => {})
  socket.on('data', (data) => {
    came += data.toString('latin1')
    wake()
  })
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  void closed.then(wake)
  const heads = () => [...came.matchAll(/HTTP\/1\.1 (\d+)[^\r]*\r\n(?:[^\r]+\r\n)*\r\n/g)]
  return {
    socket,
    closed,
    get text() {
      return came
    },
    /** The status of the next answer, and whether it is the last; `closed` when there is none. */
    ask(text: string): Promise<string> {
      const before = heads().length
      socket.write(text)
      return new Promise((resolve) => {
        const look = () => {
          const head = heads()[before]
          if (!head && !socket.closed) return
          waiting.delete(look)
          resolve(head ? `${head[1]}${/connection: close/i.test(head[0]) ? ' and the end' : ''}` : 'closed')
        }
        waiting.add(look)
        look()
      })
    },
  }
}

describe('those who ask for pages', () => {
  it('have as many places as there are for an address, until they leave, however often they ask', async () => {
    const { bridge } = await setUp({ maxUnauthenticated: { perAddress: 2 } })
    const [one, two, three] = [reader(bridge.port), reader(bridge.port), reader(bridge.port)]
    for (let turn = 0; turn < 3; turn++) for (const each of [one, two]) expect(await each.ask(asking('/healthz'))).toBe('200')
    expect(await three.ask(asking('/healthz'))).toBe('503 and the end')
    expect(three.text).toContain('"FULL"')
    expect(await reader(bridge.port, '127.0.0.2').ask(asking('/healthz'))).toBe('200')
    one.socket.destroy()
    await one.closed
    await expect.poll(() => reader(bridge.port).ask(asking('/healthz'))).toBe('200')
  })

  it('take no place any more when they have become a connection of another kind', async () => {
    const { bridge } = await setUp({ maxUnauthenticated: { perAddress: 1 } })
    const upgrade = [
      ...['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'],
      ...['Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', ''],
    ].join('\r\n')
    const one = reader(bridge.port)
    expect(await one.ask(asking('/healthz'))).toBe('200')
    expect(await one.ask(asking('/native', 'GET', upgrade))).toBe('101')
    expect(await reader(bridge.port).ask(asking('/healthz'))).toBe('200')
  })

  it('are told after half a minute that an answer is the last', async () => {
    const clock = createManualClock()
    const { bridge } = await setUp({}, { clock })
    const one = reader(bridge.port)
    expect(await one.ask(asking('/healthz'))).toBe('200')
    await clock.advance(29_000)
    expect(await one.ask(asking('/healthz'))).toBe('200')
    await clock.advance(1_000)
    expect(await one.ask(asking('/healthz'))).toBe('200 and the end')
    await one.closed
  })

  it('are cut when they do not read what they asked for', async () => {
    const clock = createManualClock()
    const { sign } = publicKeys(await createKeys())
    const keys = Object.fromEntries(Array.from({ length: 60_000 }, (_, at) => [`somebody-${at}`, [sign]]))
    const { bridge } = await setUp({ signatures: { keys } }, { clock })
    const one = reader(bridge.port)
    one.socket.pause()
    one.socket.write(asking('/.well-known/jwks.json'))
    // A second one, which reads, tells that the first was heard.
    const whole = await fetch(`http://127.0.0.1:${bridge.port}/.well-known/jwks.json`)
    expect((await whole.text()).length).toBeGreaterThan(8_000_000)
    await clock.advance(10_000)
    one.socket.resume()
    await one.closed
    expect(one.text.length).toBeLessThan(8_000_000)
  })
})

describe('a request', () => {
  it('whose head is too large is told so', async () => {
    const { bridge } = await setUp()
    const one = reader(bridge.port)
    expect(await one.ask(asking('/healthz', 'GET', `Authorization: Bearer ${'x'.repeat(20_000)}\r\n`))).toBe('431 and the end')
    expect(one.text).toContain('MESSAGE_TOO_LARGE')
    await one.closed
  })

  it('that would change a page is told what the page takes', async () => {
    const { http } = await setUp()
    for (const page of ['/healthz', '/readyz', '/metrics', '/.well-known/jwks.json'])
      for (const method of ['POST', 'PUT', 'DELETE']) {
        const response = await fetch(`${http}${page}`, { method })
        expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
      }
    expect((await fetch(`${http}/nowhere`, { method: 'POST' })).status).toBe(404)
  })

  it('for the keys may come from a page of any origin; for anything else it may not, nor for a connection', async () => {
    const { bridge } = await setUp()
    const strange = 'Origin: https://elsewhere.example\r\nConnection: close\r\n'
    const asked = (path: string) => reader(bridge.port).ask(asking(path, 'GET', strange))
    expect(await asked('/.well-known/jwks.json?fresh=1')).toBe('200 and the end')
    expect(await asked('/healthz')).toBe('403 and the end')
    const headers = { Origin: 'https://elsewhere.example' }
    expect(await refusedUpgrade(`${bridge.url}/.well-known/jwks.json`, { headers })).toMatchObject({ status: 403 })
  })
})

describe('a token in the address', () => {
  it('of which nobody finds out whether it is accepted does not hold its place for ever', async () => {
    const clock = createManualClock()
    let asked = () => {}
    const begun = new Promise<void>((resolve) => {
      asked = resolve
    })
    const authenticate = () => {
      asked()
      return new Promise<never>(() => {})
    }
    const { bridge } = await setUp({ authenticate, maxUnauthenticated: { perAddress: 1 } }, { clock })
    const first = refusedUpgrade(`${bridge.url}/ws/dashboard?token=x`, { protocols: [] })
    await begun
    await clock.advance(5_000)
    expect(await first).toMatchObject({ status: 503, body: { error: 'TIMEOUT' } })
    expect(await reader(bridge.port).ask(asking('/healthz'))).toBe('200')
  })
})
