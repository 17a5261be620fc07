/** Logins that fail: after so many from one address, others that could be guesses are not looked at for a while. */
import { createHash } from 'node:crypto'
import { decodeJwt } from 'jose'
import { bounded, type Clock, elapsed } from '../../src/clock.js'
import { isOurs, TroupeError } from '../../src/errors.js'
import { needCount, needDuration } from '../../src/given.js'
import { networkOf } from './addresses.js'

/** How many logins may fail, counted for each address (a /64 of IPv6 counts as one) and for each `sub` that a token claims. */
export interface LoginOptions {
  /** Default 10. */
  readonly failures?: number
  /** Milliseconds in which so many may fail. Default 60,000. */
  readonly window?: number
  /** Milliseconds that nothing is accepted then that could be a guess; twice as many each time that it happens again. Default 60,000. */
  readonly penalty?: number
  /** What `penalty` grows to, and how long it takes to be forgotten. Default 900,000. */
  readonly longest?: number
}

export type LoginLimits = Required<LoginOptions>

/** Throws `INVALID_OPTION` for what cannot be. */
export const loginLimits = (options: LoginOptions = {}): LoginLimits => {
  const { failures = 10, window = 60_000, penalty = 60_000, longest = 900_000 } = options
  needCount('The option logins.failures', failures, 1)
  needCount('The option logins.window', window, 1)
  needDuration('The option logins.penalty', penalty)
  needDuration('The option logins.longest', longest)
  return { failures, window, penalty, longest: Math.max(penalty, longest) }
}

/** Addresses, and tokens, that are remembered; beyond it those that were not heard of for longest are forgotten. */
const remembered = 10_000

interface Tally {
  /** How many may still fail. */
  left: number
  at: number
  /** Until when nothing is accepted that could be a guess. */
  until: number
  /** How long that was to last. */
  length: number
  /** Penalties in a row. */
  strikes: number
}

/** What is thrown where nobody guessed: nothing was said, or what was right once. */
const honest: ReadonlySet<string> = new Set(['AUTH_REQUIRED', 'AUTH_EXPIRED'])

export interface Login {
  readonly address: string
  readonly token: string
  /** Whether a token proves itself, by a signature: then a right one is never refused, as it is no guess. */
  readonly proven: boolean
}

export class Logins {
  readonly #clock: Clock
  readonly #limits: LoginLimits
  readonly #tallies = new Map<string, Tally>()
  /** Digests of tokens that were accepted: whoever comes back with one does not guess. */
  readonly #accepted = new Map<string, true>()

  constructor(clock: Clock, limits: LoginLimits) {
    this.#clock = clock
    this.#limits = limits
  }

  get size(): number {
    return this.#tallies.size + this.#accepted.size
  }

  /** What `check` resolves with. Rejects with what it rejects with, or with `RATE_LIMITED` when too many failed before. */
  async attempt<T>({ address, token, proven }: Login, check: () => Promise<T>): Promise<T> {
    const digest = createHash('sha256').update(token).digest('base64')
    const names = proven ? [networkOf(address)] : [networkOf(address), ...claimed(token)]
    const left = Math.max(...names.map((name) => this.#left(name)))
    if (left > 0 && !proven && !this.#accepted.has(digest)) throw limited(left)
    try {
      const result = await check()
      remember(this.#accepted, digest, true)
      return result
    } catch (thrown) {
      if (isOurs(thrown) && honest.has(thrown.code)) throw thrown
      if (left > 0) throw limited(left)
      for (const name of names) this.#failed(name)
      throw thrown
    }
  }

  /** Milliseconds for which nothing is accepted that could be a guess. */
  #left(name: string): number {
    const tally = this.#tallies.get(name)
    if (!tally) return 0
    const now = this.#clock.now()
    tally.until = bounded(tally.until, tally.length, now)
    return Math.max(0, tally.until - now)
  }

  #failed(name: string): void {
    const { failures, window, penalty, longest } = this.#limits
    const now = this.#clock.now()
    const tally = this.#tallies.get(name) ?? { left: failures, at: now, until: 0, length: 0, strikes: 0 }
    remember(this.#tallies, name, tally)
    // Those that were being looked at when the last straw came are part of it.
    if (tally.until > now) return
    if (now - tally.until >= longest) tally.strikes = 0
    tally.left = Math.min(failures, tally.left + (elapsed(tally.at, now) * failures) / window) - 1
    tally.at = now
    if (tally.left >= 1) return
    tally.length = Math.min(longest, penalty * 2 ** tally.strikes++)
    tally.until = now + tally.length
    tally.left = failures
  }
}

/** Sets what is used last at the end, and lets go of what stands first. */
const remember = <T>(map: Map<string, T>, name: string, value: T): void => {
  map.delete(name)
  map.set(name, value)
  if (map.size <= remembered) return
  for (const oldest of map.keys()) {
    map.delete(oldest)
    break
  }
}

/** Who a token says it is for, where that can be read: it is not believed, only counted. */
const claimed = (token: string): readonly string[] => {
  try {
    const { sub } = decodeJwt(token)
    return typeof sub === 'string' ? [`sub ${sub.slice(0, 256)}`] : []
  } catch {
    return []
  }
}

const limited = (retryAfter: number): TroupeError =>
  new TroupeError('RATE_LIMITED', `Too many logins failed; try again in ${Math.ceil(retryAfter / 1_000)} s.`, {
    details: { retryAfter },
  })
