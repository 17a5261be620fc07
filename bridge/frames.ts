/** Frames as they are written; those of events are built once for each dialect and codec and shared by all who are sent them. */
import type { Codec } from '../src/codec/codec.js'
import { writable } from '../src/codec/writable.js'
import type { Envelope } from '../src/protocol/envelope.js'
import type { Dialect, PlainFrame } from './dialect.js'
import { type Prepared, prepare } from './ws.js'

/** Everybody who hears an event hears it before the next one, so remembering one event is enough. */
export class SharedFrames {
  readonly #dialect: Dialect
  readonly #codec: Codec
  readonly #report: (error: unknown) => void
  #last: Envelope | undefined
  #frames: readonly Prepared[] = []
  #lastDemand: Envelope | undefined
  #demand: readonly Prepared[] = []

  /** `report` is told of frames of which some part cannot be written down. */
  constructor(dialect: Dialect, codec: Codec, report: (error: unknown) => void) {
    this.#dialect = dialect
    this.#codec = codec
    this.#report = report
  }

  /** None when the dialect has no word for the event. */
  of(envelope: Envelope, state: unknown, skipped?: number): readonly Prepared[] {
    if (!this.#dialect.shared(envelope)) return this.#say(envelope, state, skipped)
    if (this.#last !== envelope) {
      this.#frames = this.#say(envelope, state)
      this.#last = envelope
    }
    return this.#frames
  }

  /** The frames of an event that is to be acknowledged; none where the dialect has no word for that. */
  demand(envelope: Envelope, redelivered: number, state: unknown): readonly Prepared[] {
    const say = () => this.write(this.#dialect.demand?.(envelope, redelivered, state) ?? [])
    if (redelivered > 0 || !this.#dialect.shared(envelope)) return say()
    if (this.#lastDemand !== envelope) {
      this.#demand = say()
      this.#lastDemand = envelope
    }
    return this.#demand
  }

  /** What no codec can write is replaced by words that say so: nobody who listens is to miss a frame for one part of it. */
  write(frames: readonly PlainFrame[]): readonly Prepared[] {
    try {
      return this.#encoded(frames)
    } catch (error) {
      this.#report(error)
      return this.#encoded(frames.map((frame) => writable(frame) as PlainFrame))
    }
  }

  #say(envelope: Envelope, state: unknown, skipped?: number): readonly Prepared[] {
    return this.write(this.#dialect.say(envelope, state, skipped))
  }

  #encoded(frames: readonly PlainFrame[]): readonly Prepared[] {
    return frames.map((frame) => prepare(this.#codec.encode(frame)))
  }
}

/** Those of all dialects and codecs of a bridge. */
export class FrameSets {
  readonly #report: (where: string, error: unknown) => void
  readonly #all = new Map<string, SharedFrames>()

  constructor(report: (where: string, error: unknown) => void) {
    this.#report = report
  }

  of(dialect: Dialect, codec: Codec): SharedFrames {
    const key = `${dialect.name} ${codec.name}`
    const known = this.#all.get(key)
    if (known) return known
    const frames = new SharedFrames(dialect, codec, (error) => this.#report(`an event as ${key}`, error))
    this.#all.set(key, frames)
    return frames
  }
}
