/** The client for Node: the same as in a browser, with the WebSocket of `ws` handed in. */
import { type Client, connect as connectWith } from '../src/client/client.js'
import type { ConnectOptions } from '../src/client/options.js'
import { WebSocket } from './ws.js'

export type { Client } from '../src/client/client.js'
export type { ConnectionState } from '../src/client/connection-state.js'
export type { ClientMessage, ConnectOptions, Loss, Notice, Unacked } from '../src/client/options.js'
export type { Delivery, Registered, Registration } from '../src/client/works.js'
export type { KeyOptions, Verified } from '../src/crypto/participant.js'

/**
 * Connects to a bridge. See `ConnectOptions`; `WebSocket` is there already. A bridge whose certificate no public authority has signed is
 * trusted by a socket that is told so, or by the environment variable NODE_EXTRA_CA_CERTS.
 *
 * @example
 * import { WebSocket } from 'ws'
 * class Trusting extends WebSocket {
 *   constructor(url: string, protocols: string[]) {
 *     super(url, protocols, { ca: readFileSync('authority.pem') })
 *   }
 * }
 * const remote = connect('wss://bridge.internal:3001', { token, WebSocket: Trusting })
 */
export const connect = (url: string, options: ConnectOptions = {}): Client => connectWith(url, { WebSocket, ...options })
