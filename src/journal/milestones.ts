/** Who waits for a batch to be written, and who is told whenever one was. */
import { describeThrown, TroupeError } from '../errors.js'

interface Waiter {
  readonly promise: Promise<void>
  resolve(): void
  reject(error: TroupeError): void
}

const openWaiter = (): Waiter => {
  let settle: Omit<Waiter, 'promise'> = { resolve: () => {}, reject: () => {} }
  const promise = new Promise<void>((resolve, reject) => {
    settle = { resolve, reject }
  })
  // Whoever does not look at it any more has no trouble with it.
  promise.catch(() => {})
  return { promise, ...settle }
}

export class Milestones {
  readonly #waiters = new Map<number, Waiter>()
  readonly #listeners = new Set<() => void>()
  readonly #report: (where: string, error: TroupeError) => void

  constructor(report: (where: string, error: TroupeError) => void) {
    this.#report = report
  }

  /** Resolves when that batch is written. */
  until(batch: number): Promise<void> {
    const waiter = this.#waiters.get(batch) ?? openWaiter()
    this.#waiters.set(batch, waiter)
    return waiter.promise
  }

  listen(run: () => void): () => void {
    // One of its own, so that the same function may be given twice.
    const listener = () => run()
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  reached(batch: number): void {
    this.#waiters.get(batch)?.resolve()
    this.#waiters.delete(batch)
    for (const listener of this.#listeners)
      try {
        listener()
      } catch (thrown) {
        this.#report('a listener of the journal', new TroupeError('INTERNAL', describeThrown(thrown), { cause: thrown }))
      }
  }

  abandon(error: TroupeError): void {
    for (const { reject } of this.#waiters.values()) reject(error)
    this.#waiters.clear()
  }
}
