/** The sessions of a bridge: what is remembered of a client while its connection comes and goes. */
import type { CancelTimer, Clock } from '../src/clock.js'
import type { Records } from '../src/journal/journal.js'
import type { Cursor } from '../src/protocol/envelope.js'
import type { EventFilter } from '../src/protocol/filter.js'
import type { Owed } from './delivery/owed.js'
import { Entrance } from './entrance.js'
import { dropSession, keepSession, keptSessions } from './session-records.js'

/** The connection that a session is at home in. */
export interface Holder {
  /** A newer connection goes on with the session. */
  supersede(): void
}

/** What a client calls itself, and which protocol it speaks. */
export interface Caller {
  readonly name?: string | undefined
  readonly dialect: string
}

/** Whose a session is. */
interface Owner {
  readonly sub: string
  readonly tenant?: string | undefined
}

/** What one client asked for, kept for a while after its connection was lost. */
export interface Session {
  readonly id: string
  readonly caller: Caller
  readonly since: number
  state: 'connected' | 'away' | 'gone'
  /** Whose it is: nobody else may go on with it. */
  readonly sub: string
  readonly tenant: string | undefined
  /** Each with the filters of which one has to fit; none: everything. */
  readonly patterns: Map<string, readonly EventFilter[] | undefined>
  /** The offset after which each is heard, however far back the client goes on from. */
  readonly begun: Map<string, number>
  /** Characters of these. */
  weight: number
  /** Where what it asks waits for what it asked before, by a former connection too. */
  readonly entrance: Entrance
  /** What it has to acknowledge; undefined where it acknowledges nothing. */
  owed: Owed | undefined
  /** What its dialect remembers of it. */
  memory: unknown
  /** What was written to its last connection ends here; undefined while it has one. */
  position: Cursor | undefined
  /** The channels where others are told that it is there. */
  readonly joined: Set<string>
  connection: Holder | undefined
  forget: CancelTimer | undefined
}

/** Milliseconds between two notes of how far a client has come. */
const noteEvery = 1_000
/** Sessions of absent clients that are kept at the most; the longest absent goes first. */
const maxAbsent = 10_000
/** Characters of all their patterns and filters, and what they have not acknowledged. */
const maxAbsentWeight = 67_108_864

export class Sessions {
  readonly #clock: Clock
  readonly #window: number
  readonly #moved: (session: Session, from?: Session['state']) => void
  readonly #all = new Map<string, Session>()
  /** What each weighs, the longest absent in front. */
  readonly #absent = new Map<Session, number>()
  #absentWeight = 0
  readonly #records: Records | undefined
  readonly #cut: Session[] = []
  /** When it was remembered last how far a client has come. */
  readonly #noted = new WeakMap<Session, number>()

  /**
   * `window`: milliseconds that the session of an absent client is kept. `moved`: told of each change of a session's state. `records`: where
   * sessions outlive the process, if they do.
   */
  constructor(clock: Clock, window: number, moved: (session: Session, from?: Session['state']) => void, records?: Records) {
    this.#clock = clock
    this.#window = window
    this.#moved = moved
    this.#records = records
    for (const { there, ...kept } of records ? keptSessions(records) : []) {
      const links = { entrance: new Entrance(), memory: undefined, connection: undefined, forget: undefined }
      const session: Session = { ...kept, state: 'away', ...links }
      this.#all.set(session.id, session)
      if (there) this.#cut.push(session)
      this.#await(session)
    }
  }

  /** Those whose clients were there when a process before ended without a word, which nobody was told. */
  get cut(): readonly Session[] {
    return this.#cut
  }

  has(id: string): boolean {
    return this.#all.has(id)
  }

  /** What its client asked for has changed. */
  changed(session: Session): void {
    if (this.#records) keepSession(this.#records, session)
  }

  /** Its client has come so far: should the process end, it goes on from there, where it does not know itself. */
  came(session: Session, position: Cursor): void {
    const now = this.#clock.now()
    if (!this.#records || Math.abs(now - (this.#noted.get(session) ?? 0)) < noteEvery) return
    this.#noted.set(session, now)
    keepSession(this.#records, { ...session, position })
  }

  create(id: string, { sub, tenant }: Owner, caller: Caller): Session {
    const since = this.#clock.now()
    const links = { weight: 0, owed: undefined, memory: undefined, position: undefined, connection: undefined, forget: undefined }
    const own = { id, sub, tenant, caller, since }
    const session: Session = {
      ...own,
      state: 'connected',
      patterns: new Map(),
      begun: new Map(),
      joined: new Set(),
      ...links,
      entrance: new Entrance(),
    }
    this.#all.set(id, session)
    this.changed(session)
    this.#moved(session)
    return session
  }

  /** How many sessions of a tenant, or of none, listen to exactly that. */
  listeners(pattern: string, whose: string | undefined): number {
    let listeners = 0
    for (const { patterns, tenant } of this.#all.values()) if (tenant === whose && patterns.has(pattern)) listeners++
    return listeners
  }

  #move(session: Session, state: Session['state']): void {
    const from = session.state
    if (from === state) return
    session.state = state
    this.#moved(session, from)
  }

  /** The session of that id, if it is this client's, in this protocol. A connection that still holds it is closed first. */
  resume(id: string, { sub, tenant }: Owner, dialect: string): Session | undefined {
    const session = this.#all.get(id)
    // What it remembers is in the words of its own protocol.
    if (!session || session.sub !== sub || session.tenant !== tenant || session.caller.dialect !== dialect) return undefined
    session.connection?.supersede()
    session.connection = undefined
    this.#present(session)
    this.#move(session, 'connected')
    this.changed(session)
    return session
  }

  /** Its connection is gone, after what was written up to `position`: the session waits for the client to come back. */
  leave(session: Session, connection: Session['connection'], position: Cursor): void {
    // A connection that was superseded has no say in what became of its session.
    if (session.connection !== connection) return
    session.connection = undefined
    session.position = position
    this.#move(session, 'away')
    this.changed(session)
    this.#await(session)
  }

  #await(session: Session): void {
    const weight = session.weight + (session.owed?.weight ?? 0)
    this.#absent.set(session, weight)
    this.#absentWeight += weight
    session.forget = this.#clock.after(this.#window, () => this.end(session))
    for (const longest of this.#absent.keys()) {
      if (this.#absent.size <= maxAbsent && this.#absentWeight <= maxAbsentWeight) return
      this.end(longest)
    }
  }

  /** The client said that it will not come back, or stayed away too long. */
  end(session: Session): void {
    this.#present(session)
    session.connection = undefined
    this.#all.delete(session.id)
    if (this.#records) dropSession(this.#records, session.id)
    this.#move(session, 'gone')
  }

  /** Nobody can come back to this bridge. Those that outlive it are left to the next. */
  close(): void {
    for (const session of [...this.#all.values()])
      if (this.#records) this.#present(session)
      else this.end(session)
  }

  #present(session: Session): void {
    session.forget?.()
    session.forget = undefined
    this.#absentWeight -= this.#absent.get(session) ?? 0
    this.#absent.delete(session)
  }
}
