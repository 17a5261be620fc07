/** A swarm at work: members with roles, a topology between them, and tasks that it hands to whoever can do them. */
import { TroupeError } from '../../src/errors.js'
import type { StopOptions } from '../../src/options.js'
import type { Event, EventOf } from '../../src/protocol/event.js'
import type { SwarmSummary } from '../../src/protocol/reply.js'
import type { SwarmState, Topology } from '../../src/protocol/states.js'
import type { Host, Letter, SwarmActor, TaskActor } from '../../src/system/actor.js'
import type { SwarmDeclaration } from '../../src/system/definition.js'
import type { SwarmPast } from '../../src/system/kinds.js'
import { Chronicle } from './chronicle.js'
import { Crew, memberOf, needAgent } from './crew.js'
import { Election } from './election.js'
import { handOver } from './hand-over.js'
import { Health } from './health.js'
import { SwarmLife } from './life.js'
import { Pool } from './pool.js'
import { dropSwarm, keepSwarm } from './record.js'
import { Switchboard } from './switchboard.js'
import type { Progress } from './tally.js'
import { Tasks } from './tasks.js'
import { windUp } from './wind-up.js'

export class Swarm implements SwarmActor {
  readonly kind = 'swarm'
  readonly id: string
  /** It exists from its creation on, also while it has no members. */
  readonly ready = Promise.resolve()
  readonly ended: Promise<void>
  readonly #host: Host
  readonly #declared: SwarmDeclaration & { readonly id: string }
  readonly #past: SwarmPast | undefined
  readonly #life: SwarmLife
  readonly #chronicle: Chronicle
  readonly #crew: Crew
  readonly #election: Election
  readonly #switchboard: Switchboard
  readonly #pool: Pool
  readonly #health: Health
  readonly #tasks: Tasks
  /** Whether it was paused: only a resume undoes that, no crash and no new member. */
  #pauseWanted: boolean
  #cancelDeadline: () => void = () => {}
  #waiting: ((summary: SwarmSummary) => void)[] = []
  #settleEnded: () => void = () => {}

