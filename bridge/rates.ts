/** How often a client may say what: token buckets, and a while of not being heard for who goes on regardless. */
import { bounded, type Clock, elapsed } from '../src/clock.js'
import { TroupeError } from '../src/errors.js'
import type { PlainFrame, Rate } from './dialect.js'

/** Frames too many within one window of a rate after which a client is no longer heard. */
const patience = 10
/** Buckets that are kept before the full ones are looked for and let go, and the most that there may be of buckets and of bans. */
const manyBuckets = 1_000
const mostBuckets = 100_000

/** How often: a bucket that holds `burst` and is refilled with `rate` in each `window`. */
export type Pace = Pick<Rate, 'rate' | 'window' | 'burst' | 'penalty'>

interface Bucket {
  tokens: number
  at: number
  /** From when on it is as good as a new one. */
  freshAt: number
  /** When frames were too many, the newest last. */
  readonly excesses: number[]
}

/** The buckets and bans of all clients, which outlive their connections. */
export class Rates {
  readonly #clock: Clock
  readonly #buckets = new Map<string, Bucket>()
  readonly #banned = new Map<string, { until: number; readonly length: number }>()
  #tidyAt = manyBuckets

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get size(): number {
    return this.#buckets.size + this.#banned.size
  }

  /** Milliseconds that the client is not heard any more; 0 when it is. */
  muted(client: string): number {
    const ban = this.#banned.get(client)
    if (!ban) return 0
    const now = this.#clock.now()
    ban.until = bounded(ban.until, ban.length, now)
    if (ban.until <= now) this.#banned.delete(client)
    return Math.max(0, ban.until - now)
  }

  /**
   * Takes so many from a bucket, or none. Answers in how many milliseconds there will be as many, where there are fewer; 0 when there were.
   * More than `burst` there never are: then in how many it is full.
   */
  take(name: string, { rate, window, burst }: Pace, amount = 1): number {
    const now = this.#clock.now()
    const bucket = this.#bucket(name, burst, now)
    bucket.tokens = Math.min(burst, bucket.tokens + (elapsed(bucket.at, now) * rate) / window)
    bucket.at = now
    const taken = bucket.tokens >= amount
    if (taken) bucket.tokens -= amount
    bucket.freshAt = Math.max(bucket.freshAt, now + ((burst - bucket.tokens) * window) / rate)
    return taken ? 0 : Math.max(1, Math.ceil(((Math.min(amount, burst) - bucket.tokens) * window) / rate))
  }

  /**
   * One frame was too many. Whether that was the last straw: then the client is not heard for the penalty of the rate. `name`: under which
   * its excesses are counted, the bucket's own where nobody else takes from it.
   */
  exceed(name: string, client: string, { window, burst, penalty }: Pace): boolean {
    if (penalty === undefined) return false
    const now = this.#clock.now()
    const bucket = this.#bucket(name, burst, now)
    const { excesses } = bucket
    excesses.push(now)
    bucket.freshAt = Math.max(bucket.freshAt, now + window)
    while (excesses[0] !== undefined && excesses[0] <= now - window) excesses.shift()
    if (excesses.length < patience) return false
    excesses.length = 0
    this.#makeRoom(this.#banned)
    this.#banned.set(client, { until: now + penalty, length: penalty })
    return true
  }

  /** Forgets the buckets of a connection that is gone. */
  forget(names: Iterable<string>): void {
    for (const name of names) this.#buckets.delete(name)
  }

  #bucket(name: string, tokens: number, at: number): Bucket {
    const known = this.#buckets.get(name)
    if (known) return known
    if (this.#buckets.size >= this.#tidyAt) this.#tidy(at)
    this.#makeRoom(this.#buckets)
    const bucket = { tokens, at, freshAt: at, excesses: [] }
    this.#buckets.set(name, bucket)
    return bucket
  }

  /** A bucket that is as good as new need not be kept. Looked for when there are twice as many as were left the last time. */
  #tidy(now: number): void {
    for (const [name, { freshAt }] of this.#buckets) if (freshAt <= now) this.#buckets.delete(name)
    for (const client of this.#banned.keys()) this.muted(client)
    this.#tidyAt = Math.max(manyBuckets, this.#buckets.size * 2)
  }

  /** Who invents names for ever has the oldest forgotten, not the memory filled. */
  #makeRoom(map: Map<string, unknown>): void {
    if (map.size < mostBuckets) return
    for (const oldest of map.keys()) {
      map.delete(oldest)
      break
    }
  }
}

export interface LimiterOptions {
  readonly rates: Rates
  readonly limits: readonly Rate[]
  /** Under which buckets of the connection, and of the client, are kept. */
  readonly connection: string
  readonly client: string
}

/** Judges the frames of one connection. */
export class Limiter {
  readonly #options: LimiterOptions
  readonly #own = new Set<string>()
  #told = false

  constructor(options: LimiterOptions) {
    this.#options = options
  }

  /** Undefined: it may be heard. `muted`: it is not heard, which was told before. Else what it is refused with. */
  judge(frame: PlainFrame | undefined): TroupeError | 'muted' | undefined {
    const { rates, limits, client } = this.#options
    const left = rates.muted(client)
    const counted = limits.flatMap((rate, at) => {
      const bucket = rate.bucket(frame)
      return bucket === undefined ? [] : [{ rate, name: this.#name(rate, at, bucket) }]
    })
    if (counted.length === 0) return undefined
    if (left > 0) {
      if (this.#told) return 'muted'
      this.#told = true
      return new TroupeError('RATE_LIMITED', `Too much was said before; nothing is heard for ${Math.ceil(left / 1_000)} s.`, {
        details: { retryAfter: left },
      })
    }
    this.#told = false
    for (const { rate, name } of counted) {
      const retryAfter = rates.take(name, rate)
      if (retryAfter > 0) return this.#refuse(rate, name, retryAfter)
    }
    return undefined
  }

  close(): void {
    this.#options.rates.forget(this.#own)
  }

  #refuse(rate: Rate, name: string, retryAfter: number): TroupeError {
    const { rates, client } = this.#options
    const { what, rate: times, window, burst, penalty = 0 } = rate
    const limit = `${times} ${what} in ${window / 1_000} s, ${burst} at once`
    if (!rates.exceed(name, client, rate))
      return new TroupeError('RATE_LIMITED', `The limit is ${limit}; try again in ${retryAfter} ms.`, { details: { retryAfter } })
    this.#told = true
    return new TroupeError(
      'RATE_LIMITED',
      `The limit is ${limit}, and it was passed too often: nothing is heard for ${Math.ceil(penalty / 1_000)} s.`,
      { details: { retryAfter: penalty } },
    )
  }

  #name(rate: Rate, at: number, bucket: string): string {
    const { connection, client } = this.#options
    const name = `${rate.per === 'client' ? `client ${client}` : `connection ${connection}`}\n${at}\n${bucket}`
    if (rate.per === 'connection') this.#own.add(name)
    return name
  }
}
