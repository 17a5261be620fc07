/** The order in which what one client asks is carried out: that in which it came, though some of it has to be looked at first. */

export class Entrance {
  /** Settles when whatever came last was let in, or turned away; undefined: nobody waits. */
  #last: Promise<void> | undefined

  /**
   * Runs it after everything that came before was begun or turned away; at once where nothing has to be looked at. `looking`: resolves when
   * it may be let in, and rejects when it may not. Several are looked at side by side.
   */
  async enter<R>(looking: Promise<void> | undefined, run: () => Promise<R>): Promise<R> {
    const before = this.#last
    if (before === undefined && looking === undefined) return run()
    let pass = () => {}
    const passed = new Promise<void>((resolve) => {
      pass = resolve
    })
    this.#last = passed
    // Why it may not be let in is told in its turn.
    looking?.catch(() => {})
    try {
      await before
      await looking
      return run()
    } finally {
      pass()
      if (this.#last === passed) this.#last = undefined
    }
  }
}
