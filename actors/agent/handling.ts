/** The handling of a message as a span, and what is done in the course of it as a part of that. */
import type { Cause } from '../../src/protocol/envelope.js'
import type { Host, Letter } from '../../src/system/actor.js'
import { type Span, type SpanAttributes, untraced } from '../../src/tracer.js'

/** What does the handling. */
interface Doer {
  readonly id: string
  readonly host: Pick<Host, 'tracer'>
  readonly cause: Cause | undefined
}

/** Of a message that belongs to a trace; one that belongs to none begins none, and costs nothing. */
export const spanOf = ({ message, cause, from, hook }: Letter, { id, host }: Omit<Doer, 'cause'>): Span | undefined => {
  if (!host.tracer || hook || cause?.traceparent === undefined) return undefined
  const attributes = { 'troupe.agent.id': id, 'troupe.from': from }
  return host.tracer.begin(`handle ${message.type}`, { parent: cause.traceparent, kind: 'consumer', attributes })
}

/** The letter, so that what follows from it belongs to the span. */
export const within = (letter: Letter, span: Span | undefined): Letter =>
  span?.traceparent === undefined ? letter : { ...letter, cause: { ...letter.cause, traceparent: span.traceparent } }

/** Calls a handler so that spans which its own code opens belong to its message or its task. */
export const calling = <R>({ host, cause }: Omit<Doer, 'id'>, handle: () => R): R =>
  host.tracer && cause?.traceparent !== undefined ? host.tracer.within(cause.traceparent, handle) : handle()

/** A part of what a run does. */
export const beginSpan = ({ host, cause, id }: Doer, name: string, more?: SpanAttributes): Span =>
  host.tracer?.begin(name, { parent: cause?.traceparent, attributes: { 'troupe.agent.id': id, ...more } }) ??
  untraced(cause?.traceparent)
