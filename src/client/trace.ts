/** What a client asks, and what it works on, as spans. */
import { toTroupeError } from '../errors.js'
import type { Cause } from '../protocol/envelope.js'
import type { Tracer } from '../tracer.js'

interface Traced {
  /** What of the frame tells the server the trace. */
  readonly metadata?: { readonly metadata: { readonly traceparent: string } }
  /** Told of the answer that ends it; absent where nothing is traced. */
  readonly ended?: (answer: Promise<unknown>) => void
}

/** A command; words about the connection are nobody's work. */
export const traceAsked = (tracer: Tracer | undefined, type: string): Traced => {
  if (!tracer || !type.includes('.')) return {}
  const span = tracer.begin(type, { kind: 'client' })
  const { traceparent } = span
  const ended = (answer: Promise<unknown>) =>
    void answer.then(
      () => span.end(),
      (thrown: unknown) => span.end(toTroupeError(thrown)),
    )
  return { ended, ...(traceparent === undefined ? {} : { metadata: { metadata: { traceparent } } }) }
}

/** Works on what was delivered, within a span that goes on with its trace. */
export const inSpanOf = async (
  tracer: Tracer | undefined,
  type: string,
  cause: Cause | undefined,
  work: (cause: Cause | undefined) => unknown,
): Promise<unknown> => {
  if (!tracer || cause?.traceparent === undefined) return work(cause)
  const span = tracer.begin(`work ${type}`, { parent: cause.traceparent, kind: 'consumer' })
  const { traceparent = cause.traceparent } = span
  try {
    const value = await tracer.within(traceparent, () => work({ ...cause, traceparent }))
    span.end()
    return value
  } catch (thrown) {
    span.end(toTroupeError(thrown))
    throw thrown
  }
}
