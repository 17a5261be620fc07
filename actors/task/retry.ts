/** Whether a task that failed is tried again, and when. */
import type { TroupeError } from '../../src/errors.js'
import type { RetryRecord } from '../../src/recovery/records.js'
import type { Retries } from '../../src/system/definition.js'

/** Counts what was tried, by the code that it failed with. */
export class Retry {
  readonly #allowed: Retries
  readonly #backoff: readonly [number, number]
  readonly #random: () => number
  readonly #used = new Map<string, number>()
  #tries = 0

  /** `random`: from 0 up to 1; spreads the tries. `past`: how often that was before. */
  constructor(allowed: Retries, backoff: readonly [number, number], random: () => number, past?: RetryRecord) {
    this.#allowed = allowed
    this.#backoff = backoff
    this.#random = random
    this.#tries = past?.tries ?? 0
    for (const [kind, used] of Object.entries(past?.used ?? {})) this.#used.set(kind, used)
  }

  get record(): RetryRecord {
    return { tries: this.#tries, used: Object.fromEntries(this.#used) }
  }

  /** Milliseconds until the next try; undefined when there is none. */
  next(error: TroupeError): number | undefined {
    const allowed = this.#allowed
    const named = typeof allowed === 'number' ? undefined : allowed[error.code]
    const limit = typeof allowed === 'number' ? allowed : (named ?? allowed.default ?? 0)
    // A number, and each code that is named, counts for itself; all others share one count.
    const kind = named === undefined ? '' : error.code
    const used = this.#used.get(kind) ?? 0
    if (used >= limit || (named === undefined && !error.retry)) return undefined
    this.#used.set(kind, used + 1)
    const [from, to] = this.#backoff
    return Math.round(Math.min(to, from * 2 ** this.#tries++) * (0.8 + 0.4 * this.#random()))
  }
}
