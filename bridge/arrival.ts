/** What a client has from its welcome on: its visit, its events on their way out, and how often it may say what. */
import type { SessionCommandOf, SessionEvent, SessionEventOf } from '../src/protocol/session.js'
import type { Owed } from './delivery/owed.js'
import { Rules } from './delivery/rules.js'
import { SureDelivery } from './delivery/sure.js'
import type { Dialect, Request, Welcomed } from './dialect.js'
import { networkOf } from './edge/addresses.js'
import { Quota } from './edge/quota.js'
import { mayCommand } from './execute/touching.js'
import type { Opening } from './opening.js'
import type { Outbox } from './outbox.js'
import type { Principal } from './principal.js'
import { Limiter } from './rates.js'
import type { Holder } from './sessions.js'
import type { Shared } from './shared.js'
import type { Single } from './singles.js'
import { Telling } from './telling.js'
import { anybody } from './token.js'
import { Visit } from './visit.js'
import type { Voice } from './voice.js'

export interface ArrivalOptions {
  readonly shared: Shared
  readonly opening: Pick<Opening, 'id' | 'context' | 'address'>
  readonly holder: Holder & Single
  readonly voice: Voice
  readonly outbox: Outbox
  readonly principal: Principal
  readonly hello: SessionCommandOf<'session.hello'>
  tell(event: SessionEvent): void
  /** Asks for a flush. */
  dirty(): void
  end(code: 'JOURNAL_UNAVAILABLE', close: number, message: string): void
}

export class Arrival {
  readonly visit: Visit
  readonly telling: Telling
  /** What has to be acknowledged; undefined where nothing is. */
  readonly sure: SureDelivery | undefined
  readonly limiter: Limiter | undefined
  readonly quota: Quota | undefined
  /** What is asked on the client's behalf once it was told that it is welcome. */
  readonly requests: readonly Request[]
  readonly #tell: (event: SessionEvent) => void
  #leaveName: () => void = () => {}
  /** What is told while the welcome is being made comes after it. */
  #later: SessionEvent[] | undefined = []
  /** Whether what was missed is read before the welcome. */
  readonly #missed: boolean
  readonly #unreadable: (thrown: unknown) => void
  #closed = false

