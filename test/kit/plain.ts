/** A client of any protocol, through a plain WebSocket: what it says stands in the test, what it hears in an array. */
import { WebSocket } from 'ws'

/** A frame as it came. */
export interface Frame {
  readonly type: string
  readonly payload: Readonly<Record<string, unknown>>
  readonly [field: string]: unknown
}

export interface Plain {
  readonly frames: Frame[]
  readonly socket: WebSocket
  say(frame: object | string): void
  /** The first frame, past or future, that fits. Rejects when the connection ends first. */
  until(fits: (frame: Frame) => boolean, what?: string): Promise<Frame>
  /** The first of that type. */
  type(type: string): Promise<Frame>
  /** How it was closed. */
  readonly ended: Promise<{ readonly code: number; readonly reason: string }>
  close(): Promise<unknown>
}

/** Opens a connection; rejects when it is refused. */
export const plain = (
  url: string,
  options: { readonly headers?: Record<string, string>; readonly protocol?: string } = {},
): Promise<Plain> => {
  const { protocol, headers } = options
  const socket = new WebSocket(url, protocol === undefined ? [] : [protocol], headers ? { headers } : {})
  const frames: Frame[] = []
  let waiting: (() => void)[] = []
  let over: { readonly code: number; readonly reason: string } | undefined
  const wake = () => {
    const all = waiting
    waiting = []
    for (const each of all) each()
  }
  const ended = new Promise<{ readonly code: number; readonly reason: string }>((resolve) => {
    socket.on('close', (code, reason) => {
      over = { code, reason: reason.toString() }
      resolve(over)
      wake()
    })
  })
  socket.on('message', (data) => {
    frames.push(JSON.parse(data.toString()) as Frame)
    wake()
  })
  const client: Plain = {
    frames,
    socket,
    ended,
    say: (frame) => socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame)),
    async until(fits, what = 'a frame that fits') {
      for (let at = 0; ; ) {
        for (; at < frames.length; at++) {
          const frame = frames[at]
          if (frame && fits(frame)) return frame
        }
        if (over)
          throw new Error(
            `Closed with ${over.code} ${over.reason} before ${what} came; these did: ${JSON.stringify(frames.slice(-20))}`,
          )
        await new Promise<void>((resolve) => waiting.push(resolve))
      }
    },
    type: (type) => client.until((frame) => frame['type'] === type, type),
    close() {
      socket.close()
      return ended
    },
  }
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve(client))
    socket.once('error', reject)
  })
}
