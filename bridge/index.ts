/** The bridge: a system opened to clients over WebSocket. */

export type { SessionCommand, SessionEvent } from '../src/protocol/session.js'
export type { AuditOption } from './access/audit.js'
export type { Revocation, RevocationStore } from './access/revocations.js'
export { type Bridge, type DrainOptions, openBridge } from './bridge.js'
export type { FrameLimits } from './codecs.js'
export {
  type Address,
  type Answer,
  type Batching,
  type Configurable,
  configurable,
  type Dialect,
  type Digest,
  type OpenContext,
  type PlainFrame,
  type Rate,
  type Request,
  type Saying,
  type Sight,
  type Standing,
  textMessage,
  type Welcomed,
} from './dialect.js'
export { dialects } from './dialects/index.js'
export { native } from './dialects/native/index.js'
export type { AddressOptions } from './edge/addresses.js'
export type { DeflateOptions } from './edge/deflate.js'
export type { UnauthenticatedOptions } from './edge/lobby.js'
export type { LoginOptions } from './edge/logins.js'
export type { Limit, QuotaOptions } from './edge/quota.js'
export type { TlsOptions } from './edge/tls.js'
export type { Guard } from './execute/doing.js'
export type { HeldKeys, KeyClaims } from './keys/claims.js'
export type { RegisteredKey, SignatureOptions, SignatureRule } from './keys/options.js'
export type { Logger } from './log.js'
export type { Authenticate, BridgeOptions } from './options.js'
export type { Permission, Principal } from './principal.js'
export { signToken, type TokenClaims } from './token.js'
