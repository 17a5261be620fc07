/** On whose behalf something happens now. */
import type { Cause } from '../protocol/envelope.js'
import type { Priority } from '../protocol/priority.js'

/** Who does something, and why. */
export interface Acting {
  readonly id: string
  readonly cause?: Cause | undefined
}

/** What is said of an event beside what happened. */
export interface EmitOptions {
  readonly source?: string
  readonly priority?: Priority
  readonly ttl?: number | undefined
  readonly cause?: Cause | undefined
  /** Whose it is. Default: that of what it is about. */
  readonly tenant?: string | undefined
}

/** The request that led here is the one that is being carried out, whatever began what it concerns. */
export const causedBy = (acting: Cause | undefined, own: Cause | undefined): Cause | undefined => {
  if (acting?.correlationId === undefined && acting?.traceparent === undefined) return own
  const { correlationId, causationId } = acting
  // What has a trace of its own, such as a task, stays in it.
  const traceparent = own?.traceparent ?? acting.traceparent
  return {
    ...own,
    ...(correlationId === undefined ? {} : { correlationId }),
    ...(causationId === undefined ? {} : { causationId }),
    ...(traceparent === undefined ? {} : { traceparent }),
  }
}
