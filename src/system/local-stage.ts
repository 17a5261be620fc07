/** The verbs of a system, said by somebody: the application, an agent's handler, or a client at the door. */
import { Channel } from '../channel.js'
import { TroupeError, toTroupeError } from '../errors.js'
import type { AskOptions, DeadLetterQuery, NotifyOptions, ScheduleOptions, SendOptions, StopOptions, When } from '../options.js'
import type { Envelope } from '../protocol/envelope.js'
import { type EventFilter, passes } from '../protocol/filter.js'
import type { Applied, DeadLetter } from '../protocol/reply.js'
import { type View, viewFromData, viewToData } from '../protocol/view.js'
import type { AgentRef, SwarmRef, TaskRef } from '../ref.js'
import type { ProposeOptions, Stage } from '../stage.js'
import type { Letter } from './actor.js'
import { tenantOfSwarm, tenantOfTask, tenantOfVoters } from './belonging.js'
import type { Core } from './core.js'
import { checkSpawn, checkSwarm, checkTask } from './declared.js'
import type {
  AgentDefinition,
  ApprovalDeclaration,
  GraphDeclaration,
  Member,
  SpawnOptions,
  SwarmDeclaration,
  TaskDeclaration,
} from './definition.js'
import { openPoll } from './poll.js'
import { Post, type Speaker } from './post.js'
import { type Reach, sees, viewWithin, within } from './reach.js'
import { LocalAgentRef } from './refs/agent.js'
import { LocalAttention } from './refs/attention.js'
import { LocalBallotRef } from './refs/ballot.js'
import { LocalClientRef } from './refs/client.js'
import type { RefStage } from './refs/ref.js'
import { LocalScheduleRef } from './refs/schedule.js'
import { LocalSwarmRef } from './refs/swarm.js'
import { LocalTaskRef } from './refs/task.js'
import { hostFor } from './scoped-host.js'

const idOf = (ref: string | { readonly id: string }) => (typeof ref === 'string' ? ref : ref.id)

type Declaration = AgentDefinition | TaskDeclaration | ApprovalDeclaration | GraphDeclaration | SwarmDeclaration

/** Its verbs take and give what `Stage` promises; `asStage` states the types, which follow from declarations that are erased here. */
export class LocalStage implements RefStage {
  readonly core: Core
  readonly #speaker: Speaker

  constructor(core: Core, speaker: Speaker) {
    this.core = core
    this.#speaker = speaker
    this.post = new Post(core, speaker)
  }