  constructor({ shared, opening, holder, voice, outbox, principal, hello, tell, dirty, end }: ArrivalOptions) {
    const { system, sessions, limits: bounds, interval, rates, singles } = shared
    const { dialect, state } = voice
    const { id: connection, context } = opening
    const name = dialect.single?.(context)
    this.#tell = (event) => (this.#later ? void this.#later.push(event) : tell(event))
    this.#unreadable = (thrown) => {
      shared.system.report('reading what a client missed', thrown)
      // It goes on from the same place when it comes back.
      end('JOURNAL_UNAVAILABLE', 1013, 'What was missed cannot be read now; come back later.')
    }
    this.#missed = dialect.missed !== undefined
    this.telling = new Telling(system.clock, voice, outbox)
    this.visit = new Visit({
      ...{ system, sessions, limits: bounds, principal, holder, resume: hello.resume, memory: state },
      miss: this.#missed ? this.telling.miss : undefined,
      heartbeat: dialect.pulse?.interval ?? interval,
      caller: { name: hello.client, dialect: dialect.name },
      hears: dialect.hears ?? [],
      acks: hello.acks === true && dialect.demand !== undefined && bounds.delivery?.any === true,
      adopt: (former) => dialect.adopt?.(state, former),
      feed: {
        push: (envelope) => (this.sure?.takes(envelope.topic) ? this.sure.first(envelope) : this.telling.push(envelope)),
        full: (envelope) => this.sure?.full(envelope) ?? false,
        knows: ({ topic, offset }) => (this.sure?.takes(topic) ? this.visit.session.owed?.knows(offset) : undefined),
        gap: (gap) => this.#tell({ type: 'session.gap', ...gap }),
        unreadable: this.#unreadable,
      },
      tell: this.#tell,
    })
    const { owed } = this.visit.session
    if (owed)
      this.sure = sureDelivery({
        shared,
        voice,
        outbox,
        visit: this.visit,
        owed,
        dirty,
        tell: this.#tell,
        unreadable: this.#unreadable,
      })
    const { rates: limits = [], requests = [] } = this.#welcomed(dialect, principal, state)
    this.requests = requests
    if (name !== undefined) this.#leaveName = singles.take([dialect.name, this.visit.rights.who], name, holder)
    // Where nobody says who they are, one client's flood is not to be another's.
    const who = principal === anybody ? connection : this.visit.rights.who
    if (shared.quota) {
      const commands = (agent: string) => mayCommand({ system, rights: this.visit.rights }, agent)
      const owner = { connection, principal: who, network: networkOf(opening.address), commands }
      this.quota = new Quota(rates, shared.quota, owner)
    }
    if (limits.length > 0) this.limiter = new Limiter({ rates, limits, connection, client: `${dialect.name} ${who}` })
  }

  /** Calls `enter` as soon as what was missed is there; it lets the welcome be said, and all that the client is told then. */
  begin(enter: (welcome: (say: (event: SessionEventOf<'session.welcome'>) => void) => void) => void): void {
    const go = () => {
      if (!this.#closed) enter((say) => this.#welcome(say))
    }
    const fetched = this.visit.begin()
    if (fetched === undefined) go()
    else void fetched.then(go, (thrown) => this.#unreadable(thrown))
  }

  #welcome(say: (event: SessionEventOf<'session.welcome'>) => void): void {
    const { welcome } = this.visit
    say({ ...welcome, ...(this.#missed && welcome.resumed ? { missed: this.telling.missed } : {}) })
    const later = this.#later ?? []
    this.#later = undefined
    for (const event of later) this.#tell(event)
    this.telling.deliver(this.#tell)
    // What was not acknowledged comes first; what was missed, and what happens, waits for it.
    this.sure?.begin()
    this.visit.replay()
    this.sure?.pump()
  }

  /** Sends what there is room for. Whether the client has to be told how far it has come. */
  readOn({ size, sent }: Pick<Outbox, 'size' | 'sent'>): boolean {
    this.sure?.pump()
    const { feed } = this.visit
    feed.readOn(size)
    return feed.unmarked(sent)
  }

  /** A session is never left with a connection that did not come about. */
  #welcomed(dialect: Dialect, principal: Principal, state: unknown): Welcomed {
    try {
      const { visit } = this
      // What it may is asked of the token that it has then; who it is stays.
      const may = {
        get permissions() {
          return visit.rights.principal.permissions
        },
      }
      const { sub, clientType } = principal
      return dialect.welcomed?.(Object.assign(may, { sub, clientType, address: visit.rights.address }), state) ?? {}
    } catch (thrown) {
      this.close()
      throw thrown
    }
  }

  close(): void {
    this.#closed = true
    this.sure?.close()
    this.visit.leave(this.telling.oldest)
    this.telling.close()
    this.limiter?.close()
    this.quota?.close()
    this.#leaveName()
  }
}

interface SureArrival extends Pick<ArrivalOptions, 'shared' | 'voice' | 'outbox' | 'dirty' | 'tell'> {
  readonly visit: Visit
  readonly owed: Owed
  unreadable(thrown: unknown): void
}

const sureDelivery = ({ shared: { system, limits }, voice, outbox, visit, owed, dirty, tell, unreadable }: SureArrival) =>
  new SureDelivery({
    ...{ clock: system.clock, journal: system.journal, rules: limits.delivery ?? new Rules(), owed, outbox, dirty, unreadable },
    say: (envelope, redelivered) => voice.demand(envelope, redelivered),
    wanted: (envelope) => visit.feed.mayRepeat(envelope),
    undelivered: (envelope) => {
      outbox.giveUp(envelope)
      const { topic, tenant, seq, source, cause, event } = envelope
      // A dead letter that nobody acknowledges makes no other.
      if (event.type === 'system.dead-letter') return
      system.undelivered(visit.rights.address, { type: 'undelivered', topic, seq, event }, source, cause, tenant)
    },
    gone: ({ topic, tenant, seq }) =>
      tell({
        ...{ type: 'session.gap', topic, fromSeq: seq, toSeq: seq, reason: 'history' },
        ...(tenant === undefined ? {} : { tenant }),
      }),
  })
