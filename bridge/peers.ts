/** The connections of a bridge as the application that opened it sees them: beside what is published, it may say something to one. */
import type { Codec } from '../src/codec/codec.js'
import type { PlainFrame } from './dialect.js'
import { prepare, type Wire } from './ws.js'

/** One connection. */
export interface Peer {
  readonly id: string
  /** Says a frame of its protocol, after all that was said before. False: it is gone, or does not read what it is sent. */
  say(frame: PlainFrame): boolean
  /** Writes what is left and ends the connection. */
  close(code: number, reason: string): void
}

/** Told of a connection; what it returns is called when that has ended. */
export type OnConnection = (peer: Peer) => (() => void) | undefined

/** Told at once of each event that is not sent to a connection: it does not read, or the time of the event is up. */
export type OnDropped = (connection: string, topic: string) => void

interface Known {
  readonly id: string
  readonly wire: Wire
  readonly codec: Codec
  readonly connection: { begin(): void; flush(): void; close(code: number, reason: string): void }
}

/** Bytes that a socket has not taken beyond which nothing is said to it beside what is published. */
const highWater = 1_048_576

export class Peers {
  readonly #told: OnConnection | undefined
  readonly #dropped: OnDropped | undefined
  readonly #report: (error: unknown) => void
  readonly #ends = new Map<string, (() => void) | undefined>()

  constructor(
    { onConnection, onDropped }: { readonly onConnection?: OnConnection | undefined; readonly onDropped?: OnDropped | undefined },
    report: (error: unknown) => void,
  ) {
    this.#told = onConnection
    this.#dropped = onDropped
    this.#report = report
  }

  /** Tells of a connection, and lets it begin. */
  open({ id, wire, codec, connection }: Known): void {
    if (this.#told) {
      this.#ends.set(id, undefined)
      this.#guarded(() => this.#ends.set(id, this.#told?.(this.#peer({ id, wire, codec, connection }))))
    }
    connection.begin()
  }

  lost(id: string, topic: string): void {
    if (this.#dropped) this.#guarded(() => this.#dropped?.(id, topic))
  }

  left(id: string): void {
    const stop = this.#ends.get(id)
    this.#ends.delete(id)
    if (stop) this.#guarded(stop)
  }

  #peer({ id, wire, codec, connection }: Known): Peer {
    return {
      id,
      say: (frame) => {
        if (!this.#ends.has(id) || wire.buffered > highWater) return false
        const prepared = prepare(codec.encode(frame))
        connection.flush()
        wire.write([prepared])
        return true
      },
      close: (code, reason) => connection.close(code, reason),
    }
  }

  /** What the application does must not harm the door. */
  #guarded<R>(run: () => R): R | undefined {
    try {
      return run()
    } catch (thrown) {
      this.#report(thrown)
      return undefined
    }
  }
}
