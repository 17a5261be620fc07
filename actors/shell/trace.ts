/** A command of a shell agent as a span: the process that runs it is told the trace, and its end is told to the span. */
import { toTroupeError } from '../../src/errors.js'
import type { Span } from '../../src/tracer.js'
import type { Scope } from '../agent/scope.js'

/** What of the end of a process a span is told. What ran is not: a command line may carry secrets. */
export const endOf = ({ exitCode, signal }: { readonly exitCode: number | null; readonly signal: string | null }) => ({
  ...(exitCode === null ? {} : { 'process.exit.code': exitCode }),
  ...(signal === null ? {} : { 'process.exit.signal': signal }),
})

/** The variables of a process that tell it the trace which it belongs to, as OpenTelemetry has it. */
export const tracing = ({ traceparent }: Span): { readonly TRACEPARENT?: string } =>
  traceparent === undefined ? {} : { TRACEPARENT: traceparent }

/** Carries a command out within a span. */
export const inSpan = async <R>(scope: Pick<Scope, 'span'>, run: (span: Span) => Promise<R>): Promise<R> => {
  const span = scope.span('process')
  try {
    const result = await run(span)
    span.end()
    return result
  } catch (thrown) {
    span.end(toTroupeError(thrown))
    throw thrown
  }
}
