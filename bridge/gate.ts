/** What may not leave yet: whoever heard of more than is kept would know of what never was, should this process end now. */
import type { Journal } from '../src/journal/journal.js'

interface Step<T> {
  /** How far the journal was when this was to be said. */
  readonly head: number
  readonly pass: () => void
  /** An event, which can be dropped. */
  item: T | undefined
}

/** A row of things to say, each of which passes when everything that it can know of is kept. A journal in memory never makes it wait. */
export class Gate<T> {
  readonly #journal: Pick<Journal, 'head' | 'durable'>
  #steps: Step<T>[] = []
  /** Where the first item may be. */
  #first = 0
  /** How many items wait. */
  items = 0

  constructor(journal: Pick<Journal, 'head' | 'durable'>) {
    this.#journal = journal
  }

  get empty(): boolean {
    return this.#steps.length === 0
  }

  /** Whether everything passes now: asked first where it would cost to say how. */
  get free(): boolean {
    return this.#steps.length === 0 && this.#journal.head <= this.#journal.durable
  }

  /** Whether what is known up to the offset may leave. */
  opens(offset: number): boolean {
    return offset <= this.#journal.durable
  }

  /** Passes at once, or holds it and answers false. */
  pass(pass: () => void, item?: T): boolean {
    const { head, durable } = this.#journal
    if (this.#steps.length > 0) this.open()
    if (this.#steps.length === 0 && head <= durable) {
      pass()
      return true
    }
    this.#steps.push({ head, pass, item })
    if (item !== undefined) this.items++
    return false
  }

  /** Lets pass what may. */
  open(): void {
    const { durable } = this.#journal
    let passed = 0
    for (const { head, pass, item } of this.#steps) {
      if (head > durable) break
      passed++
      if (item !== undefined) this.items--
      pass()
    }
    if (passed === 0) return
    this.#steps = this.#steps.slice(passed)
    this.#first = Math.max(0, this.#first - passed)
  }

  /** Drops the oldest item that may be dropped, and answers it. */
  drop(may: (item: T) => boolean): T | undefined {
    for (; this.#first < this.#steps.length; this.#first++) {
      const step = this.#steps[this.#first]
      if (step?.item === undefined || !may(step.item)) continue
      const { item } = step
      this.#steps[this.#first] = { head: step.head, pass: () => {}, item: undefined }
      this.items--
      return item
    }
    return undefined
  }
}
