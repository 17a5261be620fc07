/** The WebSocket that a client stands on: the browser's, or one that looks like it. */

/** What a client needs of a WebSocket. */
export interface SocketLike {
  binaryType: string
  readonly readyState: number
  onopen: ((event: never) => void) | null
  onmessage: ((event: never) => void) | null
  onclose: ((event: never) => void) | null
  onerror: ((event: never) => void) | null
  send(data: string | Uint8Array<ArrayBuffer>): void
  close(code?: number, reason?: string): void
}

/** A constructor of WebSockets. */
export type SocketConstructor = new (url: string, protocols: string[]) => SocketLike
