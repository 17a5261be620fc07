/** Who is at the door and what they may do. */

import { TroupeError } from '../src/errors.js'
import { matches, parsePattern } from '../src/protocol/topic.js'
import { addressOf } from './address.js'
import type { HeldKeys } from './keys/claims.js'

/** `write` includes giving tasks to agents; `admin` includes everything. */
export const permissions = ['read', 'write', 'agent_control', 'system_monitor', 'admin'] as const
export type Permission = (typeof permissions)[number]

export interface Principal {
  /** The id under which it acts. */
  readonly sub: string
  readonly permissions: readonly Permission[]
  /** Patterns of topics that it may hear of, and act on. */
  readonly read: readonly string[]
  readonly write: readonly string[]
  /** Agents that it may vote as; `*` for any. */
  readonly agents: readonly string[]
  /** The keys that its token binds to it. */
  readonly keys?: HeldKeys | undefined
  /** What kind of client it is: protocols that tell them apart have limits for each. */
  readonly clientType?: string | undefined
  /** Addresses and networks from which alone it may come; absent: any. */
  readonly addresses?: readonly string[] | undefined
  /** Milliseconds since the epoch; absent when it never ends. */
  readonly expires?: number | undefined
}

/** Topics whose verdict is remembered. */
const cacheSize = 10_000

export class Rights {
  readonly principal: Principal
  /** Under which others reach it. */
  readonly address: string
  readonly #read: readonly (readonly string[])[]
  readonly #write: readonly (readonly string[])[]
  readonly #known = new Map<string, boolean>()

  constructor(principal: Principal) {
    this.principal = principal
    this.address = addressOf(principal.sub)
    this.#read = principal.read.map(parsePattern)
    this.#write = principal.write.map(parsePattern)
  }

  may(permission: Permission): boolean {
    return this.principal.permissions.includes(permission) || this.principal.permissions.includes('admin')
  }

  /** Throws `FORBIDDEN` with what is missing. */
  need(permission: Permission): void {
    if (!this.may(permission))
      throw new TroupeError(
        'FORBIDDEN',
        `This needs the permission ${permission}; the token has ${this.principal.permissions.join(', ') || 'none'}.`,
      )
  }

  mayRead(topic: string): boolean {
    const known = this.#known.get(topic)
    if (known !== undefined) return known
    const parts = topic.split('.')
    const [domain, about, what] = parts
    const open = domain !== 'system' || this.may('system_monitor')
    // What is said to one client is that client's to hear, whatever else its token covers.
    const own = domain === 'client' && what === 'message' ? about === this.address : undefined
    const granted = open && this.may('read') && this.#read.some((pattern) => matches(pattern, parts))
    const verdict = own || (granted && (own === undefined || this.may('admin')))
    if (this.#known.size >= cacheSize) this.#known.clear()
    this.#known.set(topic, verdict)
    return verdict
  }

  /** Throws `FORBIDDEN` when what the topic is about is not this principal's to act on. */
  needWrite(topic: string): void {
    const parts = topic.split('.')
    if (!this.#write.some((pattern) => matches(pattern, parts)))
      throw new TroupeError(
        'FORBIDDEN',
        `The token does not cover writing to ${topic}; it covers ${this.principal.write.join(', ') || 'nothing'}.`,
      )
  }

  mayHear(pattern: string): boolean {
    try {
      this.needPattern(pattern)
      return true
    } catch {
      return false
    }
  }

  /** Throws `FORBIDDEN` when nothing that the pattern could deliver may be read. What it delivers is checked again, event by event. */
  needPattern(pattern: string): void {
    this.need('read')
    const parts = parsePattern(pattern)
    if (parts[0] === 'system') this.need('system_monitor')
    if (!this.#read.some((allowed) => overlap(allowed, parts)))
      throw new TroupeError(
        'FORBIDDEN',
        `The token does not cover reading ${pattern}; it covers ${this.principal.read.join(', ') || 'nothing'}.`,
      )
  }

  mayVoteAs(voter: string): boolean {
    const { agents, sub } = this.principal
    return voter === sub || agents.includes(voter) || agents.includes('*') || this.may('admin')
  }
}

/** Whether some topic could fit both patterns. Each pair of places is judged once, so no pattern makes it slow. */
export const overlap = (a: readonly string[], b: readonly string[]): boolean => {
  // `below[j]`: whether what follows in `a` and what stands from `j` on in `b` overlap.
  let below: boolean[] = []
  for (let i = a.length; i >= 0; i--) {
    const row: boolean[] = []
    const p = a[i]
    for (let j = b.length; j >= 0; j--) {
      const q = b[j]
      if (p === undefined && q === undefined) row[j] = true
      else if (p === '#' || q === '#') row[j] = (p !== undefined && below[j] === true) || (q !== undefined && row[j + 1] === true)
      else row[j] = p !== undefined && q !== undefined && (p === '*' || q === '*' || p === q) && below[j + 1] === true
    }
    below = row
  }
  return below[0] === true
}
