/** One connection of a script: what has come on it, and how it ended. */

import type { SocketConstructor, SocketLike } from '../../src/client/socket.js'
import type { Clock } from '../../src/clock.js'
import type { Codec } from '../../src/codec/codec.js'
import { describeThrown } from '../../src/errors.js'

export type Came = Readonly<Record<string, unknown>>

export class Line {
  /** Everything that has come, and whether a step has looked at it. */
  readonly frames: { readonly frame: Came; taken: boolean }[] = []
  closed: number | undefined
  readonly #socket: SocketLike
  readonly #codec: Codec
  readonly #clock: Clock
  #wake: (() => void)[] = []
  #opened = false

  constructor(WebSocket: SocketConstructor, url: string, codec: Codec, clock: Clock) {
    this.#codec = codec
    this.#clock = clock
    this.#socket = new WebSocket(url, [`troupe.v1+${codec.name}`])
    this.#socket.binaryType = 'arraybuffer'
    this.#socket.onopen = () => {
      this.#opened = true
      this.#tell()
    }
    this.#socket.onmessage = ({ data }: { readonly data: string | ArrayBuffer }) => this.#hear(data)
    this.#socket.onerror = () => {}
    this.#socket.onclose = ({ code }: { readonly code: number }) => {
      this.closed = code
      this.#tell()
    }
  }

  /** Resolves when it is so, or after so many milliseconds; whether it is. */
  async until(fits: () => boolean, patience: number): Promise<boolean> {
    const end = this.#clock.now() + patience
    while (!fits()) {
      const left = end - this.#clock.now()
      if (left <= 0) return false
      await new Promise<void>((resolve) => {
        const cancel = this.#clock.after(left, resolve)
        this.#wake.push(() => {
          cancel()
          resolve()
        })
      })
    }
    return true
  }

  opened(patience: number): Promise<boolean> {
    return this.until(() => this.#opened || this.closed !== undefined, patience).then(() => this.#opened)
  }

  say(frame: unknown): void {
    // Both codecs make arrays of their own, never shared ones.
    this.#socket.send(this.#codec.encode(frame as never) as string | Uint8Array<ArrayBuffer>)
  }

  text(text: string): void {
    this.#socket.send(text)
  }

  /** Without a word: as a network that breaks. */
  drop(): void {
    const terminate = (this.#socket as { terminate?: () => void }).terminate
    if (terminate) terminate.call(this.#socket)
    else this.#socket.close()
  }

  #hear(data: string | ArrayBuffer): void {
    let frame: Came
    try {
      // What is no object has no type, and fits no pattern.
      frame = this.#codec.decode(typeof data === 'string' ? data : new Uint8Array(data)) as Came
    } catch (thrown) {
      frame = { unreadable: describeThrown(thrown) }
    }
    this.frames.push({ frame, taken: false })
    this.#tell()
  }

  #tell(): void {
    for (const wake of this.#wake.splice(0)) wake()
  }
}
