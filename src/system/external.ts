/** Agents that work elsewhere: what they are, and what the system asks of whoever brings messages to them and answers back. */
import type { Cause } from '../protocol/envelope.js'
import type { Priority } from '../protocol/priority.js'
import type { AgentRef } from '../ref.js'
import type { SpawnOptions } from './definition.js'

/** An agent that works elsewhere. */
export interface ExternalDeclaration extends Pick<SpawnOptions, 'name' | 'concurrency' | 'capabilities' | 'metadata'> {
  readonly id: string
  /** What kind of agent it is, for people. */
  readonly definition: string
  /** The types of the messages that it hears, `*` for any; their fields are its own matter. */
  readonly hears: readonly string[]
  readonly says: readonly string[]
}

/** A message on its way to it. */
export interface Handed {
  readonly message: { readonly type: string; readonly [field: string]: unknown }
  readonly from: string
  /** Whether somebody waits for what comes of it. */
  readonly asked: boolean
  readonly priority: Priority
  readonly task: { readonly id: string; readonly attempt: number; readonly needs: Readonly<Record<string, unknown>> } | undefined
  readonly cause: Cause | undefined
}

/** What may be said of a message while it is being worked on. */
export interface Working {
  /** Aborted when the work is cancelled, or the agent stops; `reason` is a `TroupeError`. */
  readonly signal: AbortSignal
  progress(percent: number, note?: string): void
  output(data: string, stream?: 'stdout' | 'stderr'): void
  /** `holds`: whether it stands still in between; what does not is put down when the agent is frozen. Default true. */
  onPause(pause: () => void, resume: () => void, options?: { readonly holds?: boolean | undefined }): void
}

/** Whoever brings messages to an agent elsewhere. */
export interface Courier {
  /** Whether somebody is there to be handed something: while nobody is, what comes for the agent waits. */
  readonly here: boolean
  /** Resolves when the agent can be reached; rejects when `signal` is aborted first. */
  reachable(signal: AbortSignal): Promise<void>
  /** Hands a message over; resolves with what came of it. A rejection with anything but a `TroupeError` is a crash of the agent. */
  hand(handed: Handed, working: Working): Promise<unknown>
}

/** An agent that works elsewhere, as this system knows it. */
export interface Attached {
  readonly ref: AgentRef
  /** Says that it has crashed. */
  crash(error: unknown): void
  /** Says that its courier is here again: what has waited is handed over. */
  wake(): void
}
