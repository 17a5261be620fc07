/** A client's command as a span of the server: from its arrival to what ended it. */
import type { Command } from '../src/protocol/command.js'
import type { Cause } from '../src/protocol/envelope.js'
import type { Outcome } from '../src/protocol/reply.js'
import { type Tracer, untraced } from '../src/tracer.js'

interface Traced {
  /** Why what follows happens: within the span. */
  readonly cause: Cause
  end(outcome: Outcome): void
}

export const traceRequest = (tracer: Tracer | undefined, { type }: Command, cause: Cause, client: string): Traced => {
  const { traceparent: parent, correlationId } = cause
  const about = { 'troupe.client': client, ...(correlationId === undefined ? {} : { 'troupe.correlation_id': correlationId }) }
  // What the connection was opened within has nothing to do with what is asked on it now.
  const span = tracer?.begin(type, { parent: parent ?? null, kind: 'server', attributes: about }) ?? untraced(parent)
  const { traceparent } = span
  return {
    cause: traceparent === undefined ? cause : { ...cause, traceparent },
    end: (outcome) => span.end(outcome.receipt === 'rejected' ? outcome.error : undefined),
  }
}
