/** The tokens that were revoked before their end. */
import type { Clock } from '../../src/clock.js'
import { TroupeError } from '../../src/errors.js'
import type { Records } from '../../src/journal/journal.js'
import type { System } from '../../src/system/system.js'

/** A token that is not accepted any more. */
export interface Revocation {
  /** The id of the token. */
  readonly jti: string
  /** When it would have ended by itself, milliseconds since the epoch; absent: that is not known, and it is remembered for ever. */
  readonly until?: number | undefined
}

/** Where revocations are kept beyond the life of a bridge, beside the journal. */
export interface RevocationStore {
  /** What is kept, when a bridge opens. */
  load(): Iterable<Revocation>
  /** One more. What it throws is reported; the token is revoked all the same. */
  save(revocation: Revocation): void
}

/** Under which they are remembered beside the events, which a rule of the journal may let go of earlier. */
const prefix = 'revoked/'
/** Tokens that are remembered at the most. */
const most = 100_000

export class Revocations {
  readonly #clock: Clock
  readonly #records: Records
  readonly #until = new Map<string, number>()

  /** `records`: of the journal, for as long as which a token stays revoked. */
  constructor(clock: Clock, records: Records) {
    this.#clock = clock
    this.#records = records
    for (const [key, until] of records.list(prefix)) this.#until.set(key.slice(prefix.length), untilOf(until))
    this.#forgetEnded()
  }

  get size(): number {
    return this.#until.size
  }

  /** `ends`: when a token of that id that was shown ends by itself: then it need not be remembered for longer. */
  has(jti: string | undefined, ends?: number): boolean {
    const until = jti === undefined ? undefined : this.#until.get(jti)
    if (jti === undefined || until === undefined) return false
    if (ends !== undefined && ends < until) this.#set(jti, ends)
    return until > this.#clock.now()
  }

  /** Throws `TOO_MANY` where none more may be remembered: to forget one would let somebody in. */
  needRoom(): void {
    if (this.#until.size < most) return
    this.#forgetEnded()
    if (this.#until.size >= most)
      throw new TroupeError(
        'TOO_MANY',
        `${most} tokens are revoked, as many as may; say until when with each, or change the secret.`,
      )
  }

  add({ jti, until = Number.POSITIVE_INFINITY }: Revocation): void {
    // What is known to last longer is not shortened by who knows less.
    this.#set(jti, Math.max(until, this.#until.get(jti) ?? 0))
  }

  #set(jti: string, until: number): void {
    this.#until.set(jti, until)
    this.#records.put(prefix + jti, Number.isFinite(until) ? until : null)
  }

  /** Takes over what the store has, and what is revoked from now on; `told` of each of these. Returns how to stop. */
  follow(system: System, store: RevocationStore | undefined, told: (jti: string) => void): () => void {
    for (const revocation of store?.load() ?? []) this.add(revocation)
    return system.listen('system.revoked', ({ event }) => {
      if (event.type !== 'system.revoked') return
      this.add(event)
      told(event.jti)
      try {
        store?.save(event)
      } catch (thrown) {
        system.report('keeping a revocation', thrown)
      }
    })
  }

  #forgetEnded(): void {
    const now = this.#clock.now()
    for (const [jti, until] of this.#until)
      if (until <= now) {
        this.#until.delete(jti)
        this.#records.delete(prefix + jti)
      }
  }
}

/** null: for ever, which JSON cannot say. */
const untilOf = (kept: unknown): number => (typeof kept === 'number' ? kept : Number.POSITIVE_INFINITY)
