/** What others wait for: that an agent is ready, and that it has ended. */
import type { TroupeError } from '../../src/errors.js'

export class Promises {
  readonly ready: Promise<void>
  readonly ended: Promise<void>
  #ready: () => void = () => {}
  #refuse: (error: TroupeError) => void = () => {}
  #ended: () => void = () => {}

  constructor() {
    this.ready = new Promise((resolve, reject) => {
      this.#ready = resolve
      this.#refuse = reject
    })
    // Nobody has to look at it.
    this.ready.catch(() => {})
    this.ended = new Promise((resolve) => {
      this.#ended = resolve
    })
  }

  /** It hears messages. The first of this and `neverReady` counts. */
  isReady(): void {
    this.#ready()
  }
  neverReady(error: TroupeError): void {
    this.#refuse(error)
  }
  hasEnded(): void {
    this.#ended()
  }
}
