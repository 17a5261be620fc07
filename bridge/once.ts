/** Commands with a key: carried out once, and answered as often as they are asked. */
import { createHash } from 'node:crypto'
import type { Clock } from '../src/clock.js'
import { TroupeError } from '../src/errors.js'
import type { Command } from '../src/protocol/command.js'
import type { Outcome } from '../src/protocol/reply.js'

/** For how many milliseconds a key is remembered, and how many are, the newest. */
export interface KeyWindow {
  readonly window: number
  readonly limit: number
}

interface Known {
  readonly at: number
  readonly command: string
  readonly outcome: Promise<Outcome>
}

const digest = (command: Command): string =>
  createHash('sha256')
    .update(JSON.stringify(command, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)))
    .digest('base64')

export class Once {
  readonly #clock: Clock
  readonly #kept: KeyWindow
  /** In the order in which they came, so the oldest are in front. */
  readonly #known = new Map<string, Known>()

  constructor(clock: Clock, kept: KeyWindow) {
    this.#clock = clock
    this.#kept = kept
  }

  get size(): number {
    return this.#known.size
  }

  /** The outcome of the first command that this client gave that key. Rejects another one under the same key with `INVALID_MESSAGE`. */
  run(sub: string, key: string, command: Command, carryOut: () => Promise<Outcome>): Promise<Outcome> {
    const name = `${sub}\n${key}`
    const now = this.#clock.now()
    const known = this.#known.get(name)
    const asked = digest(command)
    if (known && known.at > now - this.#kept.window) {
      if (known.command === asked) return known.outcome
      const error = new TroupeError(
        'INVALID_MESSAGE',
        `The key ${JSON.stringify(key.slice(0, 80))} belongs to another command that was given before; take a new key for each.`,
      )
      return Promise.resolve({ receipt: 'rejected', error: error.toJSON() })
    }
    this.#known.delete(name)
    this.#makeRoom(now)
    const outcome = carryOut()
    this.#known.set(name, { at: now, command: asked, outcome })
    return outcome
  }

  #makeRoom(now: number): void {
    for (const [name, { at }] of this.#known) {
      if (at > now - this.#kept.window && this.#known.size < this.#kept.limit) return
      this.#known.delete(name)
    }
  }
}
