/** A client's command as it is followed: as a span of the server, in the counts, and in the log where it takes long. */
import type { Code } from '../src/errors.js'
import type { Command } from '../src/protocol/command.js'
import type { Cause } from '../src/protocol/envelope.js'
import type { Outcome } from '../src/protocol/reply.js'
import { type Tracer, untraced } from '../src/tracer.js'
import type { Lookout } from './lookout.js'

export interface Following {
  readonly tracer: Tracer | undefined
  readonly lookout: Pick<Lookout, 'answered'>
  readonly connection: string
  readonly client: string
}

interface Followed {
  /** Why what follows happens: within the span. */
  readonly cause: Cause
  /** It has ended, after so many milliseconds. */
  end(outcome: Outcome, took: number): void
}

export const follow = (
  { type: command }: Command,
  cause: Cause,
  { tracer, lookout, connection, client }: Following,
): Followed => {
  const { traceparent: parent, correlationId } = cause
  const attributes = {
    'troupe.client': client,
    'troupe.connection': connection,
    ...(correlationId === undefined ? {} : { 'troupe.correlation_id': correlationId }),
  }
  // What the connection was opened within has nothing to do with what is asked on it now.
  const span = tracer?.begin(command, { parent: parent ?? null, kind: 'server', attributes }) ?? untraced(parent)
  const { traceparent } = span
  return {
    cause: traceparent === undefined ? cause : { ...cause, traceparent },
    end(outcome, took) {
      const code: Code | undefined = outcome.receipt === 'rejected' ? outcome.error.code : undefined
      span.end(code && { code })
      lookout.answered({ command, connection, client, correlationId, took }, code)
    },
  }
}
