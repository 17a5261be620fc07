import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { edgeOptions } from '../../bridge/cli/edge.js'
import { makeCertificate } from '../kit/certificate.js'
import { cleanUp, troupe } from '../kit/command.js'
import { refusedUpgrade } from '../kit/tclient.js'

const place = mkdtempSync(join(tmpdir(), 'troupe-edge-'))
afterAll(() => rmSync(place, { recursive: true }))

const file = (name: string, text: string): string => {
  const path = join(place, name)
  writeFileSync(path, text)
  return path
}
const [one, other] = [makeCertificate(), makeCertificate()]
const [cert, key] = [file('cert.pem', one.cert), file('key.pem', one.key)]
const base = ['up', '--port', '0', '--no-example', '--secret', 'S']

describe('troupe up, at its door', { timeout: 60_000 }, () => {
  afterEach(cleanUp)

  it('speaks TLS, and the other commands trust an authority that they are told of', async () => {
    const running = troupe([...base, '--tls-cert', cert, '--tls-key', key])
    const [, url = ''] = await running.until(/^troupe listening on (wss:\/\/\S+)$/m)
    const [, token = ''] = await running.until(/^token {2}(\S+)$/m)
    const ps = await troupe(['ps', '--url', url, '--token', token, '--json'], { NODE_EXTRA_CA_CERTS: cert }).ended
    expect(ps).toMatchObject({ code: 0 })
  })

  it('says what is missing, or does not belong together', async () => {
    const why = async (...flags: string[]) => {
      const { code, err } = await troupe([...base, ...flags]).ended
      expect(code).toBe(2)
      return err
    }
    expect(await why('--tls-cert', cert)).toMatch(/--tls-cert was given without --tls-key/)
    expect(await why('--tls-cert', cert, '--tls-key', join(place, 'none.pem'))).toMatch(
      /TLS key .*--tls-key.* could not be read: ENOENT/,
    )
    expect(await why('--tls-cert', cert, '--tls-key', file('other.pem', other.key))).toMatch(/the key that belongs to it/)
  })

  it('lets in by address, and prints tokens that are bound to some', async () => {
    const running = troupe([...base, '--allow-address', '127.0.0.1,10.0.0.0/8', '--limit', 'principal=1/1m'])
    const [, url = ''] = await running.until(/^troupe listening on (ws:\/\/\S+)$/m)
    expect(await refusedUpgrade(url, { from: '127.0.0.2' })).toMatchObject({ status: 403, body: { error: 'FORBIDDEN' } })
    const bound = await troupe(['token', '--sub', 'me', '--secret', 'S', '--addresses', '10.0.0.0/8']).ended
    const { code, err } = await troupe(['ps', '--url', url, '--token', bound.out.trim()]).ended
    expect(code).not.toBe(0)
    expect(err).toMatch(/not accepted from 127\.0\.0\.1/)
  })
})

describe('the flags of the door', () => {
  it('are lists with commas, or said again, and limits with a pace, a burst and a penalty', () => {
    const flags = {
      allowAddress: ['10.0.0.0/8,::1', '192.0.2.7'],
      trustedProxy: '10.0.0.1',
      limit: ['principal=600/1m,50,5m', 'agent.spawn=10/30s'],
      deflate: true,
    }
    expect(edgeOptions(flags)).toEqual({
      addresses: { allow: ['10.0.0.0/8', '::1', '192.0.2.7'], deny: [], trustedProxies: ['10.0.0.1'] },
      limits: {
        principal: { rate: 600, window: 60_000, burst: 50, penalty: 300_000 },
        types: { 'agent.spawn': { rate: 10, window: 30_000, burst: 10 } },
      },
      deflate: true,
    })
    expect(edgeOptions({})).toEqual({ addresses: { deny: [], trustedProxies: [] }, deflate: false })
  })

  it('name something where they are said: an empty list of addresses does not let in everybody', () => {
    for (const flag of ['allowAddress', 'denyAddress', 'trustedProxy'])
      for (const given of ['', ' , ', ['10.0.0.1', '']])
        expect(() => edgeOptions({ [flag]: given })).toThrow(
          /^--(allow-address|deny-address|trusted-proxy) expects at least one name/,
        )
    for (const given of ['', ' ', ['']]) expect(() => edgeOptions({ limit: given })).toThrow(/^--limit expects who=rate\/window/)
  })

  it('limit each once: which of two was meant is not guessed', () => {
    expect(() => edgeOptions({ limit: ['principal=5/1s', 'agent=1/1s', 'principal=500/1s'] })).toThrow(/twice for principal/)
    expect(() => edgeOptions({ limit: 'agent.spawn=5/1s agent.spawn=5/1s' })).toThrow(/twice for agent\.spawn/)
  })

  it('are told apart by spaces in the environment, where they have commas of their own', () => {
    expect(edgeOptions({ limit: 'agent=5/1s,10 address=100/1s' }).limits).toMatchObject({
      agent: { rate: 5, burst: 10 },
      address: { rate: 100, burst: 100 },
    })
  })

  it.each(['principal', 'principal=600', 'principal=x/1m', 'principal=600/soon', 'principal=6/1m,5,6,7'])(
    'refuse %s',
    (limit) => {
      expect(() => edgeOptions({ limit: [limit] })).toThrow(/--limit expects/)
    },
  )
})
