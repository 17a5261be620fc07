/** A swarm at work: members with roles, a topology between them, and tasks that it hands to whoever can do them. */
import { TroupeError } from '../../src/errors.js'
import type { StopOptions } from '../../src/options.js'
import type { Event, EventOf } from '../../src/protocol/event.js'
import type { SwarmSummary } from '../../src/protocol/reply.js'
import type { SwarmState, Topology } from '../../src/protocol/states.js'
import type { Host, Letter, SwarmActor, TaskActor } from '../../src/system/actor.js'
import type { SwarmDeclaration } from '../../src/system/definition.js'
import { live } from '../../src/system/machine.js'
import { Chronicle } from './chronicle.js'
import { Crew, needAgent } from './crew.js'
import { Election } from './election.js'
import { handOver } from './hand-over.js'
import { Health } from './health.js'
import { swarmMachine } from './machine.js'
import { Pool } from './pool.js'
import { Switchboard } from './switchboard.js'
import type { Progress } from './tally.js'
import { Tasks } from './tasks.js'
import { windUp } from './wind-up.js'

const idOf = (ref: string | { readonly id: string }) => (typeof ref === 'string' ? ref : ref.id)

const memberOf = (member: NonNullable<SwarmDeclaration['members']>[number]): { id: string; role: string | undefined } =>
  typeof member === 'object' && 'agent' in member
    ? { id: idOf(member.agent), role: member.role }
    : { id: idOf(member), role: undefined }

export class Swarm implements SwarmActor {
  readonly kind = 'swarm'
  readonly id: string
  /** It exists from its creation on, also while it has no members. */
  readonly ready = Promise.resolve()
  readonly ended: Promise<void>
  state: SwarmState = 'forming'
  readonly #host: Host
  readonly #declared: SwarmDeclaration
  readonly #life
  readonly #chronicle: Chronicle
  readonly #crew: Crew
  readonly #election: Election
  readonly #switchboard: Switchboard
  readonly #pool: Pool
  readonly #health: Health
  readonly #tasks: Tasks
  #phase = 'forming'
  /** Whether it was paused: only a resume undoes that, no crash and no new member. */
  #pauseWanted = false
  #cancelDeadline: () => void = () => {}
  #waiting: ((summary: SwarmSummary) => void)[] = []
  #settleEnded: () => void = () => {}

