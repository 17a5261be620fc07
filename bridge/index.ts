/** The bridge: a system opened to clients over WebSocket. */
export { type Bridge, openBridge } from './bridge.js'
export type { Answer, Dialect, OpenContext, PlainFrame, Request } from './dialect.js'
export { native } from './dialects/native/index.js'
export type { BridgeOptions } from './options.js'
export type { Permission } from './principal.js'
export { signToken, type TokenClaims } from './token.js'
