/** Who is at the door and what they may do. */

import { TroupeError } from '../src/errors.js'
import { matches, parsePattern } from '../src/protocol/topic.js'
import { type Reach, within } from '../src/system/reach.js'
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
  /** Agents that it may control, and give work to; `*` for any. Default: any that `write` covers. */
  readonly controls?: readonly string[] | undefined
  /**
   * The tenant that it belongs to: it sees and touches what is that tenant's, and nothing else. Absent: it sees and touches what is no
   * tenant's, and with `admin` everything.
   */
  readonly tenant?: string | undefined
  /** The id of its token, by which that can be revoked. */
  readonly jti?: string | undefined
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
  /** Who it is among the clients of all tenants: two of these may have clients of one `sub`. */
  readonly who: string
  /** How far it reaches; undefined: everywhere. */
  readonly reach: Reach | undefined
  readonly #read: readonly (readonly string[])[]
  readonly #write: readonly (readonly string[])[]
  readonly #known = new Map<string, boolean>()

  constructor(principal: Principal) {
    this.principal = principal
    this.address = addressOf(principal.sub)
    this.who = whoOf(principal)
    const { tenant } = principal
    this.reach = tenant === undefined && this.may('admin') ? undefined : { tenant }
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

  /** The one judge of what may be told: of an event on that topic, or of what an entry of the view is about, with whose it is. */
  mayRead(topic: string, tenant: string | undefined): boolean {
    return within(this.reach, tenant) && this.covers(topic)
  }

  /** Whether its patterns and permissions cover a topic, whoever's the events on it are: what is told is judged by `mayRead`. */
  covers(topic: string): boolean {
    const known = this.#known.get(topic)
    if (known !== undefined) return known
    const parts = topic.split('.')
    const [domain, about, what] = parts
    const open = domain !== 'system' || this.may(about === 'audit' ? 'admin' : 'system_monitor')
    // What is said to one client is that client's to hear, whatever else its token covers.
    const own = domain === 'client' && what === 'message' ? about === this.address : undefined
    const granted = open && this.may('read') && this.#read.some((pattern) => matches(pattern, parts))
    const verdict = own || (granted && (own === undefined || this.may('admin')))
    if (this.#known.size >= cacheSize) this.#known.clear()
    this.#known.set(topic, verdict)
    return verdict
  }

  /** Throws `FORBIDDEN` for a topic that it does not cover. */
  needRead(topic: string): void {
    if (!this.covers(topic)) throw new TroupeError('FORBIDDEN', `The token does not cover reading ${topic}.`)
  }

  /** Throws `FORBIDDEN` when what the topic is about is not this principal's to act on. `speaks`: it acts as the agent, not on it. */
  needWrite(topic: string, speaks = false): void {
    const parts = topic.split('.')
    const [domain, agent = ''] = parts
    if (!speaks && domain === 'agent' && !this.controls(agent))
      throw new TroupeError('FORBIDDEN', `The token does not allow controlling agent ${agent}; ${this.#controlled}.`)
    if (!this.#write.some((pattern) => matches(pattern, parts)))
      throw new TroupeError(
        'FORBIDDEN',
        `The token does not cover writing to ${topic}; it covers ${this.principal.write.join(', ') || 'nothing'}.`,
      )
  }

  /** Whether its work may be begun, held up and ended. */
  controls(agent: string): boolean {
    const { controls = ['*'] } = this.principal
    return controls.includes('*') || controls.includes(agent)
  }

  /** Throws `FORBIDDEN` when one of these agents is not controlled; which one is not said, since that may not be known. `what`: whose they are. */
  needControls(agents: Iterable<string>, what: string): void {
    for (const agent of agents)
      if (!this.controls(agent))
        throw new TroupeError('FORBIDDEN', `The token does not allow controlling ${what}; ${this.#controlled}.`)
  }

  get #controlled(): string {
    return `it does not cover more than ${this.principal.controls?.join(', ') || 'none'}`
  }

  /** What it may read, as a name: two that may read the same, and are the same client, have one. */
  get outlook(): string {
    const { permissions, read } = this.principal
    return JSON.stringify([this.who, permissions, read])
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
    if (parts[0] === 'system') this.need(parts[1] === 'audit' ? 'admin' : 'system_monitor')
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

/** A name for a principal that no client of another tenant has. */
export const whoOf = ({ sub, tenant }: Pick<Principal, 'sub' | 'tenant'>): string =>
  // Others join it with something by a line break, so it has none but the one that tells the two apart.
  tenant === undefined && !sub.includes('\n') ? sub : `\n${JSON.stringify([tenant ?? null, sub])}`

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
