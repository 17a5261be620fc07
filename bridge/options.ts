/** The options of a bridge, and what they are when nothing is said. */
import { TroupeError } from '../src/errors.js'
import type { AuditOption } from './access/audit.js'
import type { RevocationStore } from './access/revocations.js'
import { type Codecs, codecsOf, type FrameLimits } from './codecs.js'
import { type DeliveryOptions, Rules } from './delivery/rules.js'
import type { Dialect } from './dialect.js'
import type { AddressOptions } from './edge/addresses.js'
import { type DeflateLimits, type DeflateOptions, deflateLimits } from './edge/deflate.js'
import { type UnauthenticatedLimits, type UnauthenticatedOptions, unauthenticatedLimits } from './edge/lobby.js'
import { type LoginLimits, type LoginOptions, loginLimits } from './edge/logins.js'
import { type QuotaOptions, quotaLimits } from './edge/quota.js'
import type { TlsOptions } from './edge/tls.js'
import type { Guard } from './execute/doing.js'
import { type SettledSignatures, type SignatureOptions, settledSignatures } from './keys/options.js'
import type { AlertThresholds } from './monitor/alerts.js'
import type { KeyWindow } from './once.js'
import type { OutboxLimits } from './outbox.js'
import type { OnConnection, OnDropped } from './peers.js'
import type { Principal } from './principal.js'
import { type Seen, type SeenOptions, settledSeen } from './seen.js'

export interface BridgeOptions extends SeenOptions, DeliveryOptions {
  /** Default 3001; 0 for any that is free. */
  readonly port?: number
  /** Default `127.0.0.1`. */
  readonly host?: string
  /** What tokens are signed with (HS256); at least 32 bytes are advised. Needed unless `auth` is false. */
  readonly secret?: string
  /** Whether a token is needed. Default true; false only on a loopback host. */
  readonly auth?: boolean
  /**
   * Who a token stands for, in place of the check against `secret`; throws for one that is not accepted. `metadata`: what the client
   * says of itself in its hello. The client is told the words of a `TroupeError`; anything else that it throws is told to `onError` alone.
   */
  readonly authenticate?: Authenticate
  /** Told of every command of a client before it is carried out; throws, or rejects, to refuse it. */
  readonly guard?: Guard
  /** Told of each connection that is taken in, before anything is said on it; what it returns is called when the connection has ended. */
  readonly onConnection?: OnConnection
  /** Told at once of each event that is not sent to a connection. */
  readonly onDropped?: OnDropped
  /** Origins of pages that may connect; `*` for any, where tokens are asked for. Default: pages of the bridge itself. */
  readonly origins?: readonly string[]
  /** What is said on `system.audit`. Default `heard`. */
  readonly audit?: AuditOption
  /** Where revocations are kept, beside the journal. Default: nowhere. */
  readonly revocations?: RevocationStore
  /** The certificate of `wss://` and `https://`, and its key: as text, or as files that are read again when they change. Default: none, `ws://`. */
  readonly tls?: TlsOptions
  /** From where clients may come, and which proxies are believed. Default: from everywhere, and none. */
  readonly addresses?: AddressOptions
  /** Connections that were not welcomed yet, and as many again that ask for pages: how many at once, or that and more. Default 1,000, of one address 100, each with 64 KiB. */
  readonly maxUnauthenticated?: number | UnauthenticatedOptions
  /** How many logins may fail before no more are looked at for a while. Default: 10 within 60 s, for each address. */
  readonly logins?: LoginOptions
  /** How much may be asked, in any protocol, beside what each protocol limits itself. Default: no limits. */
  readonly limits?: QuotaOptions
  /** Whether messages may be compressed (permessage-deflate), and within which bounds. Default false. */
  readonly deflate?: boolean | DeflateOptions
  /** The protocols that are spoken. Default: all six, each on its own paths. */
  readonly dialects?: readonly Dialect[]
  /** The definitions that clients may spawn by name. Default: none. */
  readonly spawnable?: readonly { readonly kind: 'agent'; readonly name: string }[]
  /** Default 10,000; one more is closed with 1013. */
  readonly maxConnections?: number
  /** Bytes of the largest message. Default 1,048,576. */
  readonly maxFrame?: number
  /** How much is read of a message that is not too large: levels, items, fields and characters; see `FrameLimits`. */
  readonly frames?: Partial<FrameLimits>
  /** Milliseconds from connecting to hello. Default 5,000. */
  readonly authTimeout?: number
  /** Milliseconds before its end at which the owner of a token is told, at half of its life at the latest. Default 60,000; 0: never. */
  readonly expiryNotice?: number
  /** Milliseconds of silence before a ping; after two unanswered ones the connection is dead. Default 30,000. */
  readonly heartbeat?: number
  /** Milliseconds that the session of an absent client is kept. Default 300,000. */
  readonly sessionWindow?: number
  /** Milliseconds that a client may be away before the agents that it works as have crashed. Default 30,000. */
  readonly agentWindow?: number
  /** For how many milliseconds the keys of commands are remembered, and how many. Default 600,000 and 100,000. */
  readonly keys?: Partial<KeyWindow>
  /** What may wait for a slow client. Default 10,000 events and 16 MiB. */
  readonly outbox?: Partial<OutboxLimits>
  /** Patterns that one connection may listen to. Default 10,000. */
  readonly subscriptions?: number
  /** Whose keys are whose, and what has to be signed. Default: nobody's, and nothing; what is signed all the same is refused. */
  readonly signatures?: SignatureOptions
  /** Clients that may listen to one and the same pattern. Default: any number. */
  readonly audience?: number
  /** Requests of one connection that may wait for their answers. Default 1,000. */
  readonly requests?: number
  /** Milliseconds between two `system.metrics` or `system.traffic`, which are said while somebody listens to them. Default 5,000. */
  readonly metricsInterval?: number
  /**
   * From where on there is a `system.alert`. `memory`: percent of the machine's that is in use, default 90 for a warning and 97 for a
   * critical alert; `lag`: milliseconds that the event loop was held up, default 200; `logins`: how many were rejected within 60 s,
   * default 5; `interval`: milliseconds between two looks, default 5,000.
   */
  readonly alerts?: Partial<Omit<AlertThresholds, 'memory'>> & { readonly memory?: Partial<AlertThresholds['memory']> }
}

