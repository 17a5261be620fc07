/** When a client is told how far it has come, counted in events. */

/** Events after which it is told, at the latest. */
const longest = 100

/**
 * While it is sent what it missed it is told after the first event, after two more, four more, and so on: one whose connections break again
 * and again, each after a few frames, comes on all the same, instead of being sent the same events for ever.
 */
export class MarkPace {
  #unmarked = 0
  #stride = 1

  /** Another event was written. `isMissed`: it happened before the connection was there. Whether the client is told now. */
  isDue(isMissed: boolean): boolean {
    return ++this.#unmarked >= (isMissed ? this.#stride : longest)
  }

  /** It was told. */
  marked(): void {
    this.#unmarked = 0
    this.#stride = Math.min(this.#stride * 2, longest)
  }
}
