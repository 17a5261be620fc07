/** A connection without a port: what is written stands in an array, and time moves when told. */

import { randomUUID } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { Audit, type AuditOption } from '../../bridge/access/audit.js'
import { Revocations } from '../../bridge/access/revocations.js'
import { Connection } from '../../bridge/connection.js'
import type { Dialect } from '../../bridge/dialect.js'
import { native } from '../../bridge/dialects/native/index.js'
import { Externals } from '../../bridge/externals.js'
import { Flusher } from '../../bridge/flusher.js'
import { SharedFrames } from '../../bridge/frames.js'
import { Heartbeat } from '../../bridge/heartbeat.js'
import { settledSignatures } from '../../bridge/keys/options.js'
import { Signatures } from '../../bridge/keys/signatures.js'
import { Lookout } from '../../bridge/lookout.js'
import { Once } from '../../bridge/once.js'
import { Pages } from '../../bridge/pages.js'
import { presence } from '../../bridge/presence.js'
import type { Principal } from '../../bridge/principal.js'
import { Rates } from '../../bridge/rates.js'
import { settledSeen } from '../../bridge/seen.js'
import { Sessions } from '../../bridge/sessions.js'
import type { Shared } from '../../bridge/shared.js'
import { Singles } from '../../bridge/singles.js'
import { anybody, verifyToken } from '../../bridge/token.js'
import type { Prepared, Wire } from '../../bridge/ws.js'
import { createManualClock, type ManualClock } from '../../src/clock.js'
import { jsonCodec } from '../../src/codec/json.js'
import { createSeededIds } from '../../src/ids.js'
import { createSystem, type System, type SystemOptions } from '../../src/system/system.js'
import { stillness } from './monitor.js'
import type { Wired } from './tclient.js'

/** A socket that keeps what it is given. */
export class ArrayWire implements Wire {
  readonly protocol = 'troupe.v1+json'
  readonly frames: Wired[] = []
  readonly writes: number[] = []
  pings = 0
  buffered = 0
  ended: { readonly code: number; readonly reason: string } | undefined

  write(frames: readonly Prepared[]): void {
    this.writes.push(frames.length)
    for (const { bytes } of frames) this.frames.push(payloadOf(bytes))
  }
  pause(): void {}
  resume(): void {}
  trust(): void {}
  ping(): void {
    this.pings++
  }
  close(code: number, reason: string): void {
    this.ended ??= { code, reason }
  }
  destroy(): void {
    this.ended ??= { code: 1006, reason: 'destroyed' }
  }
  /** The first frame, past or future, that fits. */
  async until(fits: (frame: Wired) => boolean): Promise<Wired> {
    for (;;) {
      const found = this.frames.find(fits)
      if (found) return found
      if (this.ended) throw new Error(`closed with ${this.ended.code} ${this.ended.reason}`)
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  ofType(type: string): Wired[] {
    return this.frames.filter((frame) => frame.type === type)
  }
}

/** The JSON in a text frame as a server writes it. */
const payloadOf = (bytes: Buffer): Wired => {
  const length = (bytes[1] ?? 0) & 0x7f
  return JSON.parse(bytes.subarray(length === 127 ? 10 : length === 126 ? 4 : 2).toString('utf8'))
}

export interface Bench {
  readonly system: System
  readonly clock: ManualClock
  readonly shared: Shared
  readonly errors: { readonly where: string; readonly message: string }[]
  open(options?: BenchOpening): {
    readonly connection: Connection
    readonly wire: ArrayWire
    say(type: string, payload?: object): string
  }
}

interface BenchOpening {
  readonly token?: string | undefined
  /** From where the client comes. */
  readonly address?: string | undefined
  /** Default: the native one. */
  readonly dialect?: Dialect
  /** Others that the first frame may be of. */
  readonly others?: readonly Dialect[] | undefined
  readonly admitted?: Principal | undefined
  /** What stands in the path. */
  readonly params?: Readonly<Record<string, string>>
}

export interface BenchOptions {
  readonly secret?: string
  /** Who a token stands for, instead of what the secret says. */
  readonly admit?: Shared['admit']
  readonly system?: SystemOptions
  readonly limits?: Partial<Shared['limits']>
  readonly sessionWindow?: number
  readonly audit?: AuditOption
}

/** All that a connection needs, and none of the network. Heartbeat every 30 s, 5 s to say hello. */
export const bench = (options: BenchOptions = {}): Bench => {
  const clock = createManualClock()
  const errors: Bench['errors'][number][] = []
  const system = createSystem({
    clock,
    ids: createSeededIds(7, () => clock.now()),
    onError: (error, where) => void errors.push({ where, message: error.message }),
    ...options.system,
  })
  const { secret } = options
  const lookout = new Lookout(clock, settledSeen({}, false))
  const { traffic } = lookout
  const shared: Shared = {
    system,
    sessions: new Sessions(clock, options.sessionWindow ?? 300_000, presence(system)),
    flusher: new Flusher(clock, system.journal, (error) => system.report('a flush', error)),
    heartbeat: new Heartbeat(clock, 30_000),
    once: new Once(clock, { window: 600_000, limit: 100_000 }, system.journal.records),
    pages: new Pages(clock, system.ids),
    externals: new Externals(system, 30_000),
    rates: new Rates(clock),
    ...{ revocations: new Revocations(clock, system.journal.records), audit: new Audit(system, options.audit ?? 'heard') },
    singles: new Singles(),
    traffic,
    signatures: new Signatures(clock, settledSignatures()),
    lookout,
    monitor: { read: async () => ({ metrics: stillness, traffic: traffic.facts() }) },
    limits: {
      frame: 1_048_576,
      subscriptions: 10_000,
      outbox: { messages: 10_000, bytes: 16_777_216 },
      requests: 1_000,
      ...options.limits,
    },
    authTimeout: 5_000,
    expiryNotice: 60_000,
    interval: 30_000,
    admit: options.admit ?? (async (token) => (secret === undefined ? anybody : verifyToken(token ?? '', secret, clock.now()))),
    lost: () => {},
    left: () => {},
  }
  const shown = new Map<Dialect, SharedFrames>()
  const framesOf = (dialect: Dialect): SharedFrames => {
    const known = shown.get(dialect) ?? new SharedFrames(dialect, jsonCodec, (error) => system.report('a frame', error))
    shown.set(dialect, known)
    return known
  }
  return {
    system,
    clock,
    shared,
    errors,
    open({ token, address = '127.0.0.1', dialect = native as Dialect, others = [], admitted, params = {} } = {}) {
      const wire = new ArrayWire()
      const id = system.ids.next()
      const connection = new Connection(shared, wire, {
        id,
        dialects: [dialect, ...others],
        codec: jsonCodec,
        context: {
          ...{ connection: id, bridge: shared, path: '/', params, pid: process.pid, nextUuid: randomUUID },
          now: () => clock.now(),
          nextId: () => system.ids.next(),
          gzip: (text) => gzipSync(text).toString('base64'),
        },
        frames: framesOf,
        ...{ token, admitted, address, welcomed: () => {} },
      })
      connection.begin()
      let count = 0
      return {
        connection,
        wire,
        say(type, payload = {}) {
          const request = `r${++count}`
          connection.message(JSON.stringify({ id: request, type, payload }))
          return request
        },
      }
    },
  }
}
