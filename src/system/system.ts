/** `createSystem`: a running system in this process. */
import { watchForAttention } from '../attention/watch.js'
import { type Clock, systemClock } from '../clock.js'
import { TroupeError, toTroupeError } from '../errors.js'
import { needDuration } from '../given.js'
import { createIds, type Ids } from '../ids.js'
import type { Journal } from '../journal/journal.js'
import { createMemoryJournal } from '../journal/memory.js'
import type { SendOptions, StopOptions } from '../options.js'
import type { Cause, Envelope } from '../protocol/envelope.js'
import type { Event, EventOf } from '../protocol/event.js'
import { defaultKeep } from '../protocol/fold.js'
import type { Priority } from '../protocol/priority.js'
import type { View } from '../protocol/view.js'
import type { Stage } from '../stage.js'
import { guardedTracer, type Tracer } from '../tracer.js'
import { Core } from './core.js'
import { checkSetUp } from './declared.js'
import type { AgentDefinition } from './definition.js'
import { type Depths, depthsOf } from './depths.js'
import type { Attached, Courier, ExternalDeclaration } from './external.js'
import { asStage, LocalStage } from './local-stage.js'
import { guarded } from './machine.js'
import { Post } from './post.js'
import { type Reach, reachOf, sees } from './reach.js'
import { secretNames } from './redact.js'
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
  /** Throws what a message to an agent would be refused with: `NOT_FOUND`, `ENDED`, `QUEUE_FULL`, `NO_HANDLER`, `INVALID_MESSAGE`. */
  check(to: string, message: AgentMessage, reach?: Reach): void
  /** Tells `onError`, and says it as an event. */
  report(where: string, error: unknown): void
}

/** What an agent sends on behalf of what it heard has passed through one agent more. */
const further = (cause: Cause | undefined): Cause => ({ ...cause, hops: (cause?.hops ?? 0) + 1 })

class LocalSystem extends LocalStage {
  #stopping: Promise<void> | undefined

  get state(): View {
    return this.core.view
  }
  get clock(): Clock {
    return this.core.clock
  }
  get ids(): Ids {
    return this.core.ids
  }
  get journal(): Journal {
    return this.core.journal
  }
  get tracer(): Tracer | undefined {
    return this.core.tracer
  }
  get depths(): Depths {
    return depthsOf(this.core.actors.values())
  }
  get draining(): boolean {
    return this.core.draining
  }
  get definitions(): ReadonlyMap<string, AgentDefinition> {
    return this.core.definitions
  }

  get listeners(): number {
    return this.core.listeners
  }
  get resting(): boolean {
    return this.core.resting
  }

  define(definition: AgentDefinition): void {
    this.core.define(definition)
  }

  attach(agent: ExternalDeclaration, courier: Courier, source: string, reach?: Reach): Attached {
    const { core } = this
    const { id, name, concurrency, capabilities, metadata } = agent
    const options = { id, name, concurrency, capabilities, metadata }
    const ref = this.as(source, undefined, reach).spawn(core.kindsFor({}).external(agent, courier), options)
    return {
      ref,
      crash: (error) => core.agent(id)?.crash(toTroupeError(error, 'CRASHED')),
      wake: () => core.agent(id)?.settled(),
    }
  }

  announce(
    event: Exclude<Event, EventOf<'message'>>,
    source: string,
    cause?: Cause,
    priority: Priority = 'normal',
    ttl?: number,
    tenant?: string,
  ): void {
    this.core.emit(event, { source, cause, priority, ttl, tenant })
  }

  tenantOf(id: string): string | undefined {
    return this.core.tenantOf(id)
  }

  listen(pattern: string, hear: (envelope: Envelope) => void): () => void {
    return this.core.listen(pattern, hear)
  }

  isHeard(topic: string): boolean {
    return this.core.isHeard(topic)
  }

  whileHeard(topic: string, begin: () => () => void): () => void {
    return this.core.whileHeard(topic, begin)
  }

  as(source: string, cause?: Cause, reach?: Reach): Stage {
    return asStage(new LocalStage(this.core, { id: source, cause, checked: true, reach }))
  }

  deliver(to: string, message: AgentMessage, options: SendOptions, source: string, cause?: Cause, reach?: Reach): void {
    new Post(this.core, { id: source, cause, checked: true, reach }).deliver(to, message, options)
  }

  check(to: string, message: AgentMessage, reach?: Reach): void {
    const reached = sees(this.core, reach, to)
    const agent = reached ? this.core.agent(to) : undefined
    if (agent?.mailbox.crowded)
      throw new TroupeError('QUEUE_FULL', `As many messages wait for agent ${to} as may; try again later.`)
    if (agent) return void agent.check(message)
    const ended = reached ? this.core.view.agents.get(to) : undefined
    throw ended
      ? new TroupeError('ENDED', `Agent ${to} has ended: it is ${ended.state}.`)
      : new TroupeError('NOT_FOUND', `There is no agent here with the id ${to}.`)
  }

  report(where: string, error: unknown): void {
    this.core.report(where, error)
  }

  override stop(options: StopOptions = {}): Promise<void> {
    try {
      needDuration('The grace of a stop', options.grace)
    } catch (thrown) {
      return Promise.reject(thrown)
    }
    this.#stopping ??= this.#drain(options)
    if (options.force) for (const actor of this.core.actors.values()) if (actor.kind === 'agent') void actor.stop(options)
    return this.#stopping
  }

  override [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  async #drain(options: StopOptions): Promise<void> {
    const { core } = this
    const { reason = 'the system stops', grace = 5_000 } = options
    core.draining = true
    core.emit({ type: 'system.draining', reason, grace }, { priority: 'critical' })
    for (const ballot of core.ballots.values()) ballot.cancel()
    const actors = [...core.actors.values()]
    // What waits is cancelled first, so that an agent that becomes free does not begin it.
    for (const task of actors)
      if (task.kind === 'task' && (task.state === 'queued' || task.state === 'assigned' || task.state === 'crashed'))
        task.cancel(new TroupeError('CANCELLED', `The task was cancelled before it began: ${reason}.`))
    await Promise.all(actors.map((actor) => (actor.kind === 'agent' ? actor.stop({ ...options, reason }) : undefined)))
    await Promise.all(actors.map((actor) => (actor.kind === 'swarm' ? actor.stop({ reason }) : undefined)))
    for (const actor of core.actors.values()) if (actor.kind === 'task') actor.cancel()
    core.close()
  }
}

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
