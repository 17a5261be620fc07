/** The one file that knows the `ws` package: upgrades, sockets, and frames that are built once and written together. */
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocket, WebSocketServer } from 'ws'
import { codes } from '../src/errors.js'

export { WebSocket }

/** A WebSocket frame, ready to be written to any number of sockets. */
export interface Prepared {
  readonly bytes: Buffer
}

/** What a session knows of its socket. */
export interface Wire {
  /** The subprotocol that was agreed on; empty when none was. */
  readonly protocol: string
  /** Bytes that the kernel has not taken yet. */
  readonly buffered: number
  /** Writes frames with one system call. */
  write(frames: readonly Prepared[]): void
  close(code: number, reason: string): void
  /** Asks whether the other side is there, below all protocols; the answer is heard as `alive`. */
  ping(): void
  /** Leaves unread what comes, until `resume`. */
  pause(): void
  resume(): void
  /** Ends the connection without a word: the other side does not answer any more. */
  destroy(): void
}

/** What a session hears from its socket. */
export interface WireListener {
  message(data: string | Uint8Array): void
  /** A message over the limit, which was not read. */
  tooLarge(bytes: number): void
  /** The other side asked or answered whether it is there. */
  alive(): void
  /** The connection is gone; `code`: the close code, 1006 where there was none. */
  closed(code: number): void
  /** What was buffered is gone. */
  drained(): void
}

/** Builds the frame of a message as a server sends it: unmasked, in one piece. Text for strings, binary for bytes. */
export const prepare = (message: string | Uint8Array): Prepared => {
  const text = typeof message === 'string'
  const length = text ? Buffer.byteLength(message) : message.byteLength
  const head = length < 126 ? 2 : length < 65_536 ? 4 : 10
  const bytes = Buffer.allocUnsafe(head + length)
  bytes[0] = text ? 0x81 : 0x82
  if (head === 2) bytes[1] = length
  else if (head === 4) {
    bytes[1] = 126
    bytes.writeUInt16BE(length, 2)
  } else {
    bytes[1] = 127
    bytes.writeBigUInt64BE(BigInt(length), 2)
  }
  if (text) bytes.write(message, head)
  else bytes.set(message, head)
  return { bytes }
}

/** A reason that fits into a close frame: 123 bytes, no character cut. */
const closeReason = (text: string): string => {
  if (Buffer.byteLength(text) <= 123) return text
  let cut = text.slice(0, 120)
  while (Buffer.byteLength(cut) > 120) cut = cut.slice(0, -1)
  return `${cut}…`
}

const asBytes = (data: Buffer | ArrayBuffer | Buffer[]): Uint8Array =>
  Array.isArray(data) ? Buffer.concat(data) : data instanceof ArrayBuffer ? new Uint8Array(data) : data

export interface Sockets {
  /** Takes over an upgrade request. `open` is called with the socket and says who listens to it. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer, protocol: string, open: (wire: Wire) => WireListener): void
  close(): void
}

/**
 * `limit`: the largest message that is read, in bytes; up to twice that a sentence is answered, beyond it the connection ends (1009).
 * `broken` is told why a connection could not be opened; it ends (1011).
 */
export const createSockets = (limit: number, broken: (thrown: unknown) => void): Sockets => {
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: limit * 2,
    // Compressed frames could not be shared as they are, nor written past the library.
    perMessageDeflate: false,
    handleProtocols: (_offered, request) => chosen.get(request) || false,
  })
  const chosen = new WeakMap<IncomingMessage, string>()
  return {
    accept(request, socket, head, protocol, open) {
      chosen.set(request, protocol)
      server.handleUpgrade(request, socket, head, (ws) => {
        // ws closes the connection itself after an error, with the code that fits; `close` follows.
        ws.on('error', () => {})
        let listener: WireListener
        try {
          listener = open(wireOf(ws, socket))
        } catch (thrown) {
          ws.close(1011, codes.INTERNAL.says)
          return broken(thrown)
        }
        ws.on('message', (data, binary) => {
          const bytes = asBytes(data)
          if (bytes.byteLength > limit) listener.tooLarge(bytes.byteLength)
          else listener.message(binary ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'))
        })
        ws.on('ping', () => listener.alive())
        ws.on('pong', () => listener.alive())
        ws.on('close', (code) => listener.closed(code))
        socket.on('drain', () => listener.drained())
      })
    },
    close: () => server.close(),
  }
}

const wireOf = (ws: WebSocket, socket: Duplex): Wire => ({
  protocol: ws.protocol,
  get buffered() {
    return socket.writableLength
  },
  write(frames) {
    if (ws.readyState !== WebSocket.OPEN || !socket.writable) return
    socket.cork()
    for (const frame of frames) socket.write(frame.bytes)
    socket.uncork()
  },
  close: (code, reason) => ws.close(code, closeReason(reason)),
  ping() {
    if (ws.readyState === WebSocket.OPEN) ws.ping()
  },
  pause: () => ws.pause(),
  resume: () => ws.resume(),
  destroy: () => ws.terminate(),
})
