/** An event that has to be acknowledged, while callbacks have it: over when the last of them is done. */

let current: Taken | undefined

export interface TakenOptions {
  /** How often it came before. */
  readonly redelivered: number
  /** Told once, when nobody has it any more; `done`: whether all that had it were done with it. */
  over(done: boolean): void
}

export class Taken {
  readonly redelivered: number
  /** Whether it may be handed out again while somebody has it: whoever takes it acknowledges by hand. */
  lent = false
  readonly #over: (done: boolean) => void
  #holds = 0
  #failed = false

  constructor({ redelivered, over }: TakenOptions) {
    this.redelivered = redelivered
    this.#over = over
  }

  /** The event in the hands of the callbacks that run now; undefined: it is none that has to be acknowledged. */
  static get current(): Taken | undefined {
    return current
  }

  /** Runs callbacks that may hold it for longer than that. */
  hand(run: () => void): void {
    const outer = current
    const release = this.hold()
    current = this
    try {
      run()
    } catch (thrown) {
      this.fail()
      throw thrown
    } finally {
      current = outer
      release()
    }
  }

  /** Somebody goes on having it; answers how to say that they are done. Twice is fine. */
  hold(): () => void {
    this.#holds++
    let held = true
    return () => {
      if (!held) return
      held = false
      if (--this.#holds === 0) this.#over(!this.#failed)
    }
  }

  /** Somebody could not do what they had to: it is not acknowledged, so that it comes again. */
  fail(): void {
    this.#failed = true
  }
}
