/** Brings back what lived in a process before, from what its journal kept. */
import { TroupeError, toTroupeError } from '../errors.js'
import { type AgentView, isFinal, type SwarmView, type TaskView } from '../protocol/view.js'
import type { AgentActor, AnyActor, SwarmActor, TaskActor } from '../system/actor.js'
import type { Core } from '../system/core.js'
import type { AgentDefinition } from '../system/definition.js'
import { openPoll } from '../system/poll.js'
import { hostFor, hostWithin } from '../system/scoped-host.js'
import { AbsentCourier } from './absent.js'
import { goOnWithConcerns, settleConcerns } from './concerns.js'
import { type Found, type Keeper, unfitOf } from './keeper.js'
import type { AgentRecord, RecordOf } from './records.js'
import { exhume, redeliver } from './redelivery.js'
import { readView } from './view-record.js'

/** What could not be brought back, and why. What was remembered of it is kept aside. */
export interface SetAside {
  readonly kind: keyof RecordOf | 'view'
  readonly id: string
  readonly reason: string
}

/** What was brought back, by id. */
export interface Recovered {
  readonly agents: readonly string[]
  readonly tasks: readonly string[]
  readonly swarms: readonly string[]
  readonly ballots: readonly string[]
  readonly schedules: readonly string[]
  /** How many messages that were accepted from outside are delivered again. */
  readonly letters: number
  readonly aside: readonly SetAside[]
}

/** Those that waited with somebody come first, in the order in which they did. */
const inOrder = (tasks: readonly TaskActor[], places: readonly string[]): TaskActor[] => {
  const place = new Map(places.map((id, at) => [id, at]))
  const of = ({ id }: TaskActor) => place.get(id) ?? places.length
  return [...tasks].sort((a, b) => of(a) - of(b))
}

/** Whether it is a part that has ended, of a graph that goes on and still asks how. */
const isAskedFor = (core: Core, found: Found<'agent' | 'task' | 'swarm'>): boolean => {
  if (!('record' in found && 'ended' in found.record && found.record.ended)) return false
  const { parent } = found.record.declared
  return parent !== undefined && core.task(typeof parent === 'string' ? parent : parent.id) !== undefined
}

const restarted = 'the process that it lived in has ended'

class Recovery {
  readonly #core: Core
  readonly #keeper: Keeper
  readonly #aside: SetAside[] = []

  constructor(core: Core, keeper: Keeper) {
    this.#core = core
    this.#keeper = keeper
  }

  async run(): Promise<Recovered> {
    const core = this.#core
    const { view, unfit } = await readView(core.journal, core.log.keep)
    Object.assign(core.view, view)
    core.log.whole = true
    if (unfit) this.#lament('view', 'view', unfit)
    core.ends.goOn()
    for (const { id, state, tenant } of view.tasks.values())
      if (isFinal(state) && !core.ends.of(id)) core.ends.note(id, state, tenant)
    // Their sessions are their bridge's, which says of whom it knows nothing that they are gone.
    for (const { id: session, client: id, state, tenant, ...rest } of [...view.clients.values()])
      if (state === 'connected')
        core.emit({ type: 'client.status', id, session, state: 'away', from: state, ...rest }, { source: id, tenant })
    const lament = (...what: [SetAside['kind'], string, string]) => this.#lament(...what)
    const places = [...view.agents.values()].flatMap(({ queue }) => queue)
    // First, so that what is buried from here on is the newest.
    exhume(core, this.#keeper, lament)
    goOnWithConcerns(core)
    const agents = this.#each(core.view.agents, (agent) => this.#agent(agent))
    const swarms = this.#each(core.view.swarms, (swarm) => this.#swarm(swarm))
    const tasks = this.#each(core.view.tasks, (task) => this.#task(task))
    // Whoever begins anew may spawn.
    core.recovering = false
    for (const agent of agents) agent.rejoin()
    for (const agent of agents) agent.goOn()
    for (const swarm of swarms) swarm.rejoin()
    for (const task of tasks) task.rejoin()
    for (const { id } of agents) this.#emptyQueue(id)
    for (const task of inOrder(tasks, places)) task.goOn()
    const ballots = this.#ballots()
    for (const swarm of swarms) swarm.goOn()
    const schedules = this.#schedules()
    const letters = redeliver(core, this.#keeper, lament)
    this.#orphans()
    settleConcerns(core)
    core.log.writeView()
    await core.kept()
    const ids = (actors: readonly AnyActor[]) => actors.map(({ id }) => id)
    return { agents: ids(agents), tasks: ids(tasks), swarms: ids(swarms), ballots, schedules, letters, aside: this.#aside }
  }

  /** All that are not final, in the order in which they came. */
  #each<V extends { readonly id: string; readonly state: AgentView['state'] | SwarmView['state'] | TaskView['state'] }, A>(
    views: ReadonlyMap<string, V>,
    bring: (view: V) => A | undefined,
  ): A[] {
    const open = [...views.values()].filter(({ state }) => !isFinal(state))
    return open.flatMap((view) => bring(view) ?? [])
  }

  /** Its record, and the host that it goes on in: as far as it reached before. Throws the reason where it cannot go on. */
  #found<K extends keyof RecordOf>(
    kind: K,
    id: string,
  ): { readonly record: RecordOf[K]; readonly host: ReturnType<typeof hostWithin> } {
    const found: Found<K> | undefined = this.#keeper.get(kind, id)
    const unfit = found ? unfitOf(found) : 'nothing was written down of it'
    if (found && 'record' in found && unfit === undefined)
      return { record: found.record, host: hostWithin(this.#core, found.reach) }
    throw new TroupeError('FAILED', `${kind} ${id} could not be brought back: ${unfit}.`)
  }

  #lament(kind: SetAside['kind'], id: string, reason: string): void {
    this.#aside.push({ kind, id, reason })
    if (kind !== 'view') this.#keeper.setAside(kind, id)
    this.#core.report(`bringing back ${kind} ${id}`, new TroupeError('FAILED', reason))
  }

  #isAside(agent: string): boolean {
    return this.#aside.some(({ kind, id }) => kind === 'agent' && id === agent)
  }

  #enter<A extends AnyActor>(actor: A): A {
    return this.#core.readmit(actor)
  }

