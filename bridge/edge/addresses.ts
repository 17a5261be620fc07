/** Where a client comes from, and whether anybody from there may come in. */
import type { IncomingHttpHeaders } from 'node:http'
import { BlockList, isIP } from 'node:net'
import { TroupeError } from '../../src/errors.js'
import { hopsOf } from './forwarded.js'

/** Lists of IPv4 and IPv6 addresses, each one alone (`10.0.0.7`) or as a network (`10.0.0.0/8`, `2001:db8::/32`). */
export interface AddressOptions {
  /** Who may come in. Default: everybody. */
  readonly allow?: readonly string[]
  /** Who may not, even where `allow` names them. Default: nobody. */
  readonly deny?: readonly string[]
  /**
   * Proxies that tell in `X-Forwarded-For` or `Forwarded` for whom they speak; nobody else is believed. The client is the last hop
   * that is none of them. Default: none.
   */
  readonly trustedProxies?: readonly string[]
}

/** An address as it is compared: an IPv4 one within IPv6 is the IPv4 one, without a zone, in its shortest form. Undefined: it is none. */
export const plainAddress = (text: string): string | undefined => {
  const bare = text.trim().replace(/%.*$/, '')
  const family = isIP(bare)
  if (family === 0) return undefined
  if (family === 4) return bare
  const short = new URL(`http://[${bare}]`).hostname.slice(1, -1)
  const [, high, low] = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(short) ?? []
  if (high === undefined || low === undefined) return short
  const [a, b] = [Number.parseInt(high, 16), Number.parseInt(low, 16)]
  return [a >> 8, a & 255, b >> 8, b & 255].join('.')
}

const familyOf = (address: string): 'ipv4' | 'ipv6' => (address.includes(':') ? 'ipv6' : 'ipv4')

/** A list that can be asked. Throws `INVALID_OPTION` with what does not fit; `what`: where the list stands. */
export const addressList = (what: string, entries: readonly string[]): { has(address: string): boolean } => {
  const list = new BlockList()
  for (const entry of entries) {
    const [, text = '', bits] = /^([^/]+?)(?:\/(\d{1,3}))?$/.exec(entry.trim()) ?? []
    const address = plainAddress(text)
    // A network of IPv4 addresses may be written within IPv6, where it is 96 bits longer.
    const within = address !== undefined && text.includes(':') && familyOf(address) === 'ipv4' ? 96 : 0
    const longest = address !== undefined && familyOf(address) === 'ipv4' ? 32 : 128
    const prefix = bits === undefined ? longest : Number(bits) - within
    if (address === undefined || prefix < 0 || prefix > longest)
      throw new TroupeError(
        'INVALID_OPTION',
        `${what} expects addresses or networks such as 10.0.0.7, 10.0.0.0/8 or 2001:db8::/32; got ${JSON.stringify(entry.slice(0, 80))}.`,
      )
    list.addSubnet(address, prefix, familyOf(address))
  }
  return { has: (address) => list.check(address, familyOf(address)) }
}

/** Under which name the doings of an address are counted: whoever has an IPv6 address has the 2^64 beside it too. */
export const networkOf = (address: string): string => {
  if (!address.includes(':')) return address
  const [head = '', tail] = address.split('::')
  const groups = head === '' ? [] : head.split(':')
  const last = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? 0 : 8 - groups.length - last.length
  return `${[...groups, ...Array<string>(zeros).fill('0'), ...last].slice(0, 4).join(':')}::/64`
}

export class Addresses {
  readonly #allow: { has(address: string): boolean } | undefined
  readonly #deny: { has(address: string): boolean }
  readonly #proxies: { has(address: string): boolean }

  /** Throws `INVALID_OPTION` for what is no address. */
  constructor({ allow, deny = [], trustedProxies = [] }: AddressOptions = {}) {
    this.#allow = allow && addressList('The option addresses.allow', allow)
    this.#deny = addressList('The option addresses.deny', deny)
    this.#proxies = addressList('The option addresses.trustedProxies', trustedProxies)
  }

  /** Whether that address is a proxy's that is believed. */
  isProxy(address: string): boolean {
    const plain = plainAddress(address)
    return plain !== undefined && this.#proxies.has(plain)
  }

  mayEnter(address: string): boolean {
    return !this.#deny.has(address) && (this.#allow?.has(address) ?? true)
  }

  /** Whose request it is; undefined when a proxy does not tell, or its two headers tell different things. */
  clientOf(peer: string | undefined, headers: IncomingHttpHeaders): string | undefined {
    const address = peer === undefined ? undefined : plainAddress(peer)
    if (address === undefined || !this.isProxy(address)) return address
    const told = hopsOf(headers).map((hops) => this.#lastBefore(address, hops))
    return new Set(told).size > 1 ? undefined : told.length === 0 ? address : told[0]
  }

  /** The last hop that is no proxy of ours; where all are, the first. */
  #lastBefore(proxy: string, hops: readonly string[]): string | undefined {
    let nearest: string = proxy
    for (const hop of hops.toReversed()) {
      const address = plainAddress(hop)
      if (address === undefined || !this.isProxy(address)) return address
      nearest = address
    }
    return nearest
  }
}
