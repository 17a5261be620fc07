/** What a client says between its hello and the answer to it: bounded, and only while that is being read. */
import { TroupeError } from '../src/errors.js'

/** A socket that can be left unread for a while. */
interface Pausable {
  pause(): void
  resume(): void
}

/** What is answered to bytes that are too many; `welcome`: they are one message of a client that is known. */
export const tooMuch = (bytes: number, limit: number, welcome: boolean): TroupeError => {
  const what = welcome ? 'A message may have' : 'Who is not welcome yet may send'
  return new TroupeError('MESSAGE_TOO_LARGE', `${what} ${limit} bytes; ${bytes} came, which were not read.`)
}

/** The code that it costs the connection when a token is not accepted: the client needs another, or may come again with this one. */
export const turnedAway = ({ retry }: TroupeError): number => (retry ? 1013 : 4401)

/** Messages that may come with the hello in one piece; what comes after waits in the socket. */
const messages = 100

export class Held {
  readonly #wire: Pausable
  readonly #limit: number
  #steps: (() => void)[] = []
  #bytes = 0

  /** `limit`: bytes that may wait. */
  constructor(wire: Pausable, limit: number) {
    this.#wire = wire
    this.#limit = limit
  }

  /** Keeps what is to be done with a message of so many bytes. False: it is too much. */
  keep(bytes: number, step: () => void): boolean {
    if (this.#steps.length === 0) this.#wire.pause()
    this.#bytes += bytes
    this.#steps.push(step)
    return this.#steps.length <= messages && this.#bytes <= this.#limit
  }

  /** Does all that was kept, in order. */
  release(): void {
    if (this.#steps.length === 0) return
    const steps = this.#steps
    this.#steps = []
    this.#bytes = 0
    this.#wire.resume()
    for (const step of steps) step()
  }
}