/** Who a token stands for. */
export type Authenticate = (
  token: string,
  about: { readonly metadata: Readonly<Record<string, unknown>> },
) => Principal | Promise<Principal>

export interface SettledOptions {
  readonly seen: Seen
  readonly port: number
  readonly host: string
  /** Undefined: authentication is off, or done by `authenticate`. */
  readonly secret: string | undefined
  readonly authenticate: Authenticate | undefined
  readonly guard: Guard | undefined
  readonly onConnection: OnConnection | undefined
  readonly onDropped: OnDropped | undefined
  /** Whether everybody is let in. */
  readonly open: boolean
  readonly audit: AuditOption
  readonly revocations: RevocationStore | undefined
  readonly origins: readonly string[]
  readonly tls: TlsOptions | undefined
  readonly addresses: AddressOptions | undefined
  readonly maxUnauthenticated: UnauthenticatedLimits
  readonly logins: LoginLimits
  readonly limits: QuotaOptions | undefined
  readonly deflate: DeflateLimits | undefined
  readonly dialects: readonly Dialect[] | undefined
  readonly spawnable: readonly { readonly kind: 'agent'; readonly name: string }[]
  readonly maxConnections: number
  readonly maxFrame: number
  readonly codecs: Codecs
  readonly authTimeout: number
  readonly expiryNotice: number
  readonly heartbeat: number
  readonly sessionWindow: number
  readonly agentWindow: number
  readonly keys: KeyWindow
  readonly outbox: OutboxLimits
  readonly delivery: Rules
  readonly subscriptions: number
  readonly signatures: SettledSignatures
  readonly audience: number | undefined
  readonly requests: number
  readonly metricsInterval: number
  readonly alerts: AlertThresholds
}

/** Whether a host name means this machine alone. */
export const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)

const whole = (name: string, value: number, least: number): number => {
  if (Number.isInteger(value) && value >= least) return value
  throw new TroupeError('INVALID_OPTION', `The option ${name} expects a whole number of ${least} or more; got ${value}.`)
}

