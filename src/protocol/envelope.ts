/** An event with its place in the journal and its cause. */
import type { TroupeError } from '../errors.js'
import type { Event } from './event.js'
import type { Priority } from './priority.js'

/** Why something happened, and on whose behalf: carried from a command to all that follows from it. */
export interface Cause {
  /** The id of the request that started it all. */
  readonly correlationId?: string
  /** The id of the envelope or message that directly led here. */
  readonly causationId?: string
  /** The task on whose behalf it happened. */
  readonly task?: string
  /** How many messages lie between the first request and here. */
  readonly hops?: number
  /** When the answer stops being of use, milliseconds since the epoch. */
  readonly deadline?: number
  /** W3C trace context. */
  readonly traceparent?: string
  /** The request itself, signed by whoever made it. It stops where it was made for: what follows from it does not carry it. */
  readonly signature?: string
}

/** A point in the journal. Nothing before it needs to be read again. */
export interface Cursor {
  readonly epoch: string
  readonly offset: number
}

/** One entry of the journal. Frozen in meaning: nobody changes an envelope after it was appended. */
export interface Envelope<E extends Event = Event> {
  /** UUIDv7. */
  readonly id: string
  readonly topic: string
  /** The count of the topic, from 1, within the epoch. */
  readonly seq: number
  /** Names one unbroken life of the journal. */
  readonly epoch: string
  /** The count of the whole journal, from 1, within the epoch. */
  readonly offset: number
  /** Milliseconds since the Unix epoch. */
  readonly timestamp: number
  /** Who caused it to be said: an actor's id, a client's id, or `system`. */
  readonly source: string
  readonly priority: Priority
  /** Milliseconds after `timestamp` at which it is no longer worth delivering. */
  readonly ttl?: number
  readonly cause?: Cause
  /** Whose it is; absent: no tenant's. */
  readonly tenant?: string
  /** Where the event repeats what somebody said: those words, signed (a compact JWS). */
  readonly signature?: string
  /** At a client: its body, or the message in it, came encrypted. */
  readonly encrypted?: true
  /** At a client: why that could not be decrypted, `UNREADABLE`; the body is still `{ jwe }`. */
  readonly unreadable?: TroupeError
  readonly event: E
}
