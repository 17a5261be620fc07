/** The one file that knows the `ws` package: upgrades, sockets, and frames that are built once and written together. */
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type ServerOptions, WebSocket, WebSocketServer } from 'ws'
import { codes } from '../src/errors.js'
import type { DeflateLimits } from './edge/deflate.js'

export { WebSocket }

/** A WebSocket frame, ready to be written to any number of sockets. */
export interface Prepared {
  readonly bytes: Buffer
}

/** What a session knows of its socket. */
export interface Wire {
  /** The subprotocol that was agreed on; empty when none was. */
  readonly protocol: string
  /** Bytes that the kernel has not taken yet; where messages are compressed, those that wait for it too. */
  readonly buffered: number
  /** Writes frames with one system call. */
  write(frames: readonly Prepared[]): void
  close(code: number, reason: string): void
  /** Asks whether the other side is there, below all protocols; the answer is heard as `alive`. */
  ping(): void
  /** Leaves unread what comes, until `resume`. */
  pause(): void
  resume(): void
  /** Whoever is on the other side is known: it may send more than a stranger. */
  trust(): void
  /** Ends the connection without a word: the other side does not answer any more. */
  destroy(): void
}

/** What a session hears from its socket. */
export interface WireListener {
  message(data: string | Uint8Array): void
  /** More came than may: a message over the limit, or in all before there was trust. It was not read. */
  tooLarge(bytes: number, limit: number): void
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

/** The message in a frame. */
export const payloadOf = ({ bytes }: Prepared): string | Uint8Array => {
  const length = (bytes[1] ?? 0) & 0x7f
  const message = bytes.subarray(length === 127 ? 10 : length === 126 ? 4 : 2)
  return bytes[0] === 0x81 ? message.toString('utf8') : message
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

export interface SocketLimits {
  /** Bytes of the largest message that is read; up to twice that a sentence is answered, beyond it the connection ends (1009). */
  readonly frame: number
  /** Bytes that may come in all before there is trust. */
  readonly untrusted: number
  /** Undefined: nothing is compressed. */
  readonly deflate?: DeflateLimits | undefined
}

/** Milliseconds that the other side may take to answer a close. */
const farewell = 5_000
/** Bytes that may be on their way from somebody who has said too much, and does not know it yet. */
const underway = 262_144

const compression = (limits: DeflateLimits | undefined): NonNullable<ServerOptions['perMessageDeflate']> => {
  if (!limits) return false
  const { threshold, windowBits, memLevel, concurrency, contextTakeover } = limits
  return {
    threshold,
    concurrencyLimit: concurrency,
    zlibDeflateOptions: { memLevel },
    ...{ serverMaxWindowBits: windowBits, clientMaxWindowBits: windowBits },
    ...{ serverNoContextTakeover: !contextTakeover, clientNoContextTakeover: !contextTakeover },
  }
}

/** `broken` is told why a connection could not be opened; it ends (1011). */
export const createSockets = ({ frame: limit, untrusted, deflate }: SocketLimits, broken: (thrown: unknown) => void): Sockets => {
  const chosen = new WeakMap<IncomingMessage, string>()
  // The types of the package do not know `closeTimeout` yet.
  const options: ServerOptions & { readonly closeTimeout: number } = {
    noServer: true,
    maxPayload: limit * 2,
    perMessageDeflate: compression(deflate),
    closeTimeout: farewell,
    handleProtocols: (_offered, request) => chosen.get(request) || false,
  }
  const server = new WebSocketServer(options)
  return {
    accept(request, socket, head, protocol, open) {
      chosen.set(request, protocol)
      server.handleUpgrade(request, socket, head, (ws) => {
        // ws closes the connection itself after an error, with the code that fits; `close` follows.
        ws.on('error', () => {})
        const count = (chunk: Buffer) => {
          const before = stranger.sent
          stranger.sent += chunk.byteLength
          if (before <= untrusted && stranger.sent > untrusted) listener.tooLarge(stranger.sent, untrusted)
          // It was told, and closed; what it had sent before it heard of that is read, so that it does hear.
          if (stranger.sent > untrusted + underway) ws.terminate()
        }
        const stranger: Stranger = {
          ...{ sent: 0, limit: untrusted },
          trust() {
            stranger.limit = Number.POSITIVE_INFINITY
            socket.off('data', count)
          },
        }
        socket.on('data', count)
        const drained = () => listener.drained()
        let listener: WireListener
        try {
          listener = open(wireOf(ws, socket, stranger, drained))
        } catch (thrown) {
          socket.off('data', count)
          ws.close(1011, codes.INTERNAL.says)
          return broken(thrown)
        }
        ws.on('message', (data, binary) => {
          const bytes = asBytes(data)
          // A small message may be a large one that was compressed.
          if (bytes.byteLength > stranger.limit) listener.tooLarge(bytes.byteLength, stranger.limit)
          else if (bytes.byteLength > limit) listener.tooLarge(bytes.byteLength, limit)
          else listener.message(binary ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'))
        })
        ws.on('ping', () => listener.alive())
        ws.on('pong', () => listener.alive())
        ws.on('close', (code) => listener.closed(code))
        socket.on('drain', drained)
      })
    },
    close: () => server.close(),
  }
}

/** What somebody has sent whom nobody knows yet, and how large its messages may be. */
interface Stranger {
  sent: number
  limit: number
  trust(): void
}

const wireOf = (ws: WebSocket, socket: Duplex, stranger: Stranger, drained: () => void): Wire => {
  // A compressed frame is made for one socket, by the library, which takes its time for it.
  const compressed = ws.extensions.includes('permessage-deflate')
  return {
    protocol: ws.protocol,
    get buffered() {
      return compressed ? ws.bufferedAmount : socket.writableLength
    },
    write(frames) {
      if (ws.readyState !== WebSocket.OPEN || !socket.writable) return
      if (compressed)
        return frames.forEach(({ bytes }, at) => {
          const last = at === frames.length - 1
          ws.send(messageIn(bytes), { binary: bytes[0] === 0x82 }, last ? drained : undefined)
        })
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
    trust: () => stranger.trust(),
    destroy: () => ws.terminate(),
  }
}

/** The message in a frame that `prepare` made. */
const messageIn = (frame: Buffer): Buffer => {
  const length = frame[1] ?? 0
  return frame.subarray(length === 127 ? 10 : length === 126 ? 4 : 2)
}
