/** The client for Node: the same as in a browser, with the WebSocket of `ws` handed in. */
import { type Client, type ConnectOptions, connect as connectWith } from '../src/client/client.js'
import { WebSocket } from './ws.js'

export type { Client, ConnectionState, ConnectOptions, Loss } from '../src/client/client.js'

/** Connects to a bridge. See `ConnectOptions`; `WebSocket` is there already. */
export const connect = (url: string, options: ConnectOptions = {}): Client => connectWith(url, { WebSocket, ...options })
