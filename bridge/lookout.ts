/** Sees what goes on at the door: counts it, writes it to the log, and its frames where that was asked for. */
import type { Clock } from '../src/clock.js'
import type { Code } from '../src/errors.js'
import type { Request } from './dialect.js'
import { silence } from './log.js'
import type { Tally } from './metrics/tally.js'
import type { Seen } from './seen.js'
import { reasonOf, Traffic } from './traffic.js'
import { payloadOf, type Wire, type WireListener } from './ws.js'

/** What waits for a client. */
export interface Waiting {
  readonly size: number
  readonly bytes: number
}

/** One connection, as it is seen. */
export interface Seeing {
  /** The protocol that it speaks; until its first frame has told, the first that its path may mean. */
  dialect: string
  /** Who it is; undefined until it is welcome. */
  client(): string | undefined
  outbox: Waiting | undefined
}

/** A command that took long. */
interface Slow {
  readonly command: string
  readonly connection: string
  readonly client: string
  readonly correlationId?: string | undefined
  readonly took: number
}

/** Codes that are our fault, or that of an agent, rather than the client's. */
const grave: ReadonlySet<Code> = new Set(['INTERNAL', 'CRASHED'])
const logins: ReadonlySet<Code> = new Set(['AUTH_FAILED', 'AUTH_EXPIRED', 'AUTH_REQUIRED'])
/** Commands that take as long as the work of somebody else does. */
const waits = /\.(?:ask|result)$/

export class Lookout {
  readonly traffic: Traffic
  readonly #clock: Clock
  readonly #seen: Seen
  readonly #connections = new Map<string, Watched>()

  constructor(clock: Clock, seen: Seen) {
    this.#clock = clock
    this.#seen = seen
    this.traffic = new Traffic(clock)
  }

  get tally(): Tally {
    return this.traffic.tally
  }
  /** Those that are open. */
  get connections(): Iterable<Seeing> {
    return this.#connections.values()
  }

  /** A connection begins. */
  watch(wire: Wire, id: string): Watched {
    const watched = new Watched(wire, id, { clock: this.#clock, traffic: this.traffic, seen: this.#seen }, () =>
      this.#connections.delete(id),
    )
    this.#connections.set(id, watched)
    return watched
  }

  /** A command has ended, after so many milliseconds; `code`: what it was rejected with. */
  answered(slow: Slow, code: Code | undefined): void {
    const { command, took } = slow
    this.traffic.answered(command, took, code === undefined)
    const { log, slowCommand } = this.#seen
    if (log === silence) return
    if (took >= slowCommand && !waits.test(command)) log.warn({ ...slow }, 'slow command')
    else log.debug({ ...slow, ...(code === undefined ? {} : { code }) }, 'command answered')
  }

  /** Somebody came with a token that was not accepted, or without one. */
  loginRejected(code: Code): void {
    this.tally.loginRejected(code)
  }
}

interface Means {
  readonly clock: Clock
  readonly traffic: Traffic
  readonly seen: Seen
}

export class Watched implements Seeing {
  dialect = ''
  client: () => string | undefined = () => undefined
  outbox: Waiting | undefined
  /** What the connection is to write to. */
  readonly wire: Wire
  readonly #id: string
  readonly #means: Means
  readonly #since: number
  readonly #gone: () => void

  constructor(wire: Wire, id: string, means: Means, gone: () => void) {
    this.#id = id
    this.#means = means
    this.#gone = gone
    this.#since = means.clock.now()
    this.wire = this.#seenWire(wire)
    means.traffic.opened()
  }

  /** An error was told to the client; `request`: what it answers. */
  failed(code: Code, request?: Request): void {
    const { traffic, seen } = this.#means
    traffic.tally.failed(code)
    const about = { ...this.#names(), code, ...(request ? { command: request.command.type, correlationId: request.id } : {}) }
    if (logins.has(code)) seen.log.warn(about, 'login failed')
    else if (grave.has(code)) seen.log.error(about, 'command failed')
    else seen.log.info(about, request ? 'command refused' : 'frame refused')
  }

  /** The same listener, with what it hears seen. */
  follow(listener: WireListener): WireListener {
    const { clock, traffic, seen } = this.#means
    seen.log.info(this.#names(), 'connection opened')
    return {
      message: (data) => {
        traffic.received(Buffer.byteLength(data), this.dialect)
        seen.frames?.note({ direction: 'in', connection: this.#id, dialect: this.dialect, data })
        listener.message(data)
      },
      tooLarge: (bytes, limit) => {
        traffic.received(bytes, this.dialect)
        listener.tooLarge(bytes, limit)
      },
      alive: () => listener.alive(),
      drained: () => listener.drained(),
      closed: (code) => {
        const lasted = clock.now() - this.#since
        const reason = reasonOf(code)
        // Named before it forgets who it was.
        const names = this.#names()
        traffic.closed(reason, lasted)
        this.#gone()
        listener.closed(code)
        seen.log.info({ ...names, code, reason, lasted }, 'connection closed')
      },
    }
  }

  #names() {
    const client = this.client()
    return { connection: this.#id, dialect: this.dialect, ...(client === undefined ? {} : { client }) }
  }

  #seenWire(wire: Wire): Wire {
    const { traffic, seen } = this.#means
    return {
      protocol: wire.protocol,
      get buffered() {
        return wire.buffered
      },
      write: (frames) => {
        const { sent } = traffic.tally.sizesOf(this.dialect)
        for (const frame of frames) {
          sent.record(frame.bytes.length)
          seen.frames?.note({ direction: 'out', connection: this.#id, dialect: this.dialect, data: payloadOf(frame) })
        }
        wire.write(frames)
      },
      close: (code, reason) => wire.close(code, reason),
      ping: () => wire.ping(),
      pause: () => wire.pause(),
      resume: () => wire.resume(),
      destroy: () => wire.destroy(),
      trust: () => wire.trust(),
    }
  }
}
