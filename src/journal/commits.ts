/** Group commit: one commit is on its way while the next one gathers, and one that fails is tried until it succeeds. */
import type { CancelTimer, Clock } from '../clock.js'
import { describeThrown, TroupeError } from '../errors.js'
import type { JournalStore, StoreCommit } from './store.js'

/** What is written together. Parts in order: what stands in the last is not there before the others are. */
export interface Sealed {
  readonly upTo: number
  readonly parts: readonly { readonly store: JournalStore; readonly commit: StoreCommit }[]
}

export interface CommitsOptions<S extends Sealed> {
  readonly clock: Clock
  /** Takes what waits; undefined when nothing does. */
  seal(): S | undefined
  waiting(): boolean
  written(sealed: S): void
  /** What is stored turned out to be damaged: mends it, and answers what is to be written now. */
  damaged(why: TroupeError, sealed: S): Promise<S>
  /** A commit has failed, or, undefined, they succeed again: told once for each change. */
  troubled(error: TroupeError | undefined): void
}

/** Milliseconds until a commit that failed is tried again: at first, and at the most. */
const firstDelay = 100
const longestDelay = 5_000

/** How often damage is mended before it is a trouble like any other. */
const mendings = 3

export class Commits<S extends Sealed> {
  readonly #options: CommitsOptions<S>
  #state: 'resting' | 'scheduled' | 'writing' | 'waiting' = 'resting'
  #sealed: S | undefined
  #delay = firstDelay
  #cancel: CancelTimer | undefined
  #trouble: TroupeError | undefined
  #mended = 0
  /** The end of what has the stores to itself. */
  #turn: Promise<unknown> = Promise.resolve()
  #finishing: { resolve(): void; reject(error: TroupeError): void } | undefined

  constructor(options: CommitsOptions<S>) {
    this.#options = options
  }

  /** What is on its way. */
  get sealed(): S | undefined {
    return this.#sealed
  }

  /** Why nothing can be written now. */
  get trouble(): TroupeError | undefined {
    return this.#trouble
  }

  /** Asks for a commit at the end of this turn of the event loop. */
  request(): void {
    if (this.#state !== 'resting') return
    this.#state = 'scheduled'
    this.#options.clock.yield(() => void this.#run())
  }

  /** Runs between two commits. */
  alone<R>(run: () => Promise<R>): Promise<R> {
    const result = this.#turn.then(run)
    this.#turn = result.catch(() => {})
    return result
  }

  /** Writes what waits. Rejects with `JOURNAL_UNAVAILABLE` when that fails once more. */
  finish(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#finishing = { resolve, reject }
      if (this.#state !== 'waiting') return this.request()
      this.#cancel?.()
      void this.#run()
    })
  }

  #finish(): void {
    this.#finishing?.resolve()
    this.#finishing = undefined
  }

  async #run(): Promise<void> {
    this.#cancel = undefined
    const sealed = this.#sealed ?? this.#options.seal()
    this.#state = sealed ? 'writing' : 'resting'
    if (!sealed) return this.#finish()
    this.#sealed = sealed
    try {
      await this.alone(async () => {
        for (const { store, commit } of sealed.parts) await store.commit(commit)
      })
    } catch (thrown) {
      if (thrown instanceof TroupeError && thrown.code === 'JOURNAL_DAMAGED' && this.#mended < mendings)
        return this.#mend(thrown, sealed)
      return this.#failed(thrown)
    }
    this.#mended = 0
    this.#sealed = undefined
    this.#delay = firstDelay
    this.#state = 'resting'
    if (this.#trouble) {
      this.#trouble = undefined
      this.#options.troubled(undefined)
    }
    this.#options.written(sealed)
    // Whoever finishes has a last word, and is told when there is nothing more.
    if (this.#finishing || this.#options.waiting()) this.request()
  }

  async #mend(why: TroupeError, sealed: S): Promise<void> {
    this.#mended++
    try {
      this.#sealed = await this.#options.damaged(why, sealed)
    } catch (thrown) {
      return this.#failed(thrown)
    }
    return this.#run()
  }

  #failed(thrown: unknown): void {
    const told = this.#trouble !== undefined
    this.#trouble = new TroupeError('JOURNAL_UNAVAILABLE', `The journal cannot be written: ${describeThrown(thrown)}`, {
      cause: thrown,
    })
    if (this.#finishing) {
      this.#state = 'waiting'
      this.#finishing.reject(this.#trouble)
      this.#finishing = undefined
      return
    }
    this.#state = 'waiting'
    this.#cancel = this.#options.clock.after(this.#delay, () => void this.#run())
    this.#delay = Math.min(this.#delay * 2, longestDelay)
    if (!told) this.#options.troubled(this.#trouble)
  }
}
