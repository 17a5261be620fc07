import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Addresses, addressList, networkOf, plainAddress } from '../../../bridge/edge/addresses.js'
import { signToken } from '../../../bridge/index.js'
import { connectRaw, refusedUpgrade } from '../../kit/tclient.js'
import { open, secret, setUp } from '../../kit/world.js'

const bytes = fc.tuple(...Array.from({ length: 4 }, () => fc.integer({ min: 0, max: 255 })))
const numberOf = (parts: readonly number[]) => parts.reduce((sum, part) => sum * 256 + part, 0)

describe('an address', () => {
  it.each([
    ['::ffff:10.0.0.7', '10.0.0.7'],
    ['::FFFF:0a00:0007', '10.0.0.7'],
    ['0:0:0:0:0:ffff:a00:7', '10.0.0.7'],
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
    [' 10.0.0.7 ', '10.0.0.7'],
    ['10.0.0', undefined],
    ['unknown', undefined],
    ['10.0.0.7.', undefined],
    ['', undefined],
  ])('%s is compared as %s', (text, plain) => {
    expect(plainAddress(text)).toBe(plain)
  })

  it.each([
    ['10.0.0.7', '10.0.0.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
  ])('%s counts as %s', (address, network) => {
    expect(networkOf(address)).toBe(network)
  })
})

describe('a list of addresses', () => {
  it('has what lies in its networks, as arithmetic has it', () => {
    fc.assert(
      fc.property(bytes, bytes, fc.integer({ min: 0, max: 32 }), (network, address, prefix) => {
        const list = addressList('A list', [`${network.join('.')}/${prefix}`])
        const block = 2 ** (32 - prefix)
        const inside = Math.floor(numberOf(network) / block) === Math.floor(numberOf(address) / block)
        expect(list.has(address.join('.'))).toBe(inside)
      }),
    )
  })

  it('takes IPv6, and IPv4 that is written within it', () => {
    const list = addressList('A list', ['2001:db8::/32', '::ffff:192.0.2.0/120', '198.51.100.7'])
    expect(['2001:db8:ffff::1', '192.0.2.255', '198.51.100.7'].map(list.has)).toEqual([true, true, true])
    expect(['2001:db9::1', '192.0.3.0', '198.51.100.8', '::1'].map(list.has)).toEqual([false, false, false, false])
  })

  it.each([
    '10.0.0.0/33',
    '2001:db8::/129',
    '::ffff:10.0.0.0/95',
    '10.0.0.0/',
    '10.0.0/8',
    'localhost',
    '',
    '10.0.0.0/-1',
    '1/2/3',
  ])('refuses %j with a sentence', (entry) => {
    expect(() => addressList('The option addresses.allow', [entry])).toThrow(/addresses\.allow expects addresses or networks/)
  })
})

describe('whom a proxy speaks for', () => {
  const addresses = new Addresses({ trustedProxies: ['10.0.0.0/8', '::1'] })
  const told = (peer: string, headers: Record<string, string>) => addresses.clientOf(peer, headers)

  it.each<[string, string, Record<string, string>, string | undefined]>([
    ['nobody, where it is not trusted', '203.0.113.9', { 'x-forwarded-for': '192.0.2.1' }, '203.0.113.9'],
    ['itself, where it says nothing', '10.0.0.1', {}, '10.0.0.1'],
    ['the last hop', '10.0.0.1', { 'x-forwarded-for': '6.6.6.6, 192.0.2.1' }, '192.0.2.1'],
    ['the last hop that is no proxy', '::ffff:10.0.0.1', { 'x-forwarded-for': '6.6.6.6, 192.0.2.1, 10.9.9.9' }, '192.0.2.1'],
    ['the first proxy, where all are', '10.0.0.1', { 'x-forwarded-for': '10.1.1.1, 10.2.2.2' }, '10.1.1.1'],
    ['an address with its port', '10.0.0.1', { 'x-forwarded-for': '192.0.2.1:4711' }, '192.0.2.1'],
    ['an address in brackets', '::1', { 'x-forwarded-for': '[2001:db8::1]:4711' }, '2001:db8::1'],
    ['an element of Forwarded', '10.0.0.1', { forwarded: 'for=6.6.6.6, proto=https;For="[2001:db8::1]:80";by=x' }, '2001:db8::1'],
    ['what comes after a quote left open', '10.0.0.1', { forwarded: 'for="6.6.6.6, for=192.0.2.1' }, '192.0.2.1'],
    ['both headers alike', '10.0.0.1', { 'x-forwarded-for': '192.0.2.1', forwarded: 'for=192.0.2.1' }, '192.0.2.1'],
    ['nobody, where they differ', '10.0.0.1', { 'x-forwarded-for': '192.0.2.1', forwarded: 'for=6.6.6.6' }, undefined],
    ['nobody, where it does not know', '10.0.0.1', { 'x-forwarded-for': '192.0.2.1, unknown' }, undefined],
    ['nobody, where it hides it', '10.0.0.1', { forwarded: 'for=_hidden' }, undefined],
    ['nobody, where it leaves it out', '10.0.0.1', { forwarded: 'proto=https' }, undefined],
  ])('is %s', (_, peer, headers, client) => {
    expect(told(peer, headers)).toBe(client)
  })

  it('never is what the client itself has put in front', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), (lie) => {
        expect(told('10.0.0.1', { 'x-forwarded-for': `${lie}, 192.0.2.1` })).toBe('192.0.2.1')
        expect(told('10.0.0.1', { forwarded: `${lie}, for=192.0.2.1` })).toBe('192.0.2.1')
      }),
    )
  })
})

