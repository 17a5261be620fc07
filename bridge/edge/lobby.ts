/** Where those wait whom nobody knows yet: so many in all, so many from one address. */
import { needCount } from '../../src/given.js'

/** Connections that were not welcomed yet. */
export interface UnauthenticatedOptions {
  /** How many there may be at once. Default 1,000. */
  readonly total?: number
  /** How many of them from one IPv4 address, or one /64 of IPv6. Default 100. */
  readonly perAddress?: number
  /** How many bytes each may send before it is welcome. Default 65,536. */
  readonly bytes?: number
}

export type UnauthenticatedLimits = Required<UnauthenticatedOptions>

/** Throws `INVALID_OPTION` for what cannot be. A number is `total`. */
export const unauthenticatedLimits = (options: number | UnauthenticatedOptions = {}): UnauthenticatedLimits => {
  const { total = 1_000, perAddress = 100, bytes = 65_536 } = typeof options === 'number' ? { total: options } : options
  needCount('The option maxUnauthenticated.total', total, 1)
  needCount('The option maxUnauthenticated.perAddress', perAddress, 1)
  needCount('The option maxUnauthenticated.bytes', bytes, 1_024)
  return { total, perAddress, bytes }
}

/** Somebody who waits. */
interface Place {
  /** Its place is needed for somebody from an address that has fewer. */
  cut(): void
}

export class Lobby {
  readonly #limits: Pick<UnauthenticatedLimits, 'total' | 'perAddress'>
  /** Who waits, by address, the longest first. */
  readonly #waiting = new Map<string, Set<Place>>()
  #size = 0

  constructor(limits: Pick<UnauthenticatedLimits, 'total' | 'perAddress'>) {
    this.#limits = limits
  }

  get size(): number {
    return this.#size
  }

  /**
   * Takes a place, and answers how to leave it; twice is fine. Undefined: there is none. When all are taken, who has waited longest of
   * the address that has most makes room for an address that has fewer: a few that take all they get do not keep the others out.
   */
  enter(address: string, cut: () => void): (() => void) | undefined {
    const { total, perAddress } = this.#limits
    const own = this.#waiting.get(address)?.size ?? 0
    if (own >= perAddress || (this.#size >= total && !this.#makeRoom(own))) return undefined
    const place = { cut }
    const places = this.#waiting.get(address) ?? new Set()
    this.#waiting.set(address, places.add(place))
    this.#size++
    return () => this.#leave(address, place)
  }

  #makeRoom(own: number): boolean {
    let greediest: readonly [string, Set<Place>] | undefined
    for (const entry of this.#waiting) if (entry[1].size > (greediest?.[1].size ?? own + 1)) greediest = entry
    const [oldest] = greediest?.[1] ?? []
    if (!greediest || !oldest) return false
    this.#leave(greediest[0], oldest)
    oldest.cut()
    return true
  }

  #leave(address: string, place: Place): void {
    const places = this.#waiting.get(address)
    if (!places?.delete(place)) return
    this.#size--
    if (places.size === 0) this.#waiting.delete(address)
  }
}
