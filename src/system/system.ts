/** `createSystem`: a running system in this process. */
import { watchForAttention } from '../attention/watch.js'
import { type Clock, systemClock } from '../clock.js'
import { createIds, type Ids } from '../ids.js'
import type { Journal } from '../journal/journal.js'
import { createMemoryJournal } from '../journal/memory.js'
import type { SendOptions } from '../options.js'
import type { Cause, Envelope } from '../protocol/envelope.js'
import type { Event, EventOf } from '../protocol/event.js'
import { defaultKeep } from '../protocol/fold.js'
import type { Priority } from '../protocol/priority.js'
import type { View } from '../protocol/view.js'
import type { Absent } from '../recovery/absent.js'
import type { Recovered } from '../recovery/recover.js'
import type { Stage } from '../stage.js'
import { guardedTracer, type Tracer } from '../tracer.js'
import { unsigned } from './acting.js'
import { Core } from './core.js'
import { checkSetUp } from './declared.js'
import type { AgentDefinition } from './definition.js'
import type { Depths } from './depths.js'
import type { Attached, Courier, ExternalDeclaration } from './external.js'
import { asStage, LocalStage } from './local-stage.js'
import { LocalSystem } from './local-system.js'
import { guarded } from './machine.js'
import { type Reach, reachOf } from './reach.js'
import { secretNames } from './redact.js'
import type { SuspendOptions } from './suspend.js'
import type { SystemOptions } from './system-options.js'
import { catchSubscribers, catchUnhandled } from './unhandled.js'

export type { SystemOptions }

interface AgentMessage {
  readonly type: string
  readonly [field: string]: unknown
}

/** A running system: a stage, and what a bridge or an observer needs of it. */
export interface System extends Stage {
  /** What is there now, live: it changes under you. For a copy use `view()`. */
  readonly state: View
  readonly clock: Clock
  readonly ids: Ids
  readonly journal: Journal
  /** Whether a journal was handed in, which may outlive the system. */
  readonly lasting: boolean
  /** Whether it was suspended: what ends now has not ended for whoever goes on with it. */
  readonly suspended: boolean
  /** What opens spans, where something is traced. */
  readonly tracer: Tracer | undefined
  /** What waits for its agents, by how much. */
  readonly depths: Depths
  /** True from the moment `stop` was called. */
  readonly draining: boolean
  /** What clients may spawn by name. */
  readonly definitions: ReadonlyMap<string, AgentDefinition>
  /** Makes a definition known by its name. */
  define(definition: AgentDefinition): void
  /**
   * Brings back the agents, tasks, swarms, ballots, schedules and accepted messages of the process before, from the journal that was handed
   * in: before anything is spawned or a bridge is opened, and after the definitions are known. What was being done is told to have crashed, and its own policy
   * decides. Rejects with `INVALID_STATE` where something is there already, and with `UNSUPPORTED` where no journal was handed in.
   *
   * @example
   * const system = createSystem({ journal })
   * const { agents } = await system.recover([reviewer, shell])
   * const ada = agents.includes('ada') ? system.agent('ada') : system.spawn(reviewer, { id: 'ada' })
   */
  recover(definitions?: readonly { readonly kind: 'agent'; readonly name: string }[]): Promise<Recovered>
  /**
   * Stops so that another process can go on from the same journal: nothing new is begun, what is in hand may finish within the grace, and
   * all else stays as it is. Rejects with `UNSUPPORTED` where no journal was handed in.
   */
  suspend(options?: SuspendOptions): Promise<void>
  /** Agents that work elsewhere, and whose clients have not come back since the process began. */
  readonly absent: ReadonlyMap<string, Absent>
  /** Takes in an agent that works elsewhere, for `source`. Its ref's `ready` rejects as that of any agent does. */
  attach(agent: ExternalDeclaration, courier: Courier, source: string, reach?: Reach): Attached
  /** Says what happened to an actor that this process does not hold itself. */
  announce(
    event: Exclude<Event, EventOf<'message'>>,
    ...said: [source: string, cause?: Cause, priority?: Priority, ttl?: number, tenant?: string]
  ): void
  /** Whose the agent, task, swarm or ballot of an id is; undefined for what is no tenant's, or is not there. */
  tenantOf(id: string): string | undefined
  /** How many listen to its channels, its own actors included. */
  readonly listeners: number
  /** Whether no actor has a turn to come: what goes on waits for time, or for somebody outside. */
  readonly resting: boolean
  /** Hears every envelope on the pattern, synchronously, in order. Returns how to stop; twice is fine. */
  listen(pattern: string, hear: (envelope: Envelope) => void): () => void
  /** Whether anybody listens to a topic now. */
  isHeard(topic: string): boolean
  /**
   * Calls `begin` whenever somebody begins to listen to the topic, at once where somebody does already, and what it returned when nobody
   * does any more: for what is only worth its cost while it is heard. Returns how to stop; twice is fine.
   */
  whileHeard(topic: string, begin: () => () => void): () => void
  /**
   * The stage on which somebody else speaks: what follows has that source, and messages are checked against their schemas. `reach`: what
   * of which tenant they see and touch; what they begin is that tenant's. Default: everything.
   */
  as(source: string, cause?: Cause, reach?: Reach): Stage
  /**
   * Sends to an agent, never to a client, on behalf of `source`. Throws what the message was not taken in with: `NOT_FOUND`, `ENDED`,
   * `NOT_RUNNING`, `QUEUE_FULL`, `NO_HANDLER`, `INVALID_MESSAGE`; it is a dead letter then.
   */
  deliver(to: string, message: AgentMessage, options: SendOptions, source: string, cause?: Cause, reach?: Reach): void
  /** Makes a dead letter of what a client was sent by `source` and did not acknowledge. `tenant`: whose it was. */
  undelivered(to: string, message: AgentMessage, source: string, cause?: Cause, tenant?: string): void
  /** Throws what a message to an agent would be refused with: `NOT_FOUND`, `ENDED`, `QUEUE_FULL`, `NO_HANDLER`, `INVALID_MESSAGE`. */
  check(to: string, message: AgentMessage, reach?: Reach): void
  /** Tells `onError`, and says it as an event. */
  report(where: string, error: unknown): void
}

