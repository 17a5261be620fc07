/** The client for Node: the same as in a browser, with the WebSocket of `ws` handed in. */
import { type Client, connect as connectWith } from '../src/client/client.js'
import type { ConnectOptions } from '../src/client/options.js'
import { WebSocket } from './ws.js'

export type { Client } from '../src/client/client.js'
export type { ConnectionState } from '../src/client/link.js'
export type { ClientMessage, ConnectOptions, Loss, Notice, Unacked } from '../src/client/options.js'
export type { Delivery, Registered, Registration } from '../src/client/works.js'

/** Connects to a bridge. See `ConnectOptions`; `WebSocket` is there already. */
export const connect = (url: string, options: ConnectOptions = {}): Client => connectWith(url, { WebSocket, ...options })
