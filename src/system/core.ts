/** What stands behind a system: the registry, the journal, the view, the scheduler, and what all actors share. */
import { Attention } from '../attention/attention.js'
import { askPerson } from '../attention/question.js'
import type { ChannelSource, PublishOptions } from '../channel.js'
import type { Clock } from '../clock.js'
import { describeThrown, TroupeError, toTroupeError } from '../errors.js'
import type { Ids } from '../ids.js'
import type { Journal } from '../journal/journal.js'
import type { QuestionOptions } from '../options.js'
import type { Cause, Envelope } from '../protocol/envelope.js'
import type { Event, EventOf } from '../protocol/event.js'
import type { TaskState } from '../protocol/states.js'
import { parseTopic } from '../protocol/topic.js'
import { topicOf } from '../protocol/topic-of.js'
import type { View } from '../protocol/view.js'
import type { Absent, AbsentCourier } from '../recovery/absent.js'
import type { Keeper } from '../recovery/keeper.js'
import { tellPassedOver } from '../recovery/passed-over.js'
import type { Stage } from '../stage.js'
import type { Ballot } from '../vote/ballot.js'
import type { Poll } from '../vote/question.js'
import { type Acting, type EmitOptions, saidBy } from './acting.js'
import type { AgentActor, AnyActor, Host, Letter, SwarmActor, TaskActor, Turn } from './actor.js'
import type { DeadLettersOptions } from './dead-letters.js'
import type { AgentDefinition } from './definition.js'
import { Ends } from './ends.js'
import { EventLog } from './event-log.js'
import { freshId } from './fresh-id.js'
import { unsealable } from './in-the-clear.js'
import { Keys, type KeysOptions } from './keys.js'
import { type Kinds, kindsOf } from './kinds.js'
import { Mail, type Undelivered } from './mail.js'
import { openPoll } from './poll.js'
import { subjectOf, tenantIn } from './reach.js'
import { Scheduler } from './scheduler.js'
import { Schedules } from './schedules.js'
import type { Unhandled } from './unhandled.js'

export interface CoreOptions {
  readonly clock: Clock
  readonly ids: Ids
  readonly journal: Journal
  /** Whether the journal may outlive the system. */
  readonly lasting: boolean
  readonly keep: number
  readonly maxAgents: number
  readonly maxHops: number
  /** The names of what is not written down; undefined: everything is. */
  readonly redact: RegExp | undefined
  readonly keys: KeysOptions
  readonly deadLetters: DeadLettersOptions
  readonly onError: (error: TroupeError, where: string) => void
  /** The stage as an agent's handlers see it. */
  readonly stageFor: (agent: string, cause: Cause | undefined) => Stage
}

export class Core implements Host, ChannelSource {
  readonly clock: Clock
  readonly ids: Ids
  readonly journal: Journal
  readonly log: EventLog
  readonly maxAgents: number
  readonly maxHops: number
  readonly keys: Keys
  readonly mail: Mail
  readonly schedules = new Schedules(this)
  readonly attention = new Attention(this)
  /** It stands above all tenants. */
  readonly tenant = undefined
  readonly definitions = new Map<string, AgentDefinition>()
  readonly actors = new Map<string, AnyActor>()
  readonly ballots = new Map<string, Ballot>()
  draining = false
  stampsLetters = false
  /** What is undone last. */
  readonly closing: (() => void)[] = []
  within: Host['within']
  inspect: Host['inspect']
  tracer: Host['tracer']
  readonly stageFor: Host['stageFor']
  readonly #options: CoreOptions
  readonly #scheduler: Scheduler
  #kinds: Kinds | undefined
  #agents = 0
  readonly ends = new Ends(this)
  /** Agents that work elsewhere, and whose clients have not come back since the process began. */
  readonly absent = new Map<string, Absent & { readonly courier: AbsentCourier }>()
  stopped = false
  holding = false
  /** Whether nothing of a process before is left to be brought back. */
  fresh = false
  recovering = false
  #acting: Acting | undefined

