/** The sessions of a bridge: what is remembered of a client while its connection comes and goes. */
import type { CancelTimer, Clock } from '../src/clock.js'
import type { EventFilter } from '../src/protocol/filter.js'

/** The connection that a session is at home in. */
export interface Holder {
  /** A newer connection goes on with the session. */
  supersede(): void
}

/** What one client asked for, kept for a while after its connection was lost. */
export interface Session {
  readonly id: string
  /** Whose it is: nobody else may go on with it. */
  readonly sub: string
  /** Each with the filters of which one has to fit; none: everything. */
  readonly patterns: Map<string, readonly EventFilter[] | undefined>
  connection: Holder | undefined
  forget: CancelTimer | undefined
}

/** Sessions of absent clients that are kept at the most; the longest absent goes first. */
const maxAbsent = 10_000

export class Sessions {
  readonly #clock: Clock
  readonly #window: number
  readonly #all = new Map<string, Session>()
  readonly #absent = new Set<Session>()

  /** `window`: milliseconds that the session of an absent client is kept. */
  constructor(clock: Clock, window: number) {
    this.#clock = clock
    this.#window = window
  }

  create(id: string, sub: string): Session {
    const session: Session = { id, sub, patterns: new Map(), connection: undefined, forget: undefined }
    this.#all.set(id, session)
    return session
  }

  /** The session of that id, if it is this client's. A connection that still holds it is closed first. */
  resume(id: string, sub: string): Session | undefined {
    const session = this.#all.get(id)
    if (!session || session.sub !== sub) return undefined
    session.connection?.supersede()
    session.connection = undefined
    this.#present(session)
    return session
  }

  /** Its connection is gone: the session waits for the client to come back. */
  leave(session: Session, connection: Session['connection']): void {
    // A connection that was superseded has no say in what became of its session.
    if (session.connection !== connection) return
    session.connection = undefined
    this.#absent.add(session)
    session.forget = this.#clock.after(this.#window, () => this.end(session))
    if (this.#absent.size > maxAbsent) for (const longest of this.#absent) return this.end(longest)
  }

  /** The client said that it will not come back, or stayed away too long. */
  end(session: Session): void {
    this.#present(session)
    session.connection = undefined
    this.#all.delete(session.id)
  }

  close(): void {
    for (const session of [...this.#all.values()]) this.end(session)
  }

  #present(session: Session): void {
    session.forget?.()
    session.forget = undefined
    this.#absent.delete(session)
  }
}
