/** A task as a span: from its creation to its end, its attempts told in between. */
import type { TroupeError } from '../../src/errors.js'
import type { Cause } from '../../src/protocol/envelope.js'
import type { TaskState } from '../../src/protocol/states.js'
import { sameTrace } from '../../src/protocol/traceparent.js'
import type { Host } from '../../src/system/actor.js'
import type { Span, SpanAttributes } from '../../src/tracer.js'

/** What a span is told of a task. */
interface Told {
  readonly id: string
  /** The type of its message: few of them, where titles may be any number. */
  readonly type: string
  readonly to: string
  readonly parent: string | undefined
}

export class TaskTrace {
  readonly #host: Host
  #span: Span | undefined

  constructor(host: Host) {
    this.#host = host
  }

  /** The cause of what follows from the task: within its span, where it is traced. */
  begin({ id, type, to, parent }: Told, cause: Cause): Cause {
    const { tracer } = this.#host
    if (!tracer) return cause
    const whole = parent === undefined ? undefined : this.#host.task(parent)?.work.cause.traceparent
    // A part belongs to its whole, unless whoever asked for it is in another trace.
    const within = cause.traceparent === undefined || sameTrace(whole, cause.traceparent) ? whole : undefined
    this.#span = tracer.begin(`task ${type}`, {
      parent: within ?? cause.traceparent,
      attributes: {
        'troupe.task.id': id,
        'troupe.task.to': to,
        ...(parent === undefined ? {} : { 'troupe.task.parent': parent }),
      },
    })
    const { traceparent } = this.#span
    return traceparent === undefined ? cause : { ...cause, traceparent }
  }

  moved(state: TaskState, attempt: number, agent: string | undefined, error: TroupeError | undefined): void {
    const about: SpanAttributes = { attempt, ...(agent === undefined ? {} : { agent }), ...(error ? { error: error.code } : {}) }
    this.#span?.note(state, about)
  }

  end(state: TaskState, attempts: number, error?: TroupeError): void {
    this.#span?.set({ 'troupe.task.state': state, 'troupe.task.attempts': attempts })
    this.#span?.end(state === 'failed' ? error : undefined)
    this.#span = undefined
  }
}
