/** What may not leave yet: whoever heard of more than is kept would know of what never was, should this process end now. */
import type { Journal } from '../src/journal/journal.js'

interface Step<T> {
  /** How far the journal was when this was to be said. */
  readonly head: number
  /** Whether something besides events has to be kept first. */
  waits: boolean
  readonly pass: () => void
  /** An event, which can be dropped. */
  item: T | undefined
}

/** A row of things to say, each of which passes when everything that it can know of is kept. A journal in memory never makes it wait. */
export class Gate<T> {
  readonly #journal: Pick<Journal, 'head' | 'durable'>
  readonly #kept: () => void
  #steps: Step<T>[] = []
  /** Where the first item may be. */
  #first = 0
  /** How many items wait. */
  items = 0

  /** `kept`: told when something may pass that waited for more than events. */
  constructor(journal: Pick<Journal, 'head' | 'durable'>, kept: () => void) {
    this.#journal = journal
    this.#kept = kept
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

  /** Passes at once, or holds it and answers false. `keeping`: what it knows of besides events is being kept until then. */
  pass(pass: () => void, item?: T, keeping?: Promise<void>): boolean {
    const { head, durable } = this.#journal
    if (this.#steps.length > 0) this.open()
    if (this.#steps.length === 0 && head <= durable && keeping === undefined) {
      pass()
      return true
    }
    const step = { head, waits: keeping !== undefined, pass, item }
    this.#steps.push(step)
    if (item !== undefined) this.items++
    if (keeping !== undefined) void this.#await(keeping, step)
    return false
  }

  async #await(keeping: Promise<void>, step: Step<T>): Promise<void> {
    try {
      await keeping
    } catch {
      // The journal was closed before: what nobody keeps is said to nobody.
      return
    }
    step.waits = false
    this.#kept()
  }

  /** Lets pass what may. */
  open(): void {
    const { durable } = this.#journal
    let passed = 0
    for (const { head, waits, pass, item } of this.#steps) {
      if (waits || head > durable) break
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
      this.#steps[this.#first] = { ...step, pass: () => {}, item: undefined }
      this.items--
      return item
    }
    return undefined
  }
}
