/** On whose behalf something happens now. */
import type { Cause } from '../protocol/envelope.js'

/** Who does something, and why. */
export interface Acting {
  readonly id: string
  readonly cause?: Cause | undefined
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
