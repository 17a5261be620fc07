/** One look at the machine that may fail or not come back: asked once at a time, waited for only so long, its failure told once. */
import type { Clock } from '../../src/clock.js'
import { TroupeError } from '../../src/errors.js'

/** Milliseconds after which a look is no longer waited for. */
const patience = 4_000

export interface ProbeOptions<T> {
  readonly clock: Clock
  /** What is looked for, for people: `the memory of the machine`. */
  readonly name: string
  look(): Promise<T>
  /** Milliseconds for which a value is taken for the present one. */
  readonly lasts: number
  /** Told of the first failure. */
  report(where: string, error: unknown): void
}

export class Probe<T> {
  readonly #options: ProbeOptions<T>
  #known: { readonly value: T; readonly until: number } | undefined
  #pending: Promise<T | undefined> | undefined
  #reported = false

  constructor(options: ProbeOptions<T>) {
    this.#options = options
  }

  /** What there is now; undefined where it could not be found out. Never rejects. */
  read(): Promise<T | undefined> {
    const { clock } = this.#options
    if (this.#known && clock.now() < this.#known.until) return Promise.resolve(this.#known.value)
    // One that does not come back is not asked again, or its processes would pile up.
    this.#pending ??= this.#look()
    return this.#inTime(this.#pending)
  }

  async #look(): Promise<T | undefined> {
    const { clock, look, lasts } = this.#options
    try {
      const value = await look()
      this.#known = { value, until: clock.now() + lasts }
      return value
    } catch (thrown) {
      this.#fail(thrown)
      return undefined
    } finally {
      this.#pending = undefined
    }
  }

  #inTime(looking: Promise<T | undefined>): Promise<T | undefined> {
    return new Promise((resolve) => {
      const cancel = this.#options.clock.after(
        patience,
        () => {
          this.#fail(new TroupeError('TIMEOUT', `It did not come back within ${patience} ms.`))
          resolve(undefined)
        },
        { holds: false },
      )
      void looking.then((value) => {
        cancel()
        resolve(value)
      })
    })
  }

  #fail(error: unknown): void {
    if (this.#reported) return
    this.#reported = true
    this.#options.report(`looking for ${this.#options.name}, which is left out`, error)
  }
}