/** What an agent sends on behalf of what it heard has passed through one agent more. */
const further = (cause: Cause | undefined): Cause => ({ ...unsigned(cause), hops: (cause?.hops ?? 0) + 1 })

/**
 * Creates a system. It is started; end it with `stop()` or `await using`. Throws `INVALID_OPTION` for numbers that make no sense.
 *
 * @example
 * await using system = createSystem()
 * const ada = system.spawn(reviewer, { id: 'ada' })
 */
export const createSystem = (options: SystemOptions = {}): System => {
  const { clock = systemClock, onError = (error, where) => console.error(`troupe: ${where}: ${error.message}`) } = options
  checkSetUp(options)
  const ids = options.ids ?? createIds(() => clock.now())
  const core: Core = new Core({
    clock,
    ids,
    journal: options.journal ?? createMemoryJournal({ clock, ids }),
    lasting: options.journal !== undefined,
    keep: options.keep ?? defaultKeep,
    maxAgents: options.maxAgents ?? 10_000,
    maxHops: options.maxHops ?? 64,
    redact: options.redact === false ? undefined : (options.redact ?? secretNames),
    keys: { window: 600_000, limit: 100_000, ...options.keys },
    deadLetters: { keep: 1_000, replays: 3, ...options.deadLetters },
    onError,
    stageFor: (agent, cause) =>
      asStage(
        new LocalStage(core, { id: agent, parent: agent, cause: further(cause), checked: false, reach: reachOf(core, agent) }),
      ),
  })
  if (options.inspect)
    core.inspect = guarded(options.inspect, (error) => core.report('the inspector, which is detached now', error))
  if (options.tracer) core.tracer = guardedTracer(options.tracer, (error) => core.report('the tracer', error))
  core.stampsLetters = options.stalls?.mailbox !== undefined
  core.closing.push(watchForAttention(core, core.attention, { spawning: 60_000, stopping: 60_000, ...options.stalls }))
  core.closing.push(catchSubscribers((error) => core.report('a subscriber', error)))
  if (options.catchUnhandled) core.follow(catchUnhandled((reason, agent) => core.unhandled(reason, agent)))
  // The stage of the system is the same object with the typed verbs of `Stage`.
  return new LocalSystem(core, { id: 'system', checked: false }) as LocalSystem & Stage
}
