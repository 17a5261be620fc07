/** A running system in this process: the stage of the application, and what a bridge or an observer needs of it. */
import type { Clock } from '../clock.js'
import { TroupeError, toTroupeError } from '../errors.js'
import { needDuration } from '../given.js'
import type { Ids } from '../ids.js'
import type { Journal } from '../journal/journal.js'
import type { SendOptions, StopOptions } from '../options.js'
import type { Cause, Envelope } from '../protocol/envelope.js'
import type { Event, EventOf } from '../protocol/event.js'
import type { Priority } from '../protocol/priority.js'
import type { View } from '../protocol/view.js'
import type { Absent } from '../recovery/absent.js'
import { type Recovered, recover } from '../recovery/recover.js'
import type { Stage } from '../stage.js'
import type { Tracer } from '../tracer.js'
import type { Letter } from './actor.js'
import type { AgentDefinition } from './definition.js'
import { type Depths, depthsOf } from './depths.js'
import { drain } from './drain.js'
import type { Attached, Courier, ExternalDeclaration } from './external.js'
import { asStage, LocalStage } from './local-stage.js'
import { Post } from './post.js'
import { type Reach, sees } from './reach.js'
import { type SuspendOptions, suspend } from './suspend.js'

export class LocalSystem extends LocalStage {
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
  get lasting(): boolean {
    return this.core.log.lasting
  }
  get suspended(): boolean {
    return this.core.log.silent
  }
  get tracer(): Tracer | undefined {
    return this.core.tracer
  }
  get depths(): Depths {
    return depthsOf(this.core.actors.values())
  }
  get draining(): boolean {
    return this.core.draining || this.core.holding
  }
  get definitions(): ReadonlyMap<string, AgentDefinition> {
    return this.core.definitions
  }

  get listeners(): number {
    return this.core.log.listeners
  }
  get resting(): boolean {
    return this.core.resting
  }

  get absent(): ReadonlyMap<string, Absent> {
    return this.core.absent
  }

  recover(definitions: readonly { readonly kind: 'agent'; readonly name: string }[] = []): Promise<Recovered> {
    // What `agent(…)` returns is one; its types are of no use here.
    for (const definition of definitions as readonly AgentDefinition[]) this.core.define(definition)
    return recover(this.core)
  }

  suspend(options: SuspendOptions = {}): Promise<void> {
    this.#stopping ??= suspend(this.core, options)
    return this.#stopping
  }

  define(definition: AgentDefinition): void {
    this.core.define(definition)
  }

  attach(agent: ExternalDeclaration, courier: Courier, source: string, reach?: Reach): Attached {
    const { core } = this
    const { id, name, concurrency, capabilities, metadata } = agent
    const options = { id, name, concurrency, capabilities, metadata }
    const known = core.absent.get(id)
    core.absent.delete(id)
    known?.courier.claim(courier)
    const ref = known
      ? this.agent(id)
      : this.as(source, undefined, reach).spawn(core.kindsFor({}).external(agent, courier, source), options)
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
    this.core.emit(event, { source, cause, priority, ttl, tenant, signature: cause?.signature })
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

  deliver(to: string, message: Letter['message'], options: SendOptions, source: string, cause?: Cause, reach?: Reach): void {
    new Post(this.core, { id: source, cause, checked: true, reach }).deliver(to, message, options)
  }

  undelivered(to: string, message: Letter['message'], source: string, cause?: Cause, tenant?: string): void {
    this.core.deadLetter(to, { message, from: source, cause, reach: { tenant } }, 'undelivered')
  }

  check(to: string, message: Letter['message'], reach?: Reach): void {
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
    this.#stopping ??= drain(this.core, options)
    if (options.force) for (const actor of this.core.actors.values()) if (actor.kind === 'agent') void actor.stop(options)
    return this.#stopping
  }

  override [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }
}
