/** Who did what: one event on `system.audit` for each login, change and refusal. It holds names and outcomes, never what was said. */
import type { Code } from '../../src/errors.js'
import type { Command } from '../../src/protocol/command.js'
import type { EventOf } from '../../src/protocol/event.js'
import type { Outcome } from '../../src/protocol/reply.js'
import type { System } from '../../src/system/system.js'
import { networkOf } from '../edge/addresses.js'
import type { Principal } from '../principal.js'

/**
 * What is said on `system.audit`. `heard` (default): logins, refusals and revocations always, and commands that were carried out while
 * somebody listens, so that they cost nothing while nobody does. `true`: all of it always, for a journal that keeps it. `false`: nothing.
 */
export type AuditOption = boolean | 'heard'

type Deed = Omit<EventOf<'system.audit'>, 'type'>

/** Where somebody comes from, as far as it is known. */
export interface Origin {
  readonly connection: string
  /** The address of the other side. */
  readonly address?: string | undefined
  /** The name of the protocol. */
  dialect(): string
}

/** Milliseconds in which the same refusal of one connection is said once, with how often it came. */
const window = 1_000
/** Kinds of refusals that one connection is counted by. */
const most = 100
/** Networks whose failed logins are counted each by itself within that time; those of all others are counted together. */
const mostNetworks = 100

export class Audit {
  readonly #system: System
  readonly #mode: AuditOption
  readonly #strangers = new Refusals(mostNetworks)

  constructor(system: System, mode: AuditOption) {
    this.#system = system
    this.#mode = mode
  }

  get on(): boolean {
    return this.#mode !== false
  }
  /** Whether what was carried out is said too. */
  get full(): boolean {
    return this.#mode === true || (this.#mode === 'heard' && this.#system.isHeard('system.audit'))
  }
  get now(): number {
    return this.#system.clock.now()
  }

  /** Somebody did not come in: who knocks again and again, in however many connections, is told of once in a while. */
  turnedAway({ address, ...deed }: Deed): void {
    const network = address === undefined ? '' : networkOf(address)
    const known = this.#strangers.knows(`${network}\n${deed.outcome}`, this.now)
    const repeats = this.#strangers.count(`${known ? network : 'others'}\n${deed.outcome}`, this.now)
    if (repeats === undefined) return
    this.say({ ...deed, ...(address === undefined || !known ? {} : { address }), ...(repeats > 0 ? { repeats } : {}) })
  }

  say(deed: Deed, correlationId?: string): void {
    const cause = correlationId === undefined ? undefined : { correlationId }
    this.#system.announce({ type: 'system.audit', ...deed }, deed.sub ?? 'system', cause, 'low')
  }
}

/** Refusals by their kind: each is said once in a while, with how often it came meanwhile. */
class Refusals {
  readonly #most: number
  readonly #kinds = new Map<string, { at: number; more: number }>()

  /** `most`: kinds that are counted each by itself. */
  constructor(most: number) {
    this.#most = most
  }

  /** Whether a kind is counted by itself, or can be. */
  knows(kind: string, now: number): boolean {
    if (this.#kinds.has(kind)) return true
    if (this.#kinds.size >= this.#most) this.#forget(({ at, more }) => more === 0 && at <= now - window)
    if (this.#kinds.size >= this.#most) this.#forget(({ at }) => at <= now - window)
    return this.#kinds.size < this.#most
  }

  /** How often it came since it was said last, and is to be said now; undefined: it was said just now. */
  count(kind: string, now: number): number | undefined {
    const known = this.#kinds.get(kind)
    if (known && known.at > now - window) {
      known.more++
      return undefined
    }
    this.#kinds.set(kind, { at: now, more: 0 })
    return known?.more ?? 0
  }

  #forget(which: (kind: { readonly at: number; readonly more: number }) => boolean): void {
    for (const [name, kind] of this.#kinds) if (which(kind)) this.#kinds.delete(name)
  }
}

/** What one connection does. */
export class Trail {
  readonly #audit: Audit
  readonly #origin: Origin
  readonly #refusals = new Refusals(most)

  constructor(audit: Audit, origin: Origin) {
    this.#audit = audit
    this.#origin = origin
  }

  login(principal: Principal): void {
    this.#say({ action: 'login', outcome: 'ok', ...who(principal) })
  }
  loginRefused(code: Code): void {
    if (this.#audit.on) this.#audit.turnedAway({ action: 'login', outcome: code, ...this.#where() })
  }
  refresh(principal: Principal | undefined, outcome: Code | 'ok'): void {
    this.#say({ action: 'refresh', outcome, ...who(principal) })
  }
  /** The connection was ended since its token was revoked. */
  ended(principal: Principal, code: Code): void {
    this.#say({ action: 'ended', outcome: code, ...who(principal) })
  }

  /** A frame was refused before it became a command: it was too much, or is not said by such a client. */
  frameRefused(principal: Principal | undefined, code: Code): void {
    this.#refused({ action: 'frame', outcome: code, ...who(principal) })
  }

  /** `changes`: whether it is a command that changes something; what only reads is told when it is refused. */
  command(principal: Principal, command: Command, outcome: Outcome, correlationId: string | undefined, changes: boolean): void {
    if (outcome.receipt === 'accepted' || !this.#audit.on) return
    const refused = outcome.receipt === 'rejected' ? outcome.error.code : undefined
    if (refused === undefined && !(changes && this.#audit.full)) return
    const target = targetOf(command)
    const deed: Deed = {
      ...{ action: 'command', ...this.#where(), ...who(principal), command: command.type, outcome: refused ?? 'ok' },
      ...(target === undefined ? {} : { target: target.slice(0, 256) }),
    }
    if (refused === undefined) this.#audit.say(deed, correlationId)
    else this.#refused(deed, correlationId)
  }

  /** A flood of refusals is not to push everything else out. */
  #refused(deed: Omit<Deed, 'connection' | 'dialect' | 'address'>, correlationId?: string): void {
    if (!this.#audit.on) return
    const { now } = this.#audit
    const kind = `${deed.action}\n${deed.command ?? ''}\n${deed.outcome}`
    const repeats = this.#refusals.count(this.#refusals.knows(kind, now) ? kind : '', now)
    if (repeats !== undefined) this.#say({ ...deed, ...(repeats > 0 ? { repeats } : {}) }, correlationId)
  }

  #say(deed: Omit<Deed, 'connection' | 'dialect' | 'address'>, correlationId?: string): void {
    if (this.#audit.on) this.#audit.say({ ...this.#where(), ...deed }, correlationId)
  }

  #where(): Pick<Deed, 'connection' | 'dialect' | 'address'> {
    const { connection, address } = this.#origin
    return { connection, dialect: this.#origin.dialect(), ...(address === undefined ? {} : { address }) }
  }
}

const who = (principal: Principal | undefined): Pick<Deed, 'sub' | 'jti' | 'tenant'> => {
  if (!principal) return {}
  const { sub, jti, tenant } = principal
  return {
    sub,
    ...(jti === undefined ? {} : { jti: jti.slice(0, 256) }),
    ...(tenant === undefined ? {} : { tenant: tenant.slice(0, 256) }),
  }
}

/** The id, topic or token that a command is about: names alone. */
const targetOf = (command: Command): string | undefined => {
  for (const name of ['id', 'to', 'topic', 'jti'] as const) {
    const value = (command as Readonly<Record<string, unknown>>)[name]
    if (typeof value === 'string') return value
  }
  return undefined
}