  /** `past`: how it was in the process before. */
  constructor(host: Host, declared: SwarmDeclaration & { id: string }, past?: SwarmPast) {
    const { id, topology = 'star' } = declared
    for (const member of declared.members ?? []) needAgent(host, memberOf(member).id)
    this.id = id
    this.#host = host
    this.#past = past
    this.#pauseWanted = past?.record.paused ?? false
    this.#chronicle = new Chronicle(id, host)
    this.#life = new SwarmLife(id, host, this.#chronicle, past?.view)
    this.#declared = declared
    this.#tasks = new Tasks({
      host,
      past: past && { ...past.record, startedAt: past.view.createdAt, said: past.view },
      heard: (event) => this.#chronicle.note(event),
      ended: (task) => {
        this.#pool.remove(task)
        this.#keep()
        this.#handOut()
      },
      moved: (news) => {
        this.#progressed(news)
        this.#maybeCompleted()
      },
    })
    const emit = (event: Exclude<Event, EventOf<'message'>>) => this.#emit(event)
    const crew = new Crew(host, (agent, event) => this.#memberChanged(agent, event))
    const election: Election = new Election({ id, host, crew, emit, changed: () => this.#switchboard.flush() })
    this.#crew = crew
    this.#election = election
    this.#switchboard = new Switchboard({ id, host, crew, election, topology: past?.view.topology ?? topology, emit })
    this.#health = new Health(host.clock, crew, (health) => emit({ type: 'swarm.health', id, health }))
    this.#pool = new Pool({
      members: () => crew.agents.filter((agent) => agent.state === 'running'),
      unplaceable: (task, missing) =>
        emit({ type: 'swarm.log', id, level: 'warn', text: `No member can do task ${task.id}: ${missing}.`.slice(0, 10_000) }),
      handedOver: (task, from, to, reason) => emit({ type: 'swarm.handed-over', id, task: task.id, from, to, reason }),
      roomy: () => this.#handOut(),
      chosen: past?.record.chosen,
    })
    this.ended = new Promise((resolve) => {
      this.#settleEnded = resolve
    })
  }

  get members(): ReadonlyMap<string, { readonly role?: string | undefined }> {
    return this.#crew.members
  }
  get state(): SwarmState {
    return this.#life.state
  }

  start(): void {
    this.#limit(this.#life.created(this.#declared, this.#switchboard.topology))
    this.#keep()
    const members = (this.#declared.members ?? []).map(memberOf)
    for (const { id, role } of members) this.#admit(id, role)
    // Formed when all have joined that it begins with.
    if (members.length > 0) this.#goOn()
  }

  rejoin(): void {
    const { members, coordinator } = this.#past?.view ?? { members: [] }
    for (const { id, role } of members) this.#crew.add(id, role)
    this.#election.restore(coordinator)
    this.#switchboard.resume()
  }

  goOn(): void {
    if (this.state === 'dissolving') return void this.#dissolve(0, 'the process that it lived in has ended')
    for (const id of this.#crew.ids) if (!this.#host.agent(id)) this.leave(id, 'it could not be restored')
    this.#keep()
    this.#limit(this.#past?.view.deadline)
    this.#election.goOn()
    this.#health.look()
    this.#progressed(this.#tasks.news())
    this.#handOut()
    this.#maybeCompleted()
  }

  join(agent: string, role?: string): void {
    if (this.#life.over) this.#refuse('take members')
    needAgent(this.#host, agent)
    this.#admit(agent, role)
    this.#goOn()
  }

  #admit(agent: string, role: string | undefined): void {
    this.#crew.add(agent, role)
    this.#emit({ type: 'swarm.member', id: this.id, agent, change: 'joined', ...(role ? { role } : {}) })
    this.#election.joined(agent, role)
    this.#switchboard.resized()
    this.#health.look()
  }

  /** With members that it has now. */
  #goOn(): void {
    if (this.state === 'crashed') this.#life.move('REFORM')
    if (this.state === 'forming') this.#life.move('FORMED', 'working')
    if (this.#pauseWanted) this.#life.move('PAUSE')
    this.#handOut()
    this.#maybeCompleted()
  }

  leave(agent: string, reason?: string): void {
    if (!this.#crew.remove(agent)) throw new TroupeError('NOT_FOUND', `Agent ${agent} is not a member of swarm ${this.id}.`)
    if (this.#pool.left(agent)) this.#keep()
    this.#emit({ type: 'swarm.member', id: this.id, agent, change: 'left', ...(reason ? { reason } : {}) })
    if (this.state === 'dissolving') return
    this.#election.lost(agent, `${agent} left`)
    this.#switchboard.resized()
    this.#health.look()
    if (this.#crew.size === 0 && !this.#host.draining) this.#life.move('CRASH', 'crashed', 'its last member left')
    this.#maybeCompleted()
  }

  adopt(task: TaskActor): void {
    if (this.#life.over) return void task.cancel(new TroupeError('NOT_RUNNING', `Swarm ${this.id} is dissolving.`))
    this.#tasks.add(task)
    if (this.#life.phase === 'completed') this.#life.enter('working')
    this.#progressed(this.#tasks.news())
  }

  readopt(task: TaskActor, percent: number): void {
    this.#tasks.add(task, percent)
  }
  lost(state: 'failed' | 'cancelled'): void {
    this.#tasks.lost(state)
  }
  take(task: TaskActor): void {
    this.#pool.add(task)
    this.#handOut()
  }
  send(to: string, letter: Letter): void {
    this.#switchboard.send(to, letter)
  }

  rewire(topology: Topology, reason?: string): void {
    if (this.#life.over) this.#refuse('be rewired')
    this.#switchboard.rewire(topology, reason)
  }

  handOver(id: string, to: string | undefined, reason: string): string {
    const task = this.#tasks.get(id)
    const { from, taker } = handOver({ swarm: this.id, id, task, to, reason, pool: this.#pool, crew: this.#crew })
    this.#keep()
    if (from === undefined) this.#handOut()
    return taker
  }

  pause(): readonly string[] {
    if (!this.#pauseWanted) {
      if (!this.#life.move('PAUSE')) this.#refuse('be paused')
      this.#pauseWanted = true
      this.#keep()
      this.#tasks.hold(this.id, true)
    }
    return this.#crew.agents.filter((agent) => agent.underWay).map((agent) => agent.id)
  }

  resume(): void {
    if (this.state === 'running') return
    if (!this.#pauseWanted || this.#life.over) this.#refuse('be resumed')
    this.#pauseWanted = false
    this.#keep()
    // One that has crashed meanwhile has nobody to go on with yet, but will be running when it has.
    this.#life.move('RESUME')
    this.#tasks.hold(this.id, false)
    this.#handOut()
    this.#maybeCompleted()
  }

  async stop(options: StopOptions = {}): Promise<void> {
    const { reason = 'it was asked for', force = false, grace = 0 } = options
    if (!this.#life.move('DISSOLVE', 'dissolving', reason)) return this.ended
    return this.#dissolve(force ? 0 : grace, reason)
  }

  async #dissolve(grace: number, reason: string): Promise<void> {
    this.#cancelDeadline()
    this.#election.close()
    this.#switchboard.close()
    this.#health.close()
    const why = new TroupeError('CANCELLED', `Swarm ${this.id} was dissolved: ${reason}.`)
    await windUp(this.#tasks.open, this.#host.clock, grace, why)
    for (const id of this.#crew.ids) this.leave(id, 'the swarm dissolved')
    this.#tasks.close()
    this.#life.move('ENDED', 'dissolved')
    this.#answer()
    dropSwarm(this.#host, this.id)
    this.#host.retire(this)
    this.#settleEnded()
  }

  complete(): Promise<SwarmSummary> {
    if (this.#life.phase === 'completed' || this.state === 'dissolved' || (this.state === 'crashed' && this.#tasks.allFinal))
      return Promise.resolve(this.#tasks.summary)
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  #memberChanged(agent: string, event: EventOf<'agent.status'>): void {
    const { state, busy } = event
    this.#chronicle.note(event)
    if (state === 'stopped') this.leave(agent, 'it stopped')
    else if (state === 'crashed') {
      this.#health.crashed()
      this.#election.lost(agent, `${agent} crashed`)
    } else this.#health.look()
    if (state === 'running') this.#election.ready()
    if (state === 'running' && !busy) this.#handOut()
    this.#maybeCompleted()
  }

  #handOut(): void {
    if (this.state === 'running') this.#pool.handOut()
  }

  /** `ends`: when its tasks have to be over, milliseconds since the epoch; of one that comes back, that may be long ago. */
  #limit(ends: number | undefined): void {
    if (ends === undefined) return
    const why = new TroupeError('TIMEOUT', `Swarm ${this.id} was not done by its deadline of ${this.#declared.deadline} ms.`)
    if (this.#past && ends <= this.#host.clock.now()) this.#tasks.cancel(why)
    else this.#cancelDeadline = this.#host.clock.after(ends - this.#host.clock.now(), () => this.#tasks.cancel(why))
  }

  #keep(): void {
    keepSwarm(this.#host, this.#declared, { ...this.#tasks.summary, paused: this.#pauseWanted, chosen: this.#pool.chosen })
  }

  #progressed(news: Progress | undefined): void {
    if (news) this.#emit({ type: 'swarm.progress', id: this.id, ...news })
  }

  #maybeCompleted(): void {
    if (!this.#tasks.allFinal) return
    // Without members it cannot complete, but whoever waits for its tasks has nothing more to wait for.
    if (this.state === 'crashed') return this.#answer()
    if (this.#life.phase !== 'working' || (this.state !== 'running' && this.state !== 'paused')) return
    if (this.#crew.agents.some((agent) => agent.load > 0)) return
    this.#life.enter('completed')
    this.#answer()
  }

  #answer(): void {
    for (const tell of this.#waiting.splice(0)) tell(this.#tasks.summary)
  }

  #emit(event: Exclude<Event, EventOf<'message'>>): void {
    this.#chronicle.say(event)
  }

  #refuse(what: string): never {
    throw new TroupeError('INVALID_STATE', `Swarm ${this.id} is ${this.state} and cannot ${what}.`)
  }
}
