/** On whose behalf something happens now. */
import type { Cause } from '../protocol/envelope.js'

/** Who does something, and why. */
export interface Acting {
  readonly id: string
  readonly cause?: Cause | undefined
}

/** The request that led here is the one that is being carried out, whatever began what it concerns. */
export const causedBy = (acting: Cause | undefined, own: Cause | undefined): Cause | undefined => {
  if (acting?.correlationId === undefined) return own
  const { correlationId, causationId } = acting
  return { ...own, correlationId, ...(causationId === undefined ? {} : { causationId }) }
}