  constructor(host: Host, declared: SwarmDeclaration & { id: string }) {
    const { id, topology = 'star' } = declared
    for (const member of declared.members ?? []) needAgent(host, memberOf(member).id)
    this.id = id
    this.#host = host
    this.#life = live(swarmMachine, id, host.inspect)
    this.#chronicle = new Chronicle(id, host)
    this.#declared = declared
    this.#tasks = new Tasks({
      host,
      heard: (event) => this.#chronicle.note(event),
      ended: (task) => {
        this.#pool.remove(task)
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
    this.#switchboard = new Switchboard({ id, host, crew, election, topology, emit })
    this.#health = new Health(host.clock, crew, (health) => emit({ type: 'swarm.health', id, health }))
    this.#pool = new Pool({
      members: () => crew.agents.filter((agent) => agent.state === 'running'),
      unplaceable: (task, missing) =>
        emit({ type: 'swarm.log', id, level: 'warn', text: `No member can do task ${task.id}: ${missing}.`.slice(0, 10_000) }),
      handedOver: (task, from, to, reason) => emit({ type: 'swarm.handed-over', id, task: task.id, from, to, reason }),
      roomy: () => this.#handOut(),
    })
    this.ended = new Promise((resolve) => {
      this.#settleEnded = resolve
    })
  }

  get members(): ReadonlyMap<string, { readonly role?: string | undefined }> {
    return this.#crew.members
  }

  get #over(): boolean {
    return this.state === 'dissolving' || this.state === 'dissolved'
  }

  start(): void {
    const { goal, name = goal.slice(0, 80), deadline, metadata } = this.#declared
    const ends = deadline === undefined ? undefined : this.#host.clock.now() + deadline
    // Said by whoever forms it.
    this.#host.emit({
      type: 'swarm.created',
      id: this.id,
      name: name.slice(0, 256),
      goal,
      topology: this.#switchboard.topology,
      ...(ends === undefined ? {} : { deadline: ends }),
      ...(metadata ? { metadata: { ...metadata } } : {}),
    })
    if (deadline !== undefined) this.#cancelDeadline = this.#host.clock.after(deadline, () => this.#expired(deadline))
    const members = (this.#declared.members ?? []).map(memberOf)
    for (const { id, role } of members) this.#admit(id, role)
    // Formed when all have joined that it begins with.
    if (members.length > 0) this.#goOn()
  }

  join(agent: string, role?: string): void {
    if (this.#over) this.#refuse('take members')
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
    if (this.state === 'crashed') this.#move('REFORM')
    if (this.state === 'forming') this.#move('FORMED', 'working')
    if (this.#pauseWanted) this.#move('PAUSE')
    this.#handOut()
  }

  leave(agent: string, reason?: string): void {
    if (!this.#crew.remove(agent)) throw new TroupeError('NOT_FOUND', `Agent ${agent} is not a member of swarm ${this.id}.`)
    this.#pool.left(agent)
    this.#emit({ type: 'swarm.member', id: this.id, agent, change: 'left', ...(reason ? { reason } : {}) })
    if (this.state === 'dissolving') return
    this.#election.lost(agent, `${agent} left`)
    this.#switchboard.resized()
    this.#health.look()
    if (this.#crew.size === 0 && !this.#host.draining) this.#move('CRASH', 'crashed', 'its last member left')
  }

  adopt(task: TaskActor): void {
    if (this.#over) return void task.cancel(new TroupeError('NOT_RUNNING', `Swarm ${this.id} is dissolving.`))
    this.#tasks.add(task)
    if (this.#phase === 'completed') this.#sayPhase('working')
    this.#progressed(this.#tasks.news())
  }

  take(task: TaskActor): void {
    this.#pool.add(task)
    this.#handOut()
  }

  send(to: string, letter: Letter): void {
    this.#switchboard.send(to, letter)
  }

  rewire(topology: Topology, reason?: string): void {
    if (this.#over) this.#refuse('be rewired')
    this.#switchboard.rewire(topology, reason)
  }

  handOver(id: string, to: string | undefined, reason: string): string {
    const task = this.#tasks.get(id)
    if (task && to !== undefined && this.#crew.has(to)) this.#pool.choose(task, to)
    const { from, taker } = handOver({ swarm: this.id, id, task, to, reason, pool: this.#pool, crew: this.#crew })
    if (from === undefined) this.#handOut()
    return taker
  }

  pause(): readonly string[] {
    if (!this.#pauseWanted) {
      if (!this.#move('PAUSE')) this.#refuse('be paused')
      this.#pauseWanted = true
      this.#tasks.hold(this.id, true)
    }
    return this.#crew.agents.filter((agent) => agent.underWay).map((agent) => agent.id)
  }

  resume(): void {
    if (this.state === 'running') return
    if (!this.#pauseWanted || this.#over) this.#refuse('be resumed')
    this.#pauseWanted = false
    // One that has crashed meanwhile has nobody to go on with yet, but will be running when it has.
    this.#move('RESUME')
    this.#tasks.hold(this.id, false)
    this.#handOut()
    this.#maybeCompleted()
  }

  async stop(options: StopOptions = {}): Promise<void> {
    const { reason = 'it was asked for', force = false, grace = 0 } = options
    if (!this.#move('DISSOLVE', 'dissolving', reason)) return this.ended
    this.#cancelDeadline()
    this.#election.close()
    this.#switchboard.close()
    this.#health.close()
    const why = new TroupeError('CANCELLED', `Swarm ${this.id} was dissolved: ${reason}.`)
    await windUp(this.#tasks.open, this.#host.clock, force ? 0 : grace, why)
    for (const id of this.#crew.ids) this.leave(id, 'the swarm dissolved')
    this.#tasks.close()
    this.#move('ENDED', 'dissolved')
    this.#answer()
    this.#life.stop()
    this.#host.retire(this)
    this.#settleEnded()
  }

  complete(): Promise<SwarmSummary> {
    if (this.#phase === 'completed' || this.state === 'dissolved' || (this.state === 'crashed' && this.#tasks.allFinal))
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

  #expired(deadline: number): void {
    const why = new TroupeError('TIMEOUT', `Swarm ${this.id} was not done by its deadline of ${deadline} ms.`)
    this.#tasks.cancel(why)
  }

  #progressed(news: Progress | undefined): void {
    if (news) this.#emit({ type: 'swarm.progress', id: this.id, ...news })
  }

  #maybeCompleted(): void {
    if (!this.#tasks.allFinal) return
    // Without members it cannot complete, but whoever waits for its tasks has nothing more to wait for.
    if (this.state === 'crashed') return this.#answer()
    if (this.#phase !== 'working' || (this.state !== 'running' && this.state !== 'paused')) return
    if (this.#crew.agents.some((agent) => agent.load > 0)) return
    this.#sayPhase('completed')
    this.#answer()
  }

  #sayPhase(phase: string): void {
    this.#phase = phase
    this.#emit({ type: 'swarm.status', id: this.id, state: this.state, phase, from: this.state })
  }

  #answer(): void {
    for (const tell of this.#waiting.splice(0)) tell(this.#tasks.summary)
  }

  #move(
    type: 'FORMED' | 'PAUSE' | 'RESUME' | 'CRASH' | 'REFORM' | 'DISSOLVE' | 'ENDED',
    phase = this.#phase,
    reason?: string,
  ): boolean {
    if (!this.#life.send({ type })) return false
    const from = this.state
    this.state = this.#life.path as SwarmState
    this.#phase = phase
    this.#emit({ type: 'swarm.status', id: this.id, state: this.state, phase, from, ...(reason ? { reason } : {}) })
    return true
  }

  #emit(event: Exclude<Event, EventOf<'message'>>): void {
    this.#chronicle.say(event)
  }

  #refuse(what: string): never {
    throw new TroupeError('INVALID_STATE', `Swarm ${this.id} is ${this.state} and cannot ${what}.`)
  }
}
