/** How work is traced: what opens a span around a command, a task, a message or a process. Who hands none in pays nothing. */
import type { Code } from './errors.js'

/** What is said of a span beside its name. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean>>

/** One piece of work, from its beginning to its end. */
export interface Span {
  /** The W3C trace context of what follows from it; undefined where it belongs to no trace. */
  readonly traceparent: string | undefined
  /** Something happened in the course of it. */
  note(name: string, attributes?: SpanAttributes): void
  set(attributes: SpanAttributes): void
  /** `error`: what it failed with. Twice is fine, the first time counts. */
  end(error?: { readonly code: Code }): void
}

export interface SpanOptions {
  /** The W3C trace context that it belongs to. Undefined: what is active here, if something is; null: it begins a trace. */
  readonly parent?: string | null | undefined
  /** Default `internal`. */
  readonly kind?: 'client' | 'server' | 'consumer' | 'internal' | undefined
  readonly attributes?: SpanAttributes | undefined
}

/** What opens spans. `openTelemetry()` of `troupe/tracing` makes one. */
export interface Tracer {
  begin(name: string, options: SpanOptions): Span
  /** Runs code as a part of the span with that trace context: what it opens itself belongs to it. */
  within<R>(traceparent: string, run: () => R): R
}

/** A span that nobody records: what follows belongs to what it came from. */
export const untraced = (parent: string | null | undefined): Span => ({
  traceparent: parent ?? undefined,
  note() {},
  set() {},
  end() {},
})

/** The same tracer, whose failures cost nobody their work: the first is reported, and what could not be opened is not recorded. */
export const guardedTracer = (tracer: Tracer, report: (error: unknown) => void): Tracer => {
  let reported = false
  const fail = (error: unknown) => {
    if (reported) return
    reported = true
    report(error)
  }
  const attempt = <R>(run: () => R): R | undefined => {
    try {
      return run()
    } catch (thrown) {
      fail(thrown)
      return undefined
    }
  }
  return {
    begin(name, options) {
      const span = attempt(() => tracer.begin(name, options))
      if (!span) return untraced(options.parent)
      return {
        traceparent: attempt(() => span.traceparent) ?? options.parent ?? undefined,
        note: (what, attributes) => attempt(() => span.note(what, attributes)),
        set: (attributes) => attempt(() => span.set(attributes)),
        end: (error) => attempt(() => span.end(error)),
      }
    },
    within(traceparent, run) {
      let ran = false
      const once = () => {
        ran = true
        return run()
      }
      try {
        return tracer.within(traceparent, once)
      } catch (thrown) {
        // What the code itself throws is its caller's.
        if (ran) throw thrown
        fail(thrown)
        return run()
      }
    },
  }
}