const share = (name: string, value: number): number => {
  if (value > 0 && value <= 100) return value
  throw new TroupeError('INVALID_OPTION', `The option ${name} expects a percentage above 0, 100 at the most; got ${value}.`)
}

const thresholds = ({ memory = {}, lag = 200, logins = 5, interval = 5_000 }: BridgeOptions['alerts'] = {}): AlertThresholds => ({
  memory: {
    warning: share('alerts.memory.warning', memory.warning ?? 90),
    critical: share('alerts.memory.critical', memory.critical ?? 97),
  },
  lag: whole('alerts.lag', lag, 1),
  logins: whole('alerts.logins', logins, 1),
  interval: whole('alerts.interval', interval, 1),
})

/** Throws `INVALID_OPTION` for what cannot be. */
export const settled = (options: BridgeOptions): SettledOptions => {
  const { port = 3001, host = '127.0.0.1', auth = true, secret, origins = [], spawnable = [], outbox = {} } = options
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new TroupeError('INVALID_OPTION', `The option port expects a whole number from 0 to 65535; got ${port}.`)
  if (host.trim() === '')
    throw new TroupeError('INVALID_OPTION', 'The host is empty, which would mean every address; name one, such as 127.0.0.1.')
  if (!auth && !isLoopback(host))
    throw new TroupeError(
      'INVALID_OPTION',
      `Without authentication anybody who reaches ${host} could drive every agent; keep it on, or listen on 127.0.0.1.`,
    )
  if (auth && !secret && !options.authenticate)
    throw new TroupeError(
      'INVALID_OPTION',
      'Tokens need a secret to be checked with: give the option secret, or auth: false on loopback.',
    )
  if (!auth && origins.includes('*'))
    throw new TroupeError(
      'INVALID_OPTION',
      'Without authentication the origin * would let any web page drive every agent; name the pages that may.',
    )
  return {
    seen: settledSeen(options, !auth),
    port,
    host,
    secret: auth ? secret : undefined,
    authenticate: auth ? options.authenticate : undefined,
    guard: options.guard,
    ...{ onConnection: options.onConnection, onDropped: options.onDropped },
    open: !auth,
    audit: options.audit ?? 'heard',
    revocations: options.revocations,
    origins,
    ...{ tls: options.tls, addresses: options.addresses },
    maxUnauthenticated: unauthenticatedLimits(options.maxUnauthenticated),
    logins: loginLimits(options.logins),
    limits: quotaLimits(options.limits),
    deflate: deflateLimits(options.deflate),
    dialects: options.dialects,
    spawnable,
    maxConnections: whole('maxConnections', options.maxConnections ?? 10_000, 1),
    maxFrame: whole('maxFrame', options.maxFrame ?? 1_048_576, 1_024),
    codecs: codecsOf(options.frames),
    authTimeout: whole('authTimeout', options.authTimeout ?? 5_000, 1),
    expiryNotice: whole('expiryNotice', options.expiryNotice ?? 60_000, 0),
    heartbeat: whole('heartbeat', options.heartbeat ?? 30_000, 1),
    sessionWindow: whole('sessionWindow', options.sessionWindow ?? 300_000, 0),
    keys: {
      window: whole('keys.window', options.keys?.window ?? 600_000, 0),
      limit: whole('keys.limit', options.keys?.limit ?? 100_000, 1),
    },
    agentWindow: whole('agentWindow', options.agentWindow ?? 30_000, 0),
    outbox: {
      messages: whole('outbox.messages', outbox.messages ?? 10_000, 1),
      bytes: whole('outbox.bytes', outbox.bytes ?? 16_777_216, 1_024),
    },
    delivery: new Rules(options),
    subscriptions: whole('subscriptions', options.subscriptions ?? 10_000, 1),
    signatures: settledSignatures(options.signatures),
    audience: options.audience === undefined ? undefined : whole('audience', options.audience, 1),
    requests: whole('requests', options.requests ?? 1_000, 1),
    metricsInterval: whole('metricsInterval', options.metricsInterval ?? 5_000, 1),
    alerts: thresholds(options.alerts),
  }
}
