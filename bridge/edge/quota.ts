/** How much may be asked, whichever protocol it is asked in: of each connection, client, address, agent, and of each type. */
import { TroupeError } from '../../src/errors.js'
import { needCount, needDuration } from '../../src/given.js'
import { commands } from '../../src/protocol/command.js'
import type { Request, Saying } from '../dialect.js'
import type { Rates } from '../rates.js'

/** A bucket of `burst` requests that is refilled with `rate` in each `window` (milliseconds). */
export interface Limit {
  readonly rate: number
  readonly window: number
  readonly burst: number
  /** Milliseconds that a client, or an address, is not heard after ten requests too many within one window. Default: it always is. */
  readonly penalty?: number
}

/** Each limit is for itself, and what is asked has to keep all of them. Default: none. */
export interface QuotaOptions {
  /** Of each connection. */
  readonly connection?: Limit
  /** Of each client, by the `sub` of its token, over all of its connections. */
  readonly principal?: Limit
  /** Of all clients of one IPv4 address, or one /64 of IPv6. */
  readonly address?: Limit
  /** Of commands to one agent, whoever gives them. */
  readonly agent?: Limit
  /** Of each client, for commands of a type: `{ 'agent.spawn': { rate: 10, window: 60_000, burst: 5 } }`. */
  readonly types?: Readonly<Record<string, Limit>>
}

const fits = (name: string, { rate, window, burst, penalty }: Limit): void => {
  needCount(`The option limits.${name}.rate`, rate, 1)
  needCount(`The option limits.${name}.burst`, burst, 1)
  needCount(`The option limits.${name}.window`, window, 1)
  needDuration(`The option limits.${name}.penalty`, penalty)
}

/** Throws `INVALID_OPTION` for what cannot be. Undefined: nothing is limited. */
export const quotaLimits = (options: QuotaOptions = {}): QuotaOptions | undefined => {
  const { types = {}, ...whole } = options
  for (const [name, limit] of Object.entries(whole)) if (limit) fits(name, limit)
  for (const [type, limit] of Object.entries(types)) {
    if (!Object.hasOwn(commands, type))
      throw new TroupeError('INVALID_OPTION', `The option limits.types names commands such as agent.spawn; got ${type}.`)
    fits(`types.${type}`, limit)
  }
  return Object.values(whole).some(Boolean) || Object.keys(types).length > 0 ? options : undefined
}

/** What keeps a connection alive, and lets its client in and out; what is in a batch counts by itself. */
const free: ReadonlySet<string> = new Set(['hello', 'refresh', 'ping', 'pong', 'close', 'batch'].map((word) => `session.${word}`))

interface Asked {
  readonly type: string
  readonly to?: unknown
  readonly id?: unknown
  readonly tasks?: unknown
}

/** The agents, or the swarm, that a command is for, and how much it asks of each: a graph gives each of its tasks to one. */
const targetsOf = ({ type, to, id, tasks }: Asked): ReadonlyMap<string, number> => {
  const targets = new Map<string, number>()
  if (!/^(agent|task|schedule)\.|^swarm\.(send|hand-over)$/.test(type) || type === 'agent.spawn') return targets
  const parts = type === 'task.graph' ? Object.values(tasks ?? {}).map((task: { readonly to?: unknown }) => task.to) : []
  for (const target of [to ?? (type.startsWith('agent.') ? id : undefined), ...parts])
    if (typeof target === 'string') targets.set(target, (targets.get(target) ?? 0) + 1)
  return targets
}

export interface QuotaOwner {
  readonly connection: string
  /** Who it is, over all of its connections. */
  readonly principal: string
  /** From where it came. */
  readonly network: string
  /** Whether it may command the agent of an id: whoever may not is refused, and takes nothing from what the agent bears. */
  commands(agent: string): boolean
}

interface Counted {
  readonly what: string
  readonly limit: Limit
  readonly name: string
  /** Who is not heard any more when it is passed again and again. */
  readonly culprit: string
  /** How much is asked at once. */
  readonly amount: number
}

/** Judges what one connection asks. */
export class Quota {
  readonly #rates: Rates
  readonly #limits: QuotaOptions
  readonly #connection: string
  readonly #principal: string
  readonly #network: string
  readonly #commands: (agent: string) => boolean
  #told = false

  constructor(rates: Rates, limits: QuotaOptions, { connection, principal, network, commands }: QuotaOwner) {
    this.#commands = commands
    this.#rates = rates
    this.#limits = limits
    this.#connection = `quota of connection ${connection}`
    this.#principal = `quota of client ${principal}`
    this.#network = `quota of address ${network}`
  }

  /** Undefined: it may be asked. `muted`: it is not heard, which was told before. Else what it is refused with. No `what`: a frame that could not be read. */
  judge(what?: Request | Saying): TroupeError | 'muted' | undefined {
    const command = what && 'command' in what ? what.command : undefined
    if (command && free.has(command.type)) return undefined
    const left = Math.max(this.#rates.muted(this.#principal), this.#rates.muted(this.#network))
    if (left > 0) {
      if (this.#told) return 'muted'
      this.#told = true
      return limited(`Too much was asked before; nothing is heard for ${Math.ceil(left / 1_000)} s.`, left)
    }
    this.#told = false
    for (const counted of this.#countedBy(command)) {
      const retryAfter = this.#rates.take(counted.name, counted.limit, counted.amount)
      if (retryAfter > 0) return this.#refuse(counted, retryAfter)
    }
    return undefined
  }

  /** Nothing is kept for the connection alone. */
  close(): void {
    this.#rates.forget([this.#connection])
  }

  #countedBy(command: Asked | undefined): Counted[] {
    const { connection, principal, address, agent, types } = this.#limits
    const client = this.#principal
    const counted: Counted[] = []
    const count = (what: string, limit: Limit | undefined, name: string, { culprit = client, amount = 1 } = {}) => {
      if (limit) counted.push({ what, limit, name, culprit, amount })
    }
    count('requests of a connection', connection, this.#connection)
    count('requests of a client', principal, client)
    count('requests of an address', address, this.#network, { culprit: this.#network })
    if (agent && command)
      for (const [target, amount] of targetsOf(command))
        if (this.#commands(target)) count(`commands to ${target.slice(0, 128)}`, agent, `quota of agent ${target}`, { amount })
    if (command && types && Object.hasOwn(types, command.type))
      count(command.type, types[command.type], `${client}\n${command.type}`)
    return counted
  }

  #refuse({ what, limit, name, culprit, amount }: Counted, retryAfter: number): TroupeError {
    const { rate, window, burst, penalty = 0 } = limit
    const most = `${rate} ${what} in ${window / 1_000} s, ${burst} at once${amount > burst ? `, and these are ${amount}` : ''}`
    // Where many take from one bucket, each answers for its own excesses.
    if (!this.#rates.exceed(`${name}\nof ${culprit}`, culprit, limit))
      return limited(`The limit is ${most}; try again in ${retryAfter} ms.`, retryAfter)
    this.#told = true
    return limited(
      `The limit is ${most}, and it was passed too often: nothing is heard for ${Math.ceil(penalty / 1_000)} s.`,
      penalty,
    )
  }
}

const limited = (message: string, retryAfter: number): TroupeError =>
  new TroupeError('RATE_LIMITED', message, { details: { retryAfter } })