  #agent(view: AgentView): AgentActor | undefined {
    const { id, state } = view
    if (view.parent !== undefined) return this.#gone(view, 'its parent begins anew')
    if (state === 'stopping') return this.#gone(view, restarted)
    try {
      const { record, host } = this.#found('agent', id)
      const definition = record.external ? this.#elsewhere(view, record.external) : this.#core.definitions.get(record.definition)
      if (!definition)
        throw new TroupeError(
          'UNKNOWN_DEFINITION',
          `Agent ${id} could not be brought back: no definition ${record.definition} is known; hand it to recover().`,
        )
      const kinds = this.#core.kindsFor(definition)
      return this.#enter(kinds.agent(host, definition, { ...record.options, id }, { ...view, paused: record.paused }))
    } catch (thrown) {
      const error = toTroupeError(thrown)
      this.#lament('agent', id, error.message)
      this.#keeper.setAside('memory', id)
      return this.#gone(view, error.message, error)
    }
  }

  #elsewhere({ id, tenant }: AgentView, { declared, source }: NonNullable<AgentRecord['external']>): AgentDefinition {
    const core = this.#core
    const courier = new AbsentCourier()
    const crash = (error: Error) => core.agent(id)?.crash(toTroupeError(error, 'CRASHED'))
    core.absent.set(id, { declared, source, tenant, courier, crash })
    return core.kindsFor({}).external(declared, courier, source)
  }

  #gone({ id, state }: AgentView, reason: string, error?: TroupeError): undefined {
    const core = this.#core
    const failure = error ? { error: error.toJSON() } : {}
    const how = { type: 'agent.status', id, busy: false, reason, ...failure } as const
    if (state !== 'stopping') core.emit({ ...how, state: 'stopping', from: state }, { source: id })
    core.emit({ ...how, state: 'stopped', from: 'stopping' }, { source: id })
    this.#keeper.drop('agent', id)
    this.#keeper.drop('memory', id)
  }

  #swarm(view: SwarmView): SwarmActor | undefined {
    const { id } = view
    const core = this.#core
    try {
      const { record, host } = this.#found('swarm', id)
      return this.#enter(core.kindsFor({}).swarm(host, { ...record.declared, id }, {}, { view, record }))
    } catch (thrown) {
      const reason = toTroupeError(thrown).message
      this.#lament('swarm', id, reason)
      const how = { type: 'swarm.status', id, reason } as const
      if (view.state !== 'dissolving')
        core.emit({ ...how, state: 'dissolving', phase: 'dissolving', from: view.state }, { source: id })
      core.emit({ ...how, state: 'dissolved', phase: 'dissolved', from: 'dissolving' }, { source: id })
      return undefined
    }
  }

  #task(view: TaskView): TaskActor | undefined {
    const { id, parent } = view
    const core = this.#core
    const whole = parent === undefined ? undefined : core.taskState(parent)
    if (whole !== undefined && isFinal(whole))
      return this.#ended(
        view,
        'cancelled',
        new TroupeError('CANCELLED', `The task ${parent}, of which this one is a part, has ended.`),
      )
    try {
      const { record, host } = this.#found('task', id)
      const { declared, cause, from } = record
      if (this.#isAside(view.to))
        throw new TroupeError('NOT_FOUND', `Agent ${view.to}, who was to do task ${id}, could not be brought back.`)
      return this.#enter(core.kindsFor({}).task(host, { ...declared, id }, cause, from, { view, record }))
    } catch (thrown) {
      const error = toTroupeError(thrown)
      this.#lament('task', id, error.message)
      return this.#ended(view, 'failed', error)
    }
  }

  #ended({ id, state: from, attempt, swarm, tenant }: TaskView, state: 'failed' | 'cancelled', error: TroupeError): undefined {
    const core = this.#core
    core.emit({ type: 'task.status', id, state, blocked: false, from, attempt, error: error.toJSON() })
    core.ends.note(id, state, tenant)
    this.#keeper.drop('task', id)
    if (swarm !== undefined) core.swarm(swarm)?.lost(state)
  }

  /** What waited for it is placed anew, in front of everybody who watches its queue. */
  #emptyQueue(id: string): void {
    const waiting = [...(this.#core.view.agents.get(id)?.queue ?? [])]
    for (const [at, task] of waiting.entries()) {
      const length = waiting.length - at - 1
      this.#core.emit({ type: 'agent.queue', id, change: 'left', task, position: 1, length }, { source: id })
    }
  }

  /** What is remembered of actors that are not there: they have ended, or no event tells of them any more, as too much was forgotten. */
  #orphans(): void {
    const { actors, view } = this.#core
    const views = { agent: view.agents, task: view.tasks, swarm: view.swarms }
    for (const kind of ['agent', 'task', 'swarm'] as const)
      for (const found of this.#keeper.all(kind)) {
        if (actors.has(found.id) || isAskedFor(this.#core, found)) continue
        const ended = views[kind].has(found.id) || ('record' in found && 'ended' in found.record && found.record.ended)
        if (ended) this.#keeper.drop(kind, found.id)
        else this.#lament(kind, found.id, 'nothing that the journal still keeps tells of it; keep its topics longer')
      }
  }

  #ballots(): string[] {
    const core = this.#core
    const open = [...core.view.ballots.values()].filter(({ state }) => !isFinal(state))
    for (const view of open) {
      const found = this.#keeper.get('ballot', view.id)
      const { record, reach } = found && 'record' in found ? found : { record: {}, reach: undefined }
      const { fallback, waits, passing, cause } = record
      const host = reach ? hostWithin(core, reach) : hostFor(core, undefined, view.tenant)
      const { id, question, choices, rule, metadata, voters } = view
      openPoll(host, { id, question, choices, rule, metadata, voters, fallback, waits, passing, cause }, view)
    }
    return open.flatMap(({ id }) => (core.ballots.get(id)?.open ? [id] : []))
  }

  #schedules(): string[] {
    return this.#keeper.all('schedule').flatMap((found) => {
      const unfit = unfitOf(found)
      if (!('record' in found) || unfit !== undefined) return this.#lament('schedule', found.id, unfit ?? '') ?? []
      const { agent } = found.record
      if (this.#core.agent(agent)) {
        this.#core.schedules.goOn(found.id, found.record)
        return [found.id]
      }
      if (this.#isAside(agent)) this.#lament('schedule', found.id, `Agent ${agent}, to whom it sends, could not be brought back.`)
      this.#core.schedules.gone(found.id, found.record)
      return []
    })
  }
}

/** Throws `INVALID_STATE` where there is something already, and `UNSUPPORTED` where nothing is kept, or nothing that actors are made of is known. */
export const recover = async (core: Core): Promise<Recovered> => {
  const { keeper } = core
  if (!keeper)
    throw new TroupeError('UNSUPPORTED', 'Nothing is kept here to be brought back; hand a journal to createSystem that lasts.')
  if (core.stopped || core.draining)
    throw new TroupeError('CLOSED', 'This system has stopped; nothing can be brought back in it.')
  if (core.fresh || core.actors.size > 0 || core.ballots.size > 0)
    throw new TroupeError('INVALID_STATE', 'What lived before is brought back once and first, before anything is spawned.')
  // Agents are kept aside where their definition is not known; where nothing is known at all, nothing is touched.
  if (keeper.all('task').length > 0 || keeper.all('swarm').length > 0) core.kindsFor({})
  core.fresh = true
  core.recovering = true
  try {
    return await new Recovery(core, keeper).run()
  } finally {
    core.recovering = false
  }
}