describe('the door', () => {
  it('refuses at the upgrade who comes from elsewhere, pages included', async () => {
    const { bridge, http } = await setUp({ addresses: { allow: ['127.0.0.0/8'], deny: ['127.0.0.3'] } })
    const one = await connectRaw(bridge.url, { from: '127.0.0.2' })
    open.push(() => one.close())
    expect(await refusedUpgrade(bridge.url, { from: '127.0.0.3' })).toEqual({
      status: 403,
      body: { error: 'FORBIDDEN', message: 'Nobody may connect from 127.0.0.3.' },
    })
    const elsewhere = await setUp({ addresses: { allow: ['10.0.0.0/8'] } })
    expect(await refusedUpgrade(elsewhere.bridge.url)).toMatchObject({ status: 403, body: { error: 'FORBIDDEN' } })
    expect((await fetch(`${elsewhere.http}/healthz`)).status).toBe(403)
    expect((await fetch(`${http}/healthz`)).status).toBe(200)
  })

  it('asks a trusted proxy, and nobody else, whom it speaks for', async () => {
    const { bridge } = await setUp({ addresses: { deny: ['192.0.2.0/24'], trustedProxies: ['127.0.0.2'] } })
    const headers = { 'x-forwarded-for': '192.0.2.7' }
    expect(await refusedUpgrade(bridge.url, { from: '127.0.0.2', headers })).toMatchObject({
      status: 403,
      body: { message: 'Nobody may connect from 192.0.2.7.' },
    })
    expect(await refusedUpgrade(bridge.url, { from: '127.0.0.2', headers: { 'x-forwarded-for': 'unknown' } })).toMatchObject({
      status: 403,
      body: { message: expect.stringContaining('does not tell') },
    })
    const one = await connectRaw(bridge.url, { from: '127.0.0.4', headers })
    open.push(() => one.close())
  })

  it('takes a token only from the addresses that it names, by each way in', async () => {
    const { bridge, token, client } = await setUp()
    const bound = await token({ addresses: ['127.0.0.8/30'] })
    const one = await connectRaw(bridge.url, { from: '127.0.0.9' })
    open.push(() => one.close())
    expect((await one.hello({ token: bound })).type).toBe('welcome')
    const other = await client()
    expect((await other.hello({ token: bound })).payload).toMatchObject({
      code: 'FORBIDDEN',
      message: expect.stringContaining('not accepted from 127.0.0.1'),
    })
    expect((await other.closed).code).toBe(4401)
    const third = await client()
    await third.hello({ token: await token() })
    expect((await third.ask('refresh', { token: bound })).payload).toMatchObject({ code: 'FORBIDDEN' })
    const dash = await connectRaw(`${bridge.url}/ws/dashboard?token=${bound}`, { protocols: [] })
    expect((await dash.closed).code).toBe(4401)
  })

  it('signs no token with addresses that are none, and takes in nobody whose addresses cannot be read', async () => {
    await expect(signToken({ sub: 'ann', ttl: 1_000, addresses: ['here'] }, secret)).rejects.toMatchObject({
      code: 'INVALID_OPTION',
    })
    const person = { sub: 'ann', permissions: [], read: [], write: [], agents: [], addresses: ['here'] }
    const { client } = await setUp({ authenticate: () => person })
    const one = await client()
    expect((await one.hello({ token: 'x' })).payload).toMatchObject({ code: 'FORBIDDEN' })
  })

  it('is not opened with a list that cannot be read', async () => {
    await expect(setUp({ addresses: { trustedProxies: ['nginx'] } })).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      message: expect.stringContaining('addresses.trustedProxies'),
    })
  })
})
