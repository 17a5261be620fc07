/** Spans of commands, tasks, messages and processes in OpenTelemetry. Runs in browsers too. */
export type { Span, SpanAttributes, SpanOptions, Tracer } from '../../src/tracer.js'
export { openTelemetry } from './open-telemetry.js'
