/** What is said to one connection, as frames of its dialect in its codec. */
import type { Codec } from '../src/codec/codec.js'
import { type Code, TroupeError, toTroupeError } from '../src/errors.js'
import type { Envelope } from '../src/protocol/envelope.js'
import type { SessionEvent } from '../src/protocol/session.js'
import type { Answer, Dialect, PlainFrame, Request, Saying } from './dialect.js'
import type { SharedFrames } from './frames.js'
import type { Prepared } from './ws.js'

export interface VoiceOptions {
  readonly dialect: Dialect
  readonly codec: Codec
  readonly frames: SharedFrames
  /** What the dialect remembers of this connection. */
  readonly state: unknown
  /** Told of each error that is said; `request`: what it answers. */
  readonly failed?: ((code: Code, request?: Request) => void) | undefined
  /** Told of what cannot be said. */
  report(where: string, error: unknown): void
}

/** What is answered with what an agent's code returned. */
const foreign: ReadonlySet<string> = new Set(['agent.ask', 'task.result'])

export class Voice {
  readonly #options: VoiceOptions

  constructor(options: VoiceOptions) {
    this.#options = options
  }

  get dialect(): Dialect {
    return this.#options.dialect
  }

  /** What the dialect remembers of this connection. */
  get state(): unknown {
    return this.#options.state
  }

  /** The frame in a message. Throws what it is to be refused with. */
  read(data: string | Uint8Array): PlainFrame {
    const frame = this.#options.codec.decode(data)
    if (typeof frame === 'object' && frame !== null && !Array.isArray(frame)) return frame as PlainFrame
    const came = Array.isArray(frame) ? 'an array' : frame === null ? 'null' : typeof frame
    throw new TroupeError('BAD_FRAME', `Expected an object as a frame; got ${came}.`)
  }

  /** What a frame asks. Throws what it is to be refused with. */
  understand(frame: PlainFrame): readonly (Request | Saying)[] {
    const { dialect, state } = this.#options
    return dialect.hear(frame, state)
  }

  /** The id under which whoever said a frame waits for its answer. */
  idOf(frame: PlainFrame): string | undefined {
    const { dialect } = this.#options
    if (dialect.idOf) return dialect.idOf(frame)
    return typeof frame['id'] === 'string' ? frame['id'].slice(0, 128) : undefined
  }

  greet(): readonly Prepared[] {
    const { dialect, frames, state } = this.#options
    return frames.write(dialect.greet(state))
  }

  say(frames: readonly PlainFrame[]): readonly Prepared[] {
    return this.#options.frames.write(frames)
  }

  event(envelope: Envelope, skipped?: number): readonly Prepared[] {
    const { frames, state } = this.#options
    return frames.of(envelope, state, skipped)
  }

  /** An event that is to be acknowledged, and was sent so many times before. */
  demand(envelope: Envelope, redelivered: number): readonly Prepared[] {
    const { frames, state } = this.#options
    return frames.demand(envelope, redelivered, state)
  }

  tell(event: SessionEvent, request?: Request): readonly Prepared[] {
    const { dialect, frames, state, failed } = this.#options
    if (event.type === 'session.error') failed?.(event.error.code, request)
    return frames.write(dialect.tell(event, state, request))
  }

  answer(request: Request, answer: Answer): readonly Prepared[] {
    const { dialect, frames, state, failed } = this.#options
    const told = this.#tellable(request, answer)
    if (told.receipt === 'rejected') failed?.(told.error.code, request)
    return frames.write(dialect.answer(request, told, state))
  }

  /** A handler may return what no codec can write: then whoever asked is told that, before the dialect forgets what was asked. */
  #tellable({ command: { type } }: Request, answer: Answer): Answer {
    if (answer.receipt !== 'applied' || !foreign.has(type)) return answer
    const { codec, report } = this.#options
    try {
      codec.encode(answer.value)
      return answer
    } catch (thrown) {
      report(`the answer to ${type}`, thrown)
      const error = new TroupeError('UNSUPPORTED', `It was carried out, but its result cannot be written as ${codec.name}.`)
      return { receipt: 'rejected', error: error.toJSON() }
    }
  }

  /** The answer to what could not be understood; `known`: the id it had; `first`: it was to be the first word, which costs the connection. */
  refuse(thrown: unknown, known?: string, first = false): readonly Prepared[] {
    const { dialect, frames, state, failed } = this.#options
    const error = toTroupeError(thrown)
    const { code: own, message: what, retry } = error.toJSON()
    const code = first ? 'AUTH_REQUIRED' : own
    failed?.(code)
    const message = first ? `The first word has to be a hello that can be read. ${what}` : what
    const { id = known, ...details } = error.details ?? {}
    const failure = { code, message, retry, ...(Object.keys(details).length > 0 ? { details } : {}) }
    return frames.write(dialect.refuse(failure, typeof id === 'string' ? id : undefined, state))
  }
}
