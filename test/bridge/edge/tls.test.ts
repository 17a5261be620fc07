import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { get } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { connect } from '../../../bridge/client.js'
import type { TlsOptions } from '../../../bridge/edge/tls.js'
import { openBridge } from '../../../bridge/index.js'
import { createManualClock } from '../../../src/clock.js'
import { createSystem } from '../../../src/system/system.js'
import { makeCertificate } from '../../kit/certificate.js'
import { connectRaw } from '../../kit/tclient.js'
import { open, secret, setUp } from '../../kit/world.js'

const first = makeCertificate('first')
const second = makeCertificate('second')

const filesIn = (pair: { cert: string; key: string }) => {
  const place = mkdtempSync(join(tmpdir(), 'troupe-tls-'))
  open.push(async () => rmSync(place, { recursive: true }))
  const [certFile, keyFile] = [join(place, 'cert.pem'), join(place, 'key.pem')]
  const write = ({ cert, key }: { cert: string; key: string }) => {
    writeFileSync(certFile, cert)
    writeFileSync(keyFile, key)
  }
  write(pair)
  return { certFile, keyFile, write }
}

/** The name in the certificate that is shown, or why there is no connection. */
const shown = (port: number, settings: object = {}): Promise<string> =>
  new Promise((resolve) => {
    const socket: TLSSocket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false, ...settings }, () => {
      const { CN } = socket.getPeerCertificate().subject
      socket.destroy()
      resolve([CN].flat().join())
    })
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
  })

/** What was reported of the certificate; a clock that leaps makes other things late. */
const about = ({ list }: { readonly list: readonly string[] }) => list.filter((error) => error.includes('TLS'))

const why = async (tls: object): Promise<string> => {
  const system = createSystem()
  // What a user without types may write.
  const answer = await openBridge(system, { port: 0, secret, tls: tls as TlsOptions }).then(
    () => 'opened',
    ({ code, message }: { code: string; message: string }) => `${code}: ${message}`,
  )
  await system.stop()
  return answer
}

