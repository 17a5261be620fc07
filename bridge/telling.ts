/** The events of one client on their way out: gathered where its protocol wants that, and what it missed first. */
import type { Clock } from '../src/clock.js'
import type { Envelope } from '../src/protocol/envelope.js'
import type { SessionEvent } from '../src/protocol/session.js'
import { Batches } from './batches.js'
import { Digests } from './digests.js'
import { Losses } from './losses.js'
import type { Outbox } from './outbox.js'
import type { Visit } from './visit.js'
import type { Voice } from './voice.js'
import type { Prepared } from './ws.js'

interface Said {
  readonly envelope: Envelope
  readonly frames: readonly Prepared[]
}

export class Telling {
  readonly #voice: Voice
  readonly #outbox: Outbox
  readonly #batches: Batches | undefined
  readonly #digests: Digests | undefined
  #missed: readonly Said[] = []
  #lost: readonly Envelope[] = []

  constructor(clock: Clock, voice: Voice, outbox: Outbox) {
    this.#voice = voice
    this.#outbox = outbox
    const { batching, digest } = voice.dialect
    if (batching) this.#batches = new Batches(clock, batching, (envelope, skipped) => this.#say(envelope, skipped))
    if (!digest) return
    const say = (name: string) => outbox.reply(voice.say(digest.say(name, voice.state)))
    this.#digests = new Digests(clock, digest, { idle: () => outbox.idle, say })
  }

  /** Whether it is, or will be, written. */
  push(envelope: Envelope): boolean {
    this.#digests?.note(envelope)
    return this.#batches?.take(envelope) || this.#say(envelope)
  }

  /** The smallest offset that was not written. */
  get oldest(): number | undefined {
    const waiting = [this.#outbox.oldest, this.#batches?.oldest].filter((offset) => offset !== undefined)
    return waiting.length > 0 ? Math.min(...waiting) : undefined
  }

  /** Puts what was missed into words, and answers how many frames that is. */
  prepare({ missed }: Visit): number | undefined {
    if (!missed) return undefined
    const said = missed
      .map((envelope) => ({ envelope, frames: this.#voice.event(envelope) }))
      .filter(({ frames }) => frames.length > 0)
    const { missed: limit = said.length } = this.#voice.dialect
    this.#lost = said.slice(0, Math.max(0, said.length - limit)).map(({ envelope }) => envelope)
    this.#missed = said.slice(this.#lost.length)
    return this.#missed.reduce((sum, { frames }) => sum + frames.length, 0)
  }

  /** Sends what was missed; `tell`: of what is no longer sent. */
  deliver(tell: (event: SessionEvent) => void): void {
    const losses = new Losses()
    for (const envelope of this.#lost) losses.note(envelope, 'overflow')
    for (const dropped of losses.take()) tell(dropped)
    for (const { envelope, frames } of this.#missed) this.#outbox.event(envelope, frames, this.#voice.dialect.inOrder)
    this.#missed = []
    this.#lost = []
  }

  close(): void {
    this.#batches?.close()
    this.#digests?.close()
  }

  #say(envelope: Envelope, skipped?: number): boolean {
    return this.#outbox.event(envelope, this.#voice.event(envelope, skipped), this.#voice.dialect.inOrder)
  }
}
