/** What is said to one connection, as frames of its dialect in its codec. */
import type { Codec } from '../src/codec/codec.js'
import { TroupeError, toTroupeError } from '../src/errors.js'
import type { Envelope } from '../src/protocol/envelope.js'
import type { SessionEvent } from '../src/protocol/session.js'
import type { View } from '../src/protocol/view.js'
import type { Answer, Dialect, PlainFrame, Request } from './dialect.js'
import type { SharedFrames } from './frames.js'
import type { Prepared } from './ws.js'

export interface VoiceOptions {
  readonly dialect: Dialect
  readonly codec: Codec
  readonly frames: SharedFrames
  /** What the dialect remembers of this connection. */
  readonly state: unknown
  /** The live view. */
  readonly view: View
  /** Told of what cannot be said. */
  report(where: string, error: unknown): void
}

export class Voice {
  readonly #options: VoiceOptions

  constructor(options: VoiceOptions) {
    this.#options = options
  }

  /** What a message asks. Throws what it is to be refused with. */
  hear(data: string | Uint8Array): readonly Request[] {
    return this.understand(this.#options.codec.decode(data))
  }

  /** What a frame asks. Throws what it is to be refused with. */
  understand(frame: unknown): readonly Request[] {
    const { dialect, state } = this.#options
    if (typeof frame === 'object' && frame !== null && !Array.isArray(frame)) return dialect.hear(frame as PlainFrame, state)
    const came = Array.isArray(frame) ? 'an array' : frame === null ? 'null' : typeof frame
    throw new TroupeError('BAD_FRAME', `Expected an object as a frame; got ${came}.`)
  }

  greet(): readonly Prepared[] {
    const { dialect, frames, state, view } = this.#options
    return frames.write(dialect.greet(view, state))
  }

  event(envelope: Envelope): readonly Prepared[] {
    const { frames, state, view } = this.#options
    return frames.of(envelope, view, state)
  }

  tell(event: SessionEvent, request?: Request): readonly Prepared[] {
    const { dialect, frames, state } = this.#options
    return frames.write(dialect.tell(event, state, request))
  }

  /** A handler may return what no codec can write: then whoever asked is told that, and the rest goes on. */
  answer(request: Request, answer: Answer): readonly Prepared[] {
    const { dialect, frames, state, codec, report } = this.#options
    try {
      return frames.write(dialect.answer(request, answer, state))
    } catch (thrown) {
      report(`the answer to ${request.command.type}`, thrown)
      if (answer.receipt !== 'applied') return []
      const error = new TroupeError('UNSUPPORTED', `It was carried out, but its result cannot be written as ${codec.name}.`)
      return this.answer(request, { receipt: 'rejected', error: error.toJSON() })
    }
  }

  /** The answer to what could not be understood; `first`: it was to be the first word, which costs the connection. */
  refuse(thrown: unknown, first = false): readonly Prepared[] {
    const { dialect, frames, state } = this.#options
    const error = toTroupeError(thrown)
    const { code: own, message: what, retry } = error.toJSON()
    const code = first ? 'AUTH_REQUIRED' : own
    const message = first ? `The first word has to be a hello that can be read. ${what}` : what
    const { id, ...details } = error.details ?? {}
    const failure = { code, message, retry, ...(Object.keys(details).length > 0 ? { details } : {}) }
    return frames.write(dialect.refuse(failure, typeof id === 'string' ? id : undefined, state))
  }
}
