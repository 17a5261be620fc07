/** The agents that clients work as: what is delivered to them, what they report, and what becomes of them when a client is gone. */
import type { CancelTimer } from '../src/clock.js'
import { TroupeError } from '../src/errors.js'
import type { SessionEvent } from '../src/protocol/session.js'
import type { ExternalDeclaration } from '../src/system/external.js'
import { fingerprint } from '../src/system/fingerprint.js'
import { idTaken } from '../src/system/fresh-id.js'
import { sees } from '../src/system/reach.js'
import type { System } from '../src/system/system.js'
import { Deliveries } from './deliveries.js'
import { type Rights, whoOf } from './principal.js'

/** A connection, as the agents that live behind it see it. */
export interface Home {
  tell(event: SessionEvent): void
}

/** How a client says what it works as: what it leaves out is usual the first time, and as it was the next. */
export interface Registration extends Omit<ExternalDeclaration, 'definition' | 'says'> {
  readonly definition?: string | undefined
  readonly says?: readonly string[] | undefined
  /** Whether it answers everything (default), or only what somebody waits for. */
  readonly answers?: 'all' | 'asked' | undefined
}

/** Who works as an agent. */
type Working = Pick<Rights, 'who' | 'reach' | 'principal'>

/** An agent that a client works as. */
interface External {
  /** The client, told from those of other tenants. */
  readonly who: string
  readonly declared: ExternalDeclaration
  readonly deliveries: Deliveries
  home: Home | undefined
  /** It counts as crashed then. */
  cancelAbsence: CancelTimer
  crash(error: unknown): void
  wake(): void
}

export class Externals {
  readonly #system: System
  readonly #window: number
  readonly #all = new Map<string, External>()
  #cancelAbsences: CancelTimer = () => {}

  /** `window`: milliseconds that a client may be away before the agents that it works as have crashed. */
  constructor(system: System, window: number) {
    this.#system = system
    this.#window = window
    // Those of a process before have as long to come back as those whose client was lost just now.
    if (system.absent.size > 0) this.#cancelAbsences = system.clock.after(window, () => this.#missed())
  }

  get size(): number {
    return this.#all.size
  }

  /**
   * The client works as this agent, or goes on to. Rejects with `ID_TAKEN` where somebody else does, and with `INVALID_STATE` where the
   * agent is not as it says now.
   */
  async register(registration: Registration, rights: Working, home: Home): Promise<{ id: string; state: string }> {
    const { id } = registration
    const known = this.#all.get(id)
    const absent = this.#system.absent.get(id)
    if ((known && known.who !== rights.who) || (absent && whoOf({ sub: absent.source, tenant: absent.tenant }) !== rights.who))
      throw sees(this.#system, rights.reach, id)
        ? new TroupeError('ID_TAKEN', `Another client works as the agent ${id}; take another id.`)
        : idTaken(id)
    if (known) {
      needSame(known.declared, registration)
      this.#arrived(known, home)
    } else if (absent) {
      needSame(absent.declared, registration)
      await this.#begin({ ...absent.declared, answers: registration.answers }, rights, home)
    } else
      await this.#begin(
        { ...registration, definition: registration.definition ?? 'external', says: registration.says ?? [] },
        rights,
        home,
      )
    return { id, state: this.#system.state.agents.get(id)?.state ?? 'stopped' }
  }

  /** What is being worked on as that agent. Throws `NOT_FOUND` where the client does not work as it. */
  of(id: string, who: string): Deliveries {
    const known = this.#all.get(id)
    if (known?.who === who) return known.deliveries
    throw new TroupeError('NOT_FOUND', `You do not work as an agent ${id}; say external.register first.`)
  }

  /** A connection is gone: its agents wait for their client to come back. */
  left(home: Home): void {
    for (const [id, external] of this.#all) if (external.home === home) this.#await(id, external)
  }

  /** A client has other rights: what it may no longer work as is told, and waits for somebody who may. */
  judge(home: Home, rights: Pick<Rights, 'mayVoteAs'>): void {
    for (const [id, external] of this.#all) {
      if (external.home !== home || rights.mayVoteAs(id)) continue
      this.#await(id, external)
      const error = new TroupeError('FORBIDDEN', `The token does not allow working as ${id} any more.`, {
        details: { agent: id },
      })
      home.tell({ type: 'session.error', error: error.toJSON() })
    }
  }

  /** Its client has a while to come back. */
  #await(id: string, external: External): void {
    external.home = undefined
    external.deliveries.away()
    external.cancelAbsence = this.#system.clock.after(this.#window, () =>
      external.crash(new Error(`The client that works as ${id} was away for more than ${this.#window} ms.`)),
    )
  }

  /** The client says that it will not come back. */
  goodbye(home: Home): void {
    for (const [id, external] of this.#all)
      if (external.home === home) void this.#system.agent(id).stop({ reason: 'its client said goodbye' })
  }

  #missed(): void {
    for (const [id, { crash }] of [...this.#system.absent])
      crash(new Error(`The client that works as ${id} has not come back within ${this.#window} ms.`))
  }

  /** Nobody can come back any more, or only to whoever goes on with what is kept. */
  close(): void {
    this.#cancelAbsences()
    for (const [id, external] of this.#all) {
      external.cancelAbsence()
      if (this.#system.suspended) continue
      void this.#system.agent(id).stop({ force: true, reason: 'the bridge to its client was closed' })
    }
  }

  #arrived(external: External, home: Home): void {
    external.cancelAbsence()
    external.home = home
    external.deliveries.at((event) => home.tell(event))
    external.wake()
  }

  async #begin(declared: ExternalDeclaration & Pick<Registration, 'answers'>, rights: Working, home: Home): Promise<void> {
    const { id } = declared
    const deliveries = new Deliveries(id, () => this.#system.ids.next(), declared.answers !== 'asked')
    const { ref, crash, wake } = this.#system.attach(declared, deliveries, rights.principal.sub, rights.reach)
    const external: External = { who: rights.who, declared, deliveries, home, cancelAbsence: () => {}, crash, wake }
    this.#all.set(id, external)
    this.#arrived(external, home)
    // What becomes of it later is told by its end.
    void ref.result().then(
      () => this.#ended(id, external),
      () => this.#ended(id, external),
    )
    await ref.ready
  }

  #ended(id: string, external: External): void {
    external.cancelAbsence()
    if (this.#all.get(id) === external) this.#all.delete(id)
    if (!this.#system.suspended) external.home?.tell({ type: 'session.dismissed', agent: id })
  }
}

/** Others have been told what it is, and count on that: an agent does not become another while it lives. */
const needSame = (declared: ExternalDeclaration, registration: Registration): void => {
  const known = { name: declared.definition, concurrency: 1, capabilities: [], metadata: {}, ...declared }
  for (const name of ['definition', 'name', 'hears', 'says', 'concurrency', 'capabilities', 'metadata'] as const) {
    const said = registration[name]
    if (said === undefined || fingerprint(inOrder(said)) === fingerprint(inOrder(known[name]))) continue
    throw new TroupeError(
      'INVALID_STATE',
      `The agent ${declared.id} lives, and its ${name} was registered otherwise; say what was said first, or take another id.`,
    )
  }
}

/** In which order types and capabilities are named means nothing. */
const inOrder = (value: unknown): unknown => (Array.isArray(value) ? [...new Set(value)].sort() : value)
