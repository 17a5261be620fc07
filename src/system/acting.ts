/** On whose behalf something happens now. */
import type { EntryOptions } from '../journal/journal.js'
import type { Cause } from '../protocol/envelope.js'
import type { Priority } from '../protocol/priority.js'

/** Who does something, and why. */
export interface Acting {
  readonly id: string
  readonly cause?: Cause | undefined
}

/** What is said of an event beside what happened. */
export interface EmitOptions {
  readonly source?: string
  readonly priority?: Priority
  readonly ttl?: number | undefined
  readonly cause?: Cause | undefined
  /** Whose it is. Default: that of what it is about. */
  readonly tenant?: string | undefined
  /** Of whoever said what the event repeats. Default: the one of what is being carried out. */
  readonly signature?: string | undefined
}

/** Events that say again what somebody asked for: its signature stands with them. */
const repeating: ReadonlySet<string> = new Set(['agent.spawned', 'task.created', 'swarm.created', 'ballot.vote'])

/** The signature of the words that an event repeats. */
const signatureFor = (type: string, acting: Cause | undefined): string | undefined =>
  repeating.has(type) ? acting?.signature : undefined

/** A cause as what follows from it carries it. */
export const unsigned = (cause: Cause | undefined): Cause | undefined => {
  if (cause?.signature === undefined) return cause
  const { signature: _, ...rest } = cause
  return rest
}

/** The request that led here is the one that is being carried out, whatever began what it concerns. */
const causedBy = (acting: Cause | undefined, own: Cause | undefined): Cause | undefined => {
  if (acting?.correlationId === undefined && acting?.traceparent === undefined) return own
  const { correlationId, causationId } = acting
  // What has a trace of its own, such as a task, stays in it.
  const traceparent = own?.traceparent ?? acting.traceparent
  return {
    ...own,
    ...(correlationId === undefined ? {} : { correlationId }),
    ...(causationId === undefined ? {} : { causationId }),
    ...(traceparent === undefined ? {} : { traceparent }),
  }
}

/** What stands beside an event of that type in the journal: who said it, and why. */
export const saidBy = (acting: Acting | undefined, type: string, options: EmitOptions): EntryOptions => {
  const { source = acting?.id ?? 'system', priority = 'normal', ttl, tenant } = options
  const { signature = source === acting?.id ? signatureFor(type, acting.cause) : undefined } = options
  return { source, priority, ttl, cause: causedBy(acting?.cause, options.cause), signature, tenant }
}
