/** The client for browsers, and for whatever else has a WebSocket. */
export type { KeyOptions, Verified } from '../crypto/participant.js'
export { type Client, connect } from './client.js'
export type { ConnectionState } from './connection-state.js'
export type { ClientMessage, ConnectOptions, Loss, Notice, Unacked } from './options.js'
export type { Delivery, Registered, Registration } from './works.js'
