/** The client for browsers, and for whatever else has a WebSocket. */
export { type Client, type ConnectionState, type ConnectOptions, connect, type Loss } from './client.js'