  get speaker(): string {
    return this.#speaker.id
  }
  get reach(): Reach | undefined {
    return this.#speaker.reach
  }
  acting<R>(run: () => R): R {
    return this.core.acting(this.#speaker, run)
  }

  // The overloads of `Stage` state what comes back for which declaration; here one body serves the three.
  spawn(declaration: Declaration, options: SpawnOptions = {}): never {
    return this.acting(() => this.#spawn(declaration, options))
  }

  #spawn(declaration: Declaration, options: SpawnOptions): never {
    switch (declaration.kind) {
      case 'agent':
        return this.#spawnAgent(declaration, options) as never
      case 'task':
      case 'approval':
      case 'graph':
        return this.#spawnTask(declaration) as never
      case 'swarm':
        return this.#spawnSwarm(declaration) as never
    }
  }

  send(to: string | Member, message: Letter['message'], options?: SendOptions): void {
    this.post.send(idOf(to), message, options)
  }

  ask(to: string | Member, message: Letter['message'], options?: AskOptions): Promise<unknown> {
    return this.post.ask(idOf(to), message, options)
  }

  channel(pattern: string, filter?: EventFilter): never {
    const { core } = this
    const { id, cause, reach } = this.#speaker
    const source = {
      listen: (covered: string, hear: Parameters<Core['listen']>[1], ended?: () => void, wanted?: EventFilter) => {
        const heard = wanted ? (envelope: Envelope) => (passes(wanted, envelope) ? hear(envelope) : undefined) : hear
        return core.listen(
          covered,
          reach ? (envelope) => (within(reach, envelope.tenant) ? heard(envelope) : undefined) : heard,
          ended,
        )
      },
      report: (where: string, error: unknown) => core.report(where, error),
      publish: async (topic: string, body: unknown, options: SendOptions) =>
        core.publishFrom(id, topic, body, options, cause, reach?.tenant),
    }
    return new Channel(source, pattern, filter) as never
  }

  async notify(text: string, { level = 'info' }: NotifyOptions = {}): Promise<Applied> {
    const { id: from, cause, reach } = this.#speaker
    const options = { source: from, priority: 'high', cause, signature: cause?.signature, tenant: reach?.tenant } as const
    return { id: this.core.emit({ type: 'system.notice', level, text, from }, options).id }
  }

  propose(question: string, options: ProposeOptions<string>): LocalBallotRef {
    const { core } = this
    let id = options.id ?? ''
    try {
      id = core.newId(options.id)
      const { voters, choices, rule, within, waits, metadata } = options
      const { cause, reach } = this.#speaker
      const electorate = 'kind' in voters ? { swarm: voters.id } : voters.map(idOf)
      const tenant = reach ? undefined : tenantOfVoters(electorate, (each) => core.tenantOf(each))
      const host = hostFor(core, reach, tenant)
      this.acting(() => openPoll(host, { id, question, choices, rule, within, waits, metadata, voters: electorate, cause }))
      return new LocalBallotRef(this, id, Promise.resolve())
    } catch (thrown) {
      return new LocalBallotRef(this, id, toTroupeError(thrown))
    }
  }

  agent(id: string): AgentRef {
    if (!this.#reaches(id)) return new LocalAgentRef(this, id, this.#absent(id))
    return new LocalAgentRef(this, id, this.core.agent(id)?.ready ?? this.#past(this.core.view.agents, id))
  }
  task(id: string): TaskRef {
    const { core } = this
    if (!this.#reaches(id)) return new LocalTaskRef(this, id, this.#absent(id))
    // That a task has ended is known for longer than what came of it.
    return new LocalTaskRef(this, id, core.task(id) ?? (core.taskState(id) ? Promise.resolve() : this.#past(core.view.tasks, id)))
  }
  swarm(id: string): SwarmRef {
    if (!this.#reaches(id)) return new LocalSwarmRef(this, id, this.#absent(id))
    return new LocalSwarmRef(this, id, this.core.swarm(id)?.ready ?? this.#past(this.core.view.swarms, id))
  }
  ballot(id: string): LocalBallotRef {
    const { ballots, view } = this.core
    // As the ref itself says of a ballot that is not there.
    const absent = () => new TroupeError('NOT_FOUND', `There is no ballot here with the id ${id}.`)
    const known = (ballots.has(id) || view.ballots.has(id)) && this.#reaches(id)
    return new LocalBallotRef(this, id, known ? Promise.resolve() : absent())
  }

  scheduled(id: string): LocalScheduleRef {
    return new LocalScheduleRef(this, id, Promise.resolve())
  }

  client(id: string): LocalClientRef {
    return new LocalClientRef(this.post, id)
  }

  async view(): Promise<View> {
    return viewFromData(viewToData(viewWithin(this.core.view, this.reach)))
  }

  /** Sends, asks and steers on behalf of whoever speaks. */
  readonly post: Post
  get attention(): LocalAttention {
    return new LocalAttention(this)
  }

  schedule(to: string | Member, message: Letter['message'], when: When, options: ScheduleOptions = {}): LocalScheduleRef {
    const { core } = this
    let id = options.id ?? ''
    try {
      id = core.newId(options.id)
      if (core.schedules.has(id)) throw new TroupeError('ID_TAKEN', `The id ${id} is that of a schedule; choose another.`)
      const agent = this.#reaches(idOf(to)) ? core.agent(idOf(to)) : undefined
      if (!agent) throw new TroupeError('NOT_FOUND', `There is no agent here with the id ${idOf(to)} that could hear a message.`)
      const { priority = 'normal' } = options
      const letter = { message: agent.check(message), priority, from: this.#speaker.id }
      this.acting(() => core.schedules.create(id, agent, letter, when))
      return new LocalScheduleRef(this, id, Promise.resolve())
    } catch (thrown) {
      return new LocalScheduleRef(this, id, toTroupeError(thrown))
    }
  }

  async deadLetters(query?: DeadLetterQuery): Promise<readonly DeadLetter[]> {
    return this.core.mail.dead.list(query, this.reach)
  }
  async replay(id: string): Promise<Applied> {
    this.core.mail.replay(id, this.#speaker.id, this.reach)
    return { id }
  }

  stop(_options?: StopOptions): Promise<void> {
    return Promise.reject(
      new TroupeError(
        'FORBIDDEN',
        'Only whoever created the system may stop it; an agent stops itself with scope.stage.agent(scope.id).stop().',
      ),
    )
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve()
  }

  #spawnAgent(definition: AgentDefinition, options: SpawnOptions): AgentRef {
    const { core } = this
    let id = options.id ?? ''
    try {
      id = core.newId(options.id, this.#speaker.parent)
      if (core.agents >= core.maxAgents)
        throw new TroupeError(
          'TOO_MANY',
          `${core.maxAgents} agents live here already, as many as may; stop one, or raise maxAgents.`,
        )
      checkSpawn(definition, options)
      const read = definition.options ? checkOptions(definition, options.options) : options.options
      const kinds = core.kindsFor(definition)
      const { reach, parent } = this.#speaker
      const own = reach || parent === undefined ? undefined : core.tenantOf(parent)
      const host = hostFor(core, reach, options.tenant ?? own)
      const agent = host.enter(kinds.agent(host, definition, { ...options, options: read, id, parent: this.#speaker.parent }))
      return new LocalAgentRef(this, id, agent.ready)
    } catch (thrown) {
      return new LocalAgentRef(this, id, toTroupeError(thrown))
    }
  }

  #spawnTask(declaration: TaskDeclaration | ApprovalDeclaration | GraphDeclaration): TaskRef {
    const { core } = this
    let id = declaration.id ?? ''
    try {
      id = core.newId(declaration.id)
      checkTask(declaration)
      const { cause = {}, id: from, reach } = this.#speaker
      const host = hostFor(core, reach, reach ? undefined : tenantOfTask(declaration, (each) => core.tenantOf(each)))
      return new LocalTaskRef(this, id, host.enter(core.kindsFor(declaration).task(host, { ...declaration, id }, cause, from)))
    } catch (thrown) {
      return new LocalTaskRef(this, id, toTroupeError(thrown))
    }
  }

  #spawnSwarm(declaration: SwarmDeclaration): SwarmRef {
    const { core } = this
    let id = declaration.id ?? ''
    try {
      id = core.newId(declaration.id)
      checkSwarm(declaration)
      const { cause = {}, reach } = this.#speaker
      const host = hostFor(core, reach, reach ? declaration.tenant : tenantOfSwarm(declaration, (each) => core.tenantOf(each)))
      const swarm = host.enter(core.kindsFor(declaration).swarm(host, { ...declaration, id }, cause))
      return new LocalSwarmRef(this, id, swarm.ready)
    } catch (thrown) {
      return new LocalSwarmRef(this, id, toTroupeError(thrown))
    }
  }

  #reaches(id: string): boolean {
    return sees(this.core, this.#speaker.reach, id)
  }

  /** What has ended is known, though nothing can be done with it. */
  #past(known: ReadonlyMap<string, unknown>, id: string): Promise<void> | TroupeError {
    return known.has(id) ? Promise.resolve() : this.#absent(id)
  }

  #absent(id: string): TroupeError {
    return new TroupeError('NOT_FOUND', `There is nothing here with the id ${id}.`)
  }
}

const checkOptions = (definition: AgentDefinition, given: unknown): unknown => {
  const read = definition.options?.safeParse(given ?? {})
  if (!read || read.success) return read?.data
  const [issue] = read.error.issues
  const where = issue && issue.path.length > 0 ? ` at ${issue.path.join('.')}` : ''
  throw new TroupeError(
    'INVALID_MESSAGE',
    `The options for agent ${definition.name} do not fit${where}: ${issue?.message.slice(0, 300) ?? 'unknown'}.`,
  )
}

/** The local stage with the types that its overloads promise. */
export const asStage = (stage: LocalStage): Stage => stage as unknown as Stage
