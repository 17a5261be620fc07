/** What has gone through a bridge since it was opened, as plain numbers that are read when somebody asks. */
import type { Code } from '../../src/errors.js'
import { Buckets, sizeBounds, timeBounds } from './buckets.js'

/** Why an event was not sent. */
export type Drop = 'overflow' | 'expired' | 'undelivered'

/** Names of which a peer may invent any number: beyond so many they count as `other`. */
const maxNames = 200

/** Counts under a name. `ours`: no peer has invented it, so that it has a place whatever peers invent. */
export const countUnder = (counts: Map<string, number>, name: string, ours = false): void => {
  const known = counts.get(name)
  const under = ours || known !== undefined || counts.size < maxNames ? name : 'other'
  counts.set(under, (counts.get(under) ?? 0) + 1)
}

interface Sizes {
  /** Bytes of the messages of clients. */
  readonly received: Buckets
  /** Bytes of the frames that were written to clients. */
  readonly sent: Buckets
}

export class Tally {
  opened = 0
  delivered = 0
  late = 0
  readonly dropped: Record<Drop, number> = { overflow: 0, expired: 0, undelivered: 0 }
  /** Connections and requests that were turned away at the door, by the code of why. */
  readonly refused = new Map<string, number>()
  /** Connections that have ended, by why. */
  readonly ended = new Map<string, number>()
  /** Errors that clients were told, by their code. */
  readonly errors = new Map<Code, number>()
  /** Logins that were rejected, by the code of why. */
  readonly rejected = new Map<Code, number>()
  /** By dialect. */
  readonly sizes = new Map<string, Sizes>()
  /** Milliseconds from a command to what ended it, by its type. */
  readonly commands = new Map<string, Buckets>()
  /** Milliseconds from an event's entry into the journal to its being written to a client. */
  readonly deliveries = new Buckets(timeBounds)

  /** What is counted of the messages of a dialect. */
  sizesOf(dialect: string): Sizes {
    const known = this.sizes.get(dialect)
    if (known) return known
    const sizes = { received: new Buckets(sizeBounds), sent: new Buckets(sizeBounds) }
    this.sizes.set(dialect, sizes)
    return sizes
  }

  /** `type`: one of those that there are. */
  carriedOut(type: string, milliseconds: number): void {
    const known = this.commands.get(type) ?? new Buckets(timeBounds)
    this.commands.set(type, known)
    known.record(milliseconds)
  }

  failed(code: Code): void {
    this.errors.set(code, (this.errors.get(code) ?? 0) + 1)
  }

  loginRejected(code: Code): void {
    this.rejected.set(code, (this.rejected.get(code) ?? 0) + 1)
  }
}
