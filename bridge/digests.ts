/** What one connection is told as a whole: once for changes that come close together, as it is then. */
import type { CancelTimer, Clock } from '../src/clock.js'
import type { Envelope } from '../src/protocol/envelope.js'
import type { Digest } from './dialect.js'

export interface DigestOwner {
  /** Whether nothing waits to be written: a whole for a client that reads too slowly would be old before it is read. */
  idle(): boolean
  say(name: string): void
}

export class Digests {
  readonly #clock: Clock
  readonly #digest: Digest
  readonly #owner: DigestOwner
  readonly #waiting = new Map<string, CancelTimer>()

  constructor(clock: Clock, digest: Digest, owner: DigestOwner) {
    this.#clock = clock
    this.#digest = digest
    this.#owner = owner
  }

  note(envelope: Envelope): void {
    const name = this.#digest.of(envelope)
    if (name !== undefined && !this.#waiting.has(name)) this.#wait(name)
  }

  close(): void {
    for (const cancel of this.#waiting.values()) cancel()
    this.#waiting.clear()
  }

  #wait(name: string): void {
    this.#waiting.set(
      name,
      this.#clock.after(this.#digest.window, () => {
        if (!this.#owner.idle()) return this.#wait(name)
        this.#waiting.delete(name)
        this.#owner.say(name)
      }),
    )
  }
}
