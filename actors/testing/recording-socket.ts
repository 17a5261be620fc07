/** A WebSocket for clients under test that is no socket: what is sent is kept, what comes is said by the test. */

type Frame = Readonly<Record<string, unknown>>

/** One connection that the client has opened. */
export interface RecordedSocket {
  readonly url: string
  readonly protocols: readonly string[]
  /** The frames that the client has sent, as it meant them. */
  readonly sent: readonly Frame[]
  /** How it was closed by the client, if it was. */
  readonly closed: { readonly code: number | undefined; readonly reason: string | undefined } | undefined
  /** The connection is made. */
  open(): void
  /** The server sends a frame. */
  receive(frame: Frame): void
  /** The connection is gone. */
  drop(code?: number, reason?: string): void
}

export interface SocketRecorder {
  /** Hand it to `connect` as `WebSocket`. */
  readonly WebSocket: new (
    url: string,
    protocols: string[],
  ) => never
  /** The connections so far, the newest last. */
  readonly sockets: readonly RecordedSocket[]
  /** Resolves with the next connection, or with the first when there is one that was not asked for yet. */
  next(): Promise<RecordedSocket>
}

const states = { connecting: 0, open: 1, closed: 3 } as const

/**
 * Makes one. It speaks JSON: connect with `codec: 'json'`, which is the default.
 *
 * @example
 * const recorder = recordingSocket()
 * const client = connect('ws://nowhere', { WebSocket: recorder.WebSocket, token: 'x' })
 * const socket = await recorder.next()
 * socket.open()
 * expect(socket.sent[0]).toMatchObject({ type: 'hello' })
 */
export const recordingSocket = (): SocketRecorder => {
  const sockets: RecordedSocket[] = []
  const waiting: ((socket: RecordedSocket) => void)[] = []
  let asked = 0

  class Socket {
    binaryType = 'blob'
    readyState: number = states.connecting
    onopen: ((event: never) => void) | null = null
    onmessage: ((event: never) => void) | null = null
    onclose: ((event: never) => void) | null = null
    onerror: ((event: never) => void) | null = null
    readonly #sent: Frame[] = []
    #closed: RecordedSocket['closed']

    constructor(url: string, protocols: string[]) {
      const closed = () => this.#closed
      const record: RecordedSocket = {
        ...{ url, protocols, sent: this.#sent },
        get closed() {
          return closed()
        },
        open: () => {
          this.readyState = states.open
          // A client's listeners read what the events of a WebSocket have; these have as much.
          this.onopen?.({} as never)
        },
        receive: (frame) => this.onmessage?.({ data: JSON.stringify(frame) } as never),
        drop: (code = 1006, reason = '') => {
          this.readyState = states.closed
          this.onclose?.({ code, reason } as never)
        },
      }
      sockets.push(record)
      const tell = waiting.shift()
      if (tell) {
        asked++
        tell(record)
      }
    }

    send(data: string): void {
      this.#sent.push(JSON.parse(data) as Frame)
    }

    close(code?: number, reason?: string): void {
      if (this.readyState === states.closed) return
      this.readyState = states.closed
      this.#closed = { code, reason }
      queueMicrotask(() => this.onclose?.({ code: code ?? 1005, reason: reason ?? '' } as never))
    }
  }

  return {
    // A client calls it as it would the browser's; that it makes no real one is the point.
    WebSocket: Socket as unknown as SocketRecorder['WebSocket'],
    sockets,
    next() {
      const known = sockets[asked]
      if (known) {
        asked++
        return Promise.resolve(known)
      }
      return new Promise((resolve) => waiting.push(resolve))
    },
  }
}
