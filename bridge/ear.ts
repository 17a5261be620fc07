/** What comes in on one connection: which protocol it is, whether it is too much, and what it asks. */
import { TroupeError } from '../src/errors.js'
import type { Answer, Dialect, PlainFrame, Request, Saying } from './dialect.js'
import type { Quota } from './edge/quota.js'
import type { Limiter } from './rates.js'
import type { Voice } from './voice.js'

export interface EarOwner {
  /** The voice of the protocol that was chosen, or of the first that it may be. */
  voice(): Voice
  /** The first frame has told which protocol it is. */
  choose(dialect: Dialect): void
  heard(what: Request | Saying): void
  /** What cannot be understood, or is too much, is answered; `id`: what its answer refers to. */
  refuse(thrown: unknown, id?: string): void
  /** A frame was more than may be said, or is not this client's to say. */
  barred(error: TroupeError): void
  /** A frame of that type was said. `understood`: there is such a type. */
  count(type: string, understood: boolean): void
}

/** How often what may be said, and asked. */
export interface Bounds {
  readonly limiter?: Limiter | undefined
  readonly quota?: Quota | undefined
}

const unheard: Answer = { receipt: 'rejected', error: new TroupeError('RATE_LIMITED').toJSON() }

export class Ear {
  readonly #owner: EarOwner
  /** The protocols that it may be; none when that is known. */
  #candidates: readonly Dialect[]
  /** There are some once the client is welcome. */
  bounds: Bounds = {}

  constructor(candidates: readonly Dialect[], owner: EarOwner) {
    this.#candidates = candidates
    this.#owner = owner
  }

  /** Hears a message as it came from the socket. */
  hear(data: string | Uint8Array): void {
    const frame = this.#frameIn(data)
    if (frame) this.take(frame)
  }

  /** Hears a frame; `but`: what is made of its requests first. */
  take(frame: PlainFrame, but: (heard: readonly (Request | Saying)[]) => readonly (Request | Saying)[] = (heard) => heard): void {
    const voice = this.#owner.voice()
    const { type } = frame
    let counted = typeof type !== 'string'
    const count = (understood: boolean) => {
      if (!counted) this.#owner.count(String(type), understood)
      counted = true
    }
    try {
      if (!this.#allowed(frame, voice.idOf(frame))) return count(false)
      const heard = voice.understand(frame)
      count(true)
      for (const each of but(heard)) if (this.#fits(each, voice.idOf(frame))) this.#owner.heard(each)
    } catch (thrown) {
      count(false)
      // What cannot be understood is asked, too.
      if (!this.#fits(undefined, voice.idOf(frame))) return
      if (thrown instanceof TroupeError && thrown.code === 'FORBIDDEN') this.#owner.barred(thrown)
      this.#owner.refuse(thrown, voice.idOf(frame))
    }
  }

  #frameIn(data: string | Uint8Array): PlainFrame | undefined {
    try {
      const frame = this.#owner.voice().read(data)
      if (this.#candidates.length > 0) {
        const dialect = this.#fitting(frame)
        this.#candidates = []
        this.#owner.choose(dialect)
      }
      return frame
    } catch (thrown) {
      if (this.#allowed(undefined) && this.#fits(undefined)) this.#owner.refuse(thrown)
      return undefined
    }
  }

  #fitting(frame: PlainFrame): Dialect {
    const found = this.#candidates.find(({ opening }) => opening?.fits(frame) ?? true)
    if (found) return found
    const known = this.#candidates.map(({ name, opening }) => `${name} (${opening?.looksLike})`).join(' and ')
    throw new TroupeError('INVALID_MESSAGE', `This path speaks ${known}; the first frame is neither.`)
  }

  #allowed(frame: PlainFrame | undefined, id?: string): boolean {
    const verdict = this.bounds.limiter?.judge(frame)
    if (!verdict) return true
    if (verdict !== 'muted') {
      this.#owner.barred(verdict)
      this.#owner.refuse(verdict, id)
    }
    return false
  }

  /** Whether what is asked is within what may be asked, in any protocol; no `what`: a frame that could not be read. */
  #fits(what: Request | Saying | undefined, id?: string): boolean {
    const verdict = this.bounds.quota?.judge(what)
    if (!verdict) return true
    // The dialect is told, so that it forgets what was asked; what it has to say to that is not sent.
    if (what && 'command' in what) this.#owner.voice().answer(what, unheard)
    if (verdict !== 'muted') {
      this.#owner.barred(verdict)
      this.#owner.refuse(verdict, id)
    }
    return false
  }
}
