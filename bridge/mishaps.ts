/** What a dialect throws where it may not: that costs its own connection, and nothing else. */

export class Mishaps<Asked> {
  readonly #report: (thrown: unknown) => void
  readonly #end: (asked?: Asked) => void

  /** `report` is told of each; `end` ends the connection, and says so to whoever asked. */
  constructor(report: (thrown: unknown) => void, end: (asked?: Asked) => void) {
    this.#report = report
    this.#end = end
  }

  /** Runs what may throw; `asked`: what it was to answer. */
  guard(run: () => void, asked?: Asked): void {
    if (!this.#went(run)) this.#end(asked)
  }

  /** Runs what may throw, for a connection that ends in any case. */
  last(run: () => void): void {
    this.#went(run)
  }

  #went(run: () => void): boolean {
    try {
      run()
      return true
    } catch (thrown) {
      this.#report(thrown)
      return false
    }
  }
}
