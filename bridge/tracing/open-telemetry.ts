/** A tracer that opens its spans with `@opentelemetry/api`: free where no provider is registered. */
import {
  context,
  ROOT_CONTEXT,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  type Tracer as Telemetry,
  trace,
} from '@opentelemetry/api'
import { traceparentIn } from '../../src/protocol/traceparent.js'
import type { Span, Tracer } from '../../src/tracer.js'

const kinds = {
  client: SpanKind.CLIENT,
  server: SpanKind.SERVER,
  consumer: SpanKind.CONSUMER,
  internal: SpanKind.INTERNAL,
} as const

const written = ({ traceId, spanId, traceFlags }: SpanContext): string | undefined =>
  // Where no provider is registered, spans have a context of zeros, which is none.
  traceparentIn(`00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`)

/** What a trace context says; undefined for what is none. */
const read = (traceparent: string): SpanContext | undefined => {
  const [, traceId, spanId, flags] = traceparentIn(traceparent)?.split('-') ?? []
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true }
}

const contextOf = (traceparent: string | null) => {
  const parent = traceparent === null ? undefined : read(traceparent)
  return parent ? trace.setSpanContext(ROOT_CONTEXT, parent) : ROOT_CONTEXT
}

/**
 * Traces with OpenTelemetry, for `createSystem` and `connect`. `tracer`: default that of the provider which is registered, whenever it is.
 *
 * @example
 * const system = createSystem({ tracer: openTelemetry() })
 * const remote = connect(url, { token, tracer: openTelemetry() })
 */
export const openTelemetry = (tracer: Telemetry = trace.getTracer('troupe')): Tracer => ({
  begin(name, { parent, kind = 'internal', attributes = {} }): Span {
    const within = parent === undefined ? context.active() : contextOf(parent)
    const span = tracer.startSpan(name, { kind: kinds[kind], attributes: { ...attributes } }, within)
    let ended = false
    return {
      traceparent: written(span.spanContext()),
      note: (what, about = {}) => void span.addEvent(what, { ...about }),
      set: (about) => void span.setAttributes({ ...about }),
      end(error) {
        if (ended) return
        ended = true
        // The code alone: a message may tell what is nobody's business.
        if (error) span.setAttribute('error.type', error.code).setStatus({ code: SpanStatusCode.ERROR, message: error.code })
        span.end()
      },
    }
  },
  within: (traceparent, run) => context.with(contextOf(traceparent), run),
})
