/** Work that may take a while, one piece after the other, and at once where nothing is before it. */

export class InOrder {
  #tail: Promise<void> | undefined
  readonly #report: (error: unknown) => void

  /** `report`: told of what a piece threw; the next one is begun all the same. */
  constructor(report: (error: unknown) => void) {
    this.#report = report
  }

  /** Whether something is not done yet. */
  get busy(): boolean {
    return this.#tail !== undefined
  }

  do(work: () => Promise<void> | void): void {
    if (this.#tail === undefined) {
      const working = work()
      if (working !== undefined) this.#follow(working)
    } else this.#follow(this.#tail.then(work))
  }

  #follow(working: Promise<void>): void {
    const tail = working.catch(this.#report).then(() => {
      if (this.#tail === tail) this.#tail = undefined
    })
    this.#tail = tail
  }
}
