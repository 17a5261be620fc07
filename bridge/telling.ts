/** The events of one client on their way out: gathered where its protocol wants that, and what it missed first. */
import type { Clock } from '../src/clock.js'
import type { Envelope } from '../src/protocol/envelope.js'
import type { SessionEvent } from '../src/protocol/session.js'
import { Batches } from './batches.js'
import { Digests } from './digests.js'
import { Losses } from './losses.js'
import type { Outbox } from './outbox.js'
import type { Voice } from './voice.js'
import type { Prepared } from './ws.js'

interface Said {
  readonly envelope: Envelope
  readonly frames: readonly Prepared[]
}

/** Missed events beyond what is sent that are kept for a while. */
const cut = 256

export class Telling {
  readonly #voice: Voice
  readonly #outbox: Outbox
  readonly #batches: Batches | undefined
  readonly #digests: Digests | undefined
  #missed: Said[] = []
  readonly #lost = new Losses()

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

  /** Puts an event that was missed into words; the newest are kept until they are delivered. */
  readonly miss = (envelope: Envelope): void => {
    const frames = this.#voice.event(envelope)
    if (frames.length === 0) return
    this.#missed.push({ envelope, frames })
    const { missed = Number.POSITIVE_INFINITY } = this.#voice.dialect
    // Let go in larger pieces, since moving an array costs as much for one as for many.
    if (this.#missed.length > missed + cut) this.#forget(missed)
  }

  /** How many frames were missed and will be sent. */
  get missed(): number {
    this.#forget(this.#voice.dialect.missed ?? Number.POSITIVE_INFINITY)
    return this.#missed.reduce((sum, { frames }) => sum + frames.length, 0)
  }

  #forget(limit: number): void {
    for (const { envelope } of this.#missed.splice(0, this.#missed.length - limit)) this.#lost.note(envelope, 'overflow')
  }

  /** Sends what was missed; `tell`: of what is no longer sent. */
  deliver(tell: (event: SessionEvent) => void): void {
    for (const dropped of this.#lost.take()) tell(dropped)
    for (const { envelope, frames } of this.#missed) this.#outbox.event(envelope, frames, this.#voice.dialect.inOrder)
    this.#missed = []
  }

  close(): void {
    this.#batches?.close()
    this.#digests?.close()
  }

  #say(envelope: Envelope, skipped?: number): boolean {
    return this.#outbox.event(envelope, this.#voice.event(envelope, skipped), this.#voice.dialect.inOrder)
  }
}