describe('TLS', () => {
  it('is spoken in 1.3, and not in 1.2 unless that is asked for', async () => {
    const { bridge } = await setUp({ tls: first })
    expect(bridge.url).toMatch(/^wss:/)
    expect(await shown(bridge.port)).toBe('first')
    expect(await shown(bridge.port, { maxVersion: 'TLSv1.2' })).toMatch(/PROTOCOL_VERSION/)
    const older = await setUp({ tls: { ...first, minVersion: 'TLSv1.2' } })
    expect(await shown(older.bridge.port, { maxVersion: 'TLSv1.2' })).toBe('first')
  })

  it('carries the client, which is handed the authority by its socket', async () => {
    const { bridge, token } = await setUp({ tls: first })
    class Trusting extends WebSocket {
      constructor(url: string | URL, protocols?: string | string[]) {
        super(url, protocols, { ca: first.cert })
      }
    }
    const client = connect(bridge.url, { token: await token(), WebSocket: Trusting })
    open.push(() => client.stop())
    expect((await client.view()).agents.size).toBe(0)
  })

  it('carries the pages too, which say that they are to be asked for so', async () => {
    const { bridge } = await setUp({ tls: first })
    const url = `${bridge.url.replace('wss:', 'https:')}/healthz`
    const headers = await new Promise<Readonly<Record<string, unknown>>>((resolve, reject) => {
      get(url, { ca: first.cert }, (response) => {
        response.resume()
        resolve({ status: response.statusCode, ...response.headers })
      }).on('error', reject)
    })
    expect(headers).toMatchObject({ status: 200, 'strict-transport-security': expect.stringMatching(/max-age=\d+/) })
  })

  it('asks clients for a certificate of the authorities that it is given', async () => {
    const { bridge } = await setUp({ tls: { ...first, ca: second.cert } })
    const options = { headers: {}, protocols: ['troupe.v1+json'] }
    await expect(connectRaw(bridge.url, { ...options, tls: { ca: first.cert } })).rejects.toThrow()
    const one = await connectRaw(bridge.url, { ...options, tls: { ca: first.cert, ...second } })
    open.push(() => one.close())
  })

  it('takes a new pair when the files have changed and come to rest; who is connected stays so', async () => {
    const clock = createManualClock()
    const { certFile, keyFile, write } = filesIn(first)
    const { bridge, errors, token } = await setUp({ tls: { certFile, keyFile } }, { clock })
    const before = await connectRaw(bridge.url, { tls: { ca: first.cert } })
    open.push(() => before.close())
    await before.hello({ token: await token({ ttl: 86_400_000_000 }) })
    await clock.advance(10_000)
    expect(await shown(bridge.port)).toBe('first')
    write(second)
    await clock.advance(5_000)
    expect(await shown(bridge.port)).toBe('first')
    await clock.advance(5_000)
    expect(await shown(bridge.port)).toBe('second')
    expect((await before.ask('ping')).type).toBe('pong')
    expect(about(errors)).toEqual([])
  })

  it('keeps the old pair while the new one cannot be used, and says so once', async () => {
    const clock = createManualClock()
    const { certFile, keyFile, write } = filesIn(first)
    const { bridge, errors } = await setUp({ tls: { certFile, keyFile, reload: 1_000 } }, { clock })
    write({ cert: second.cert, key: first.key })
    await clock.advance(10_000)
    expect(await shown(bridge.port)).toBe('first')
    expect(about(errors)).toEqual([expect.stringMatching(/TLS certificate.*stays.*key that belongs to it/)])
    rmSync(certFile)
    await clock.advance(10_000)
    expect(about(errors)).toEqual([expect.anything(), expect.stringMatching(/could not be read: ENOENT/)])
    write(second)
    await clock.advance(2_000)
    expect(await shown(bridge.port)).toBe('second')
  })

  it('keeps the old pair where the new key is of another kind, or the certificate is empty', async () => {
    const clock = createManualClock()
    const { certFile, keyFile, write } = filesIn(first)
    const { bridge, errors } = await setUp({ tls: { certFile, keyFile, reload: 1_000 } }, { clock })
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const strange = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    for (const pair of [
      { cert: second.cert, key: strange },
      { ...second, cert: '' },
      { ...second, key: '' },
    ]) {
      const told = about(errors).length
      write(pair)
      await clock.advance(3_000)
      expect(about(errors).slice(told)).toEqual([expect.stringMatching(/stays as it was.*cannot be used/)])
      expect(await shown(bridge.port)).toBe('first')
    }
    expect(await why({ cert: first.cert, key: strange })).toMatch(/^INVALID_OPTION.*the key that belongs to it/)
    expect(await why({ cert: '', key: first.key })).toMatch(/^INVALID_OPTION/)
  })

  it('looks after the files no longer when it is closed', async () => {
    const clock = createManualClock()
    const { certFile, keyFile } = filesIn(first)
    const { bridge, system } = await setUp({ tls: { certFile, keyFile } }, { clock })
    await bridge.close()
    await system.stop()
    expect(clock.pending).toBe(0)
  })

  it('is refused with a sentence where half of it is missing, or it does not belong together', async () => {
    const { certFile } = filesIn(first)
    expect(await why({ cert: first.cert })).toMatch(/^INVALID_OPTION: TLS takes both/)
    expect(await why({ certFile })).toMatch(/^INVALID_OPTION: TLS takes both/)
    expect(await why({})).toMatch(/^INVALID_OPTION: .*cert and key, or certFile and keyFile/)
    expect(await why({ certFile, keyFile: '/nowhere/key.pem' })).toMatch(
      /^INVALID_OPTION: The TLS key .*ENOENT.*\/nowhere\/key\.pem/,
    )
    expect(await why({ cert: first.cert, key: second.key })).toMatch(/^INVALID_OPTION: .*key that belongs to it/)
    expect(await why({ cert: 'x', key: 'y' })).toMatch(/^INVALID_OPTION: .*as PEM/)
    expect(await why({ ...first, minVersion: 'SSLv3' })).toMatch(/^INVALID_OPTION: .*TLSv1\.2, TLSv1\.3/)
  })

  it('cuts who does not finish the handshake, and does not wait for them when it is closed', async () => {
    const clock = createManualClock()
    const { bridge, system } = await setUp({ tls: first }, { clock })
    const { connect: connectTcp } = await import('node:net')
    const silent = connectTcp(bridge.port, '127.0.0.1')
    const gone = new Promise<void>((resolve) => silent.once('close', () => resolve()))
    silent.resume()
    await new Promise<void>((resolve) => silent.once('connect', () => resolve()))
    // Whoever has been answered here was accepted after the silent one.
    expect(await shown(bridge.port)).toBe('first')
    await clock.advance(5_000)
    await gone
    const other = connectTcp(bridge.port, '127.0.0.1')
    other.on('error', () => {})
    await new Promise<void>((resolve) => other.once('connect', () => resolve()))
    expect(await shown(bridge.port)).toBe('first')
    const closed = bridge.close()
    await clock.advance(1_000)
    await closed
    await system.stop()
  })
})
