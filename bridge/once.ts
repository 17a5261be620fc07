/** Commands with a key: carried out once, and answered as often as they are asked. */
import { createHash } from 'node:crypto'
import type { Clock } from '../src/clock.js'
import { TroupeError, toTroupeError } from '../src/errors.js'
import type { Records } from '../src/journal/journal.js'
import type { Command } from '../src/protocol/command.js'
import type { Outcome } from '../src/protocol/reply.js'
import { Shares } from '../src/shares.js'

/** For how many milliseconds a key is remembered, and how many are: beyond, whoever has most loses their oldest. */
export interface KeyWindow {
  readonly window: number
  readonly limit: number
}

interface Known {
  readonly at: number
  readonly command: string
  readonly outcome: Promise<Outcome>
}

/** What is kept of a key beyond the process; without an outcome, it is not known whether there was one. */
interface Kept {
  readonly at: number
  readonly command: string
  /** Whose it is, told from others and not named. */
  readonly of?: string
  readonly outcome?: Outcome
}

/** What `journal.records` keeps; its own keys begin so. */
const place = 'key/'
/** Characters of an outcome that is kept beyond the process; a larger one is no longer known after a restart. */
const largestOutcome = 65_536

const digest = (command: Command): string =>
  createHash('sha256')
    .update(JSON.stringify(command, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)))
    .digest('base64')

/** Plain data that a record can hold; undefined: it is none, or too large. */
const kept = (outcome: Outcome): Outcome | undefined => {
  try {
    const text = JSON.stringify(outcome)
    // What JSON has read back is what a client is answered with, before a restart and after it.
    return text.length <= largestOutcome ? (JSON.parse(text) as Outcome) : undefined
  } catch {
    return undefined
  }
}

export class Once {
  readonly #clock: Clock
  readonly #window: KeyWindow
  readonly #records: Records
  readonly #known: Shares<Known>

  /** `records`: where keys are remembered beyond the process, in the same turn as what their commands did. */
  constructor(clock: Clock, window: KeyWindow, records: Records) {
    this.#clock = clock
    this.#window = window
    this.#records = records
    this.#known = new Shares(window.limit)
    const found = [...records.list(place)] as (readonly [string, Kept])[]
    for (const [record, { at, command, of = '', outcome }] of found.sort(([, one], [, other]) => one.at - other.at))
      this.#known.set(of, record, { at, command, outcome: Promise.resolve(outcome ?? interrupted()) })
    this.#makeRoom(clock.now(), '', 0)
  }

  get size(): number {
    return this.#known.size
  }

  /**
   * The outcome of the first command that this client gave that key. Rejects another one under the same key with `INVALID_MESSAGE`, and
   * one that was still being carried out when the process ended with `UNKNOWN_OUTCOME`.
   */
  run(who: string, key: string, command: Command, carryOut: () => Promise<Outcome>): Promise<Outcome> {
    const record = `${place}${createHash('sha256').update(`${who}\n${key}`).digest('base64url')}`
    const now = this.#clock.now()
    const known = this.#known.get(record)
    const asked = digest(command)
    if (known && known.at > now - this.#window.window) {
      if (known.command === asked) return known.outcome
      const error = new TroupeError(
        'INVALID_MESSAGE',
        `The key ${JSON.stringify(key.slice(0, 80))} belongs to another command that was given before; take a new key for each.`,
      )
      return Promise.resolve({ receipt: 'rejected', error: error.toJSON() })
    }
    const of = createHash('sha256').update(who).digest('base64url').slice(0, 22)
    const begun = { at: now, command: asked, of } satisfies Kept
    this.#known.delete(record)
    this.#makeRoom(now, of, 1)
    try {
      // Kept with whatever the command does at once: so what was begun is never begun again unawares.
      this.#records.put(record, begun)
    } catch (thrown) {
      return Promise.resolve({ receipt: 'rejected', error: toTroupeError(thrown).toJSON() })
    }
    const outcome = carryOut().then((came) => this.#keep(record, begun, came))
    this.#known.set(of, record, { at: now, command: asked, outcome })
    return outcome
  }

  /** In the turn in which the outcome came, so that it is kept together with what led to it. */
  #keep(record: string, begun: Kept, outcome: Outcome): Outcome {
    const known = this.#known.get(record)
    const plain = kept(outcome)
    if (known?.at !== begun.at || !plain) return outcome
    try {
      this.#records.put(record, { ...begun, outcome: plain } satisfies Kept)
    } catch {
      // The journal takes nothing more: then the answer does not leave either, and after a restart the outcome is not known.
    }
    return outcome
  }

  #makeRoom(now: number, of: string, more: number): void {
    for (const [record, { at }] of this.#known) {
      if (at > now - this.#window.window) break
      this.#forget(record)
    }
    for (let record = this.#known.surplus(of, more); record !== undefined; record = this.#known.surplus(of, more))
      this.#forget(record)
  }

  #forget(record: string): void {
    this.#known.delete(record)
    this.#records.delete(record)
  }
}

const interrupted = (): Outcome => ({
  receipt: 'rejected',
  error: new TroupeError(
    'UNKNOWN_OUTCOME',
    'A command was begun under this key before the server began anew, and what came of it is not known; look at view.get, and give it again under a new key if it is still wanted.',
  ).toJSON(),
})