  constructor(options: CoreOptions) {
    this.#options = options
    this.stageFor = options.stageFor
    this.clock = options.clock
    this.ids = options.ids
    this.journal = options.journal
    this.maxAgents = options.maxAgents
    this.maxHops = options.maxHops
    this.mail = new Mail(this, options.deadLetters)
    const { clock, journal, lasting, keep, redact } = options
    this.log = new EventLog({ clock, journal, lasting, keep, redact, report: (where, error) => this.report(where, error) })
    this.keys = new Keys({ clock, ids: options.ids, records: () => this.log.records }, options.keys)
    this.#scheduler = new Scheduler(options.clock, (error) => this.report('a turn of an actor', error))
  }

  get agents(): number {
    return this.#agents
  }
  get view(): View {
    return this.log.view
  }
  get keeper(): Keeper | undefined {
    return this.log.keeper
  }
  kept(): Promise<void> | undefined {
    return this.journal.committed()
  }
  emit(event: Exclude<Event, EventOf<'message'>>, options: EmitOptions = {}): Envelope {
    const { tenant = this.tenantOf(subjectOf(event)) } = options
    return this.log.append(topicOf(event), event, saidBy(this.#acting, event.type, { ...options, tenant }))
  }

  tenantOf(id: string): string | undefined {
    return tenantIn(this.view, id) ?? this.ends.tenantOf(id)
  }

  /** What happens while `run` runs is that speaker's doing. */
  acting<R>(speaker: Acting, run: () => R): R {
    const before = this.#acting
    this.#acting = speaker
    try {
      return run()
    } finally {
      this.#acting = before
    }
  }

  listen(pattern: string, hear: (envelope: Envelope) => void, ended?: () => void): () => void {
    return this.log.listen(pattern, hear, ended)
  }
  readonly isHeard = (topic: string): boolean => this.log.isHeard(topic)
  readonly whileHeard = (topic: string, begin: () => () => void): (() => void) => this.log.whileHeard(topic, begin)

  /** Nothing more will come: undoes what was begun, and ends the channels. */
  close(): void {
    this.stopped = true
    for (const close of this.closing.splice(0)) close()
    this.log.end()
  }

  async publish(
    topic: string,
    body: unknown,
    options: PublishOptions,
  ): Promise<{ readonly topic: string; readonly seq: number }> {
    return this.publishFrom('system', topic, body, options)
  }

  /** Carries a message on a topic. Throws `INVALID_MESSAGE` for what is not a topic, `JOURNAL_UNAVAILABLE` while too much waits to be kept. */
  publishFrom(
    from: string,
    topic: string,
    body: unknown,
    options: PublishOptions,
    cause?: Cause,
    tenant?: string,
  ): { topic: string; seq: number } {
    parseTopic(topic)
    const { refusal } = this.journal
    if (refusal) throw refusal
    const { priority = 'normal', ttl, metadata, signature = cause?.signature } = options
    const unfit = unsealable(options)
    if (unfit) throw unfit
    const said = metadata ? { metadata: { ...metadata } } : {}
    const entry = { source: from, priority, ttl, cause, signature, tenant }
    const { seq } = this.log.append(topic, { type: 'message', from, body, ...said }, entry)
    return { topic, seq }
  }

  get resting(): boolean {
    return this.#scheduler.resting
  }
  schedule(turn: Turn): void {
    this.#scheduler.schedule(turn)
  }

  deliver(to: string, letter: Letter): void {
    this.mail.deliver(to, letter)
  }

  deadLetter(to: string, letter: Undelivered, reason: EventOf<'system.dead-letter'>['reason']): void {
    this.mail.bury(to, letter, reason)
  }

  report(where: string, thrown: unknown, actor?: string): void {
    const error = toTroupeError(thrown)
    // The event tells what happened in words that are the operator's to read; who may hear `system.error` is decided at the door.
    const failure = { ...error.toJSON(), message: error.message.slice(0, 2_000) }
    this.emit(
      { type: 'system.error', where: where.slice(0, 256), error: failure, ...(actor ? { actor } : {}) },
      { priority: 'high' },
    )
    try {
      this.#options.onError(error, where)
    } catch (second) {
      console.error(`troupe: onError itself threw (${describeThrown(second)}) when told of ${where}: ${error.message}`)
    }
  }

  /** Follows what agents leave behind. */
  follow({ within, close }: Unhandled): void {
    this.within = within
    this.closing.push(close)
  }

  /** Code failed where nobody saw it: an agent's crashes the agent, as if its handler had thrown. */
  unhandled(reason: unknown, agent: string | undefined): void {
    const owner = agent === undefined ? undefined : this.agent(agent)
    if (owner && (owner.state === 'running' || owner.state === 'paused' || owner.state === 'spawning'))
      owner.crash(toTroupeError(reason, 'CRASHED'))
    else this.report(agent === undefined ? 'code that nobody waits for' : `code that agent ${agent} left behind`, reason, agent)
  }

  question(agent: string, text: string, options: QuestionOptions): ReturnType<Host['question']> {
    return askPerson(this.attention, agent, this.ids.next(), text, options)
  }

  propose(question: string, poll: Omit<Poll, 'id' | 'question'>): Ballot {
    return openPoll(this, { ...poll, question, id: this.newId(undefined) })
  }

  agent(id: string): AgentActor | undefined {
    const actor = this.actors.get(id)
    return actor?.kind === 'agent' ? actor : undefined
  }
  task(id: string): TaskActor | undefined {
    const actor = this.actors.get(id)
    return actor?.kind === 'task' ? actor : undefined
  }
  taskState(id: string): TaskState | undefined {
    return this.task(id)?.state ?? this.ends.of(id)
  }
  swarm(id: string): SwarmActor | undefined {
    const actor = this.actors.get(id)
    return actor?.kind === 'swarm' ? actor : undefined
  }

  /** Enters one that lived in a process before. */
  readmit<A extends AnyActor>(actor: A): A {
    this.actors.set(actor.id, actor)
    if (actor.kind === 'agent') this.#agents++
    return actor
  }

  /** Enters a new actor and starts it. */
  enter<A extends AnyActor>(actor: A): A {
    this.readmit(actor)
    if (!this.fresh) this.fresh = tellPassedOver(this)
    try {
      actor.start()
    } catch (thrown) {
      // What it was declared with could not be said, so nothing was.
      this.retire(actor)
      throw thrown
    }
    return actor
  }

  retire(actor: AnyActor): void {
    if (this.actors.delete(actor.id) && actor.kind === 'agent') this.#agents--
    if (actor.kind === 'agent') this.absent.delete(actor.id)
    if (actor.kind === 'agent') this.schedules.endOf(actor.id)
    if (actor.kind !== 'task') return
    this.ends.note(actor.id, actor.state, this.tenantOf(actor.id))
  }

  /** The id for something new, a child of `parent`. Throws when it is no id, or taken, or nothing new is taken in. */
  newId(wanted: string | undefined, parent?: string): string {
    return freshId(this, wanted, parent)
  }

  /** How actors of the declared kind are started. Throws `UNSUPPORTED` when nothing from `troupe/actors` was ever seen. */
  kindsFor(declaration: Parameters<typeof kindsOf>[0]): Kinds {
    this.#kinds = kindsOf(declaration) ?? this.#kinds
    if (this.#kinds) return this.#kinds
    throw new TroupeError(
      'UNSUPPORTED',
      'This system has no kinds of actors yet; make declarations with agent(), task() and swarm() of troupe/actors.',
    )
  }

  define(definition: AgentDefinition): void {
    this.kindsFor(definition)
    this.definitions.set(definition.name, definition)
  }
}
