/** A swarm at work: members with roles, a topology between them, and tasks that it hands to whoever is free. */
import { TroupeError } from '../../src/errors.js'
import type { SendOptions, StopOptions } from '../../src/options.js'
import type { Envelope } from '../../src/protocol/envelope.js'
import type { Event, EventOf } from '../../src/protocol/event.js'
import type { SwarmSummary } from '../../src/protocol/reply.js'
import type { SwarmState, Topology } from '../../src/protocol/states.js'
import type { AgentActor, Host, Letter, SwarmActor, TaskActor } from '../../src/system/actor.js'
import type { SwarmDeclaration } from '../../src/system/definition.js'
import { live } from '../../src/system/machine.js'
import { swarmMachine } from './machine.js'
import { Pool } from './pool.js'
import { Tally } from './tally.js'
import { route } from './topology.js'

const idOf = (ref: string | { readonly id: string }) => (typeof ref === 'string' ? ref : ref.id)

const memberOf = (member: NonNullable<SwarmDeclaration['members']>[number]): { id: string; role: string | undefined } =>
  typeof member === 'object' && 'agent' in member
    ? { id: idOf(member.agent), role: member.role }
    : { id: idOf(member), role: undefined }

interface Membership {
  readonly role: string | undefined
  readonly stop: () => void
}

export class Swarm implements SwarmActor {
  readonly kind = 'swarm'
  readonly id: string
  readonly ready: Promise<void>
  readonly ended: Promise<void>
  state: SwarmState = 'forming'
  readonly #host: Host
  readonly #declared: SwarmDeclaration
  readonly #topology: Topology
  readonly #life = live(swarmMachine)
  readonly #members = new Map<string, Membership>()
  readonly #pool = new Pool()
  readonly #tasks = new Map<string, TaskActor>()
  readonly #listening = new Map<string, () => void>()
  readonly #tally: Tally
  #phase = 'forming'
  #coordinator: string | undefined
  #waiting: ((summary: SwarmSummary) => void)[] = []
  #settleReady: () => void = () => {}
  #settleEnded: () => void = () => {}

  constructor(host: Host, declared: SwarmDeclaration & { id: string }) {
    for (const member of declared.members ?? []) {
      const { id } = memberOf(member)
      if (!host.agent(id))
        throw new TroupeError('NOT_FOUND', `A member of a swarm has to be an agent; there is none with the id ${id}.`)
    }
    this.id = declared.id
    this.#host = host
    this.#declared = declared
    this.#topology = declared.topology ?? 'star'
    this.#tally = new Tally(host.clock)
    this.ready = new Promise((resolve) => {
      this.#settleReady = resolve
    })
    this.ended = new Promise((resolve) => {
      this.#settleEnded = resolve
    })
  }

  get members(): ReadonlyMap<string, { readonly role?: string | undefined }> {
    return this.#members
  }

  start(): void {
    const { goal, name = goal.slice(0, 80), metadata } = this.#declared
    this.#emit({
      type: 'swarm.created',
      id: this.id,
      name: name.slice(0, 256),
      goal,
      topology: this.#topology,
      ...(metadata ? { metadata: { ...metadata } } : {}),
    })
    for (const member of this.#declared.members ?? []) {
      const { id, role } = memberOf(member)
      this.join(id, role)
    }
  }

  join(agent: string, role?: string): void {
    if (this.state === 'dissolving' || this.state === 'dissolved') this.#refuse('take members')
    if (!this.#host.agent(agent))
      throw new TroupeError('NOT_FOUND', `There is no agent with the id ${agent} that could join swarm ${this.id}.`)
    this.#members.get(agent)?.stop()
    const stop = this.#host.listen(`agent.${agent}.status`, ({ event }) => {
      if (event.type === 'agent.status') this.#memberChanged(agent, event)
    })
    this.#members.set(agent, { role, stop })
    this.#emit({ type: 'swarm.member', id: this.id, agent, change: 'joined', ...(role ? { role } : {}) })
    if (
      this.#coordinator === undefined ||
      (role === 'coordinator' && this.#members.get(this.#coordinator)?.role !== 'coordinator')
    )
      this.#coordinate(agent, role === 'coordinator' ? 'it joined as coordinator' : 'it joined first')
    if (this.state === 'crashed') this.#move('REFORM')
    if (this.state === 'forming' && this.#move('FORMED', 'working')) this.#settleReady()
    this.#handOut()
  }

  leave(agent: string, reason?: string): void {
    const member = this.#members.get(agent)
    if (!member) throw new TroupeError('NOT_FOUND', `Agent ${agent} is not a member of swarm ${this.id}.`)
    member.stop()
    this.#members.delete(agent)
    this.#emit({ type: 'swarm.member', id: this.id, agent, change: 'left', ...(reason ? { reason } : {}) })
    if (this.#coordinator === agent) {
      const next = [...this.#members.keys()].sort()[0]
      this.#coordinate(next, `${agent} left`)
    }
    if (this.#members.size === 0 && this.state !== 'dissolving' && !this.#host.draining)
      this.#move('CRASH', 'crashed', 'its last member left')
  }

  adopt(task: TaskActor): void {
    if (this.state === 'dissolving' || this.state === 'dissolved')
      return void task.cancel(new TroupeError('NOT_RUNNING', `Swarm ${this.id} is dissolving.`))
    this.#tasks.set(task.id, task)
    this.#tally.add(task.id)
    // Two exact topics rather than a pattern: a pattern costs a look at every topic that has been in use.
    const hear = (envelope: Envelope) => this.#taskChanged(envelope)
    const stops = ['status', 'progress'].map((what) => this.#host.listen(`task.${task.id}.${what}`, hear))
    this.#listening.set(task.id, () => {
      for (const stop of stops) stop()
    })
    if (this.#phase === 'completed') this.#reopen()
    this.#progressed()
  }

  take(task: TaskActor): void {
    this.#pool.add(task)
    this.#handOut()
  }

  send(from: string, to: string, message: Letter['message'], options: SendOptions = {}): void {
    const { priority = 'normal', ttl } = options
    const letter: Letter = { message, priority, from, expires: ttl === undefined ? undefined : this.#host.clock.now() + ttl }
    const path = route({ topology: this.#topology, members: [...this.#members.keys()], coordinator: this.#coordinator }, from, to)
    const blocked = path.slice(0, -1).find((id) => id !== from && !this.#routes(id))
    const receiver = this.#host.agent(to)
    if (path.length === 0 || blocked || !receiver) return this.#host.deadLetter(to, letter, 'unreachable')
    const id = this.#host.ids.next()
    for (let hop = 1; hop < path.length; hop++)
      this.#emit({
        type: 'swarm.hop',
        id: this.id,
        message: id,
        from: path[hop - 1] ?? from,
        to: path[hop] ?? to,
        hop,
        hops: path.length - 1,
      })
    receiver.deliver({ ...letter, cause: { causationId: id, hops: path.length - 1 } })
  }

  pause(): void {
    if (this.state === 'paused') return
    if (!this.#move('PAUSE')) this.#refuse('be paused')
    for (const task of this.#tasks.values()) if (task.state === 'running') task.pause()
  }

  resume(): void {
    if (this.state === 'running') return
    if (!this.#move('RESUME')) this.#refuse('be resumed')
    for (const task of this.#tasks.values()) if (task.state === 'paused') task.resume()
    this.#handOut()
    this.#maybeCompleted()
  }

  async stop(options: StopOptions = {}): Promise<void> {
    const { reason = 'it was asked for' } = options
    if (!this.#move('DISSOLVE', 'dissolving', reason)) return this.ended
    const tasks = [...this.#tasks.values()]
    for (const task of tasks) task.cancel(new TroupeError('CANCELLED', `Swarm ${this.id} was dissolved: ${reason}.`))
    await Promise.all(tasks.map((task) => task.ended))
    for (const id of [...this.#members.keys()]) this.leave(id, 'the swarm dissolved')
    for (const stop of this.#listening.values()) stop()
    this.#listening.clear()
    this.#move('ENDED', 'dissolved')
    this.#settleReady()
    this.#answer()
    this.#life.stop()
    this.#host.retire(this)
    this.#settleEnded()
  }

  complete(): Promise<SwarmSummary> {
    if (this.#phase === 'completed' || this.state === 'dissolved' || (this.state === 'crashed' && this.#allFinal))
      return Promise.resolve(this.#tally.summary)
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  /** Whether a member can pass messages on. */
  #routes(id: string): boolean {
    const state = this.#host.agent(id)?.state
    return state === 'running' || state === 'paused' || state === 'spawning'
  }

  #memberChanged(agent: string, event: EventOf<'agent.status'>): void {
    if (event.state === 'stopped') return this.leave(agent, 'it stopped')
    if (event.state === 'running' && !event.busy) this.#handOut()
    this.#maybeCompleted()
  }

  #taskChanged({ event }: Envelope): void {
    if (event.type === 'task.progress') this.#tally.progress(event.id, event.progress)
    else if (event.type === 'task.status') {
      const { id, state } = event
      if (!this.#tally.status(id, state)) return
      this.#tasks.delete(id)
      this.#pool.remove(id)
      this.#listening.get(id)?.()
      this.#listening.delete(id)
      this.#handOut()
    } else return
    this.#progressed()
    this.#maybeCompleted()
  }

  #handOut(): void {
    if (this.state !== 'running') return
    this.#pool.handOut(this.#candidates(), (task, agent) => task.assign(agent))
  }

  #candidates(): AgentActor[] {
    return [...this.#members.keys()].flatMap((id) => {
      const agent = this.#host.agent(id)
      return agent && agent.state === 'running' && agent.load < agent.concurrency ? [agent] : []
    })
  }

  #progressed(): void {
    const news = this.#tally.news()
    if (news) this.#emit({ type: 'swarm.progress', id: this.id, ...news })
  }

  get #allFinal(): boolean {
    return this.#tasks.size === 0 && this.#tally.total > 0
  }

  #maybeCompleted(): void {
    if (!this.#allFinal) return
    // Without members it cannot complete, but whoever waits for its tasks has nothing more to wait for.
    if (this.state === 'crashed') return this.#answer()
    if (this.#phase !== 'working' || (this.state !== 'running' && this.state !== 'paused')) return
    for (const id of this.#members.keys()) if ((this.#host.agent(id)?.load ?? 0) > 0) return
    this.#phase = 'completed'
    this.#emit({ type: 'swarm.status', id: this.id, state: this.state, phase: this.#phase, from: this.state })
    this.#answer()
  }

  /** A new task opens again what was completed. */
  #reopen(): void {
    this.#phase = 'working'
    this.#emit({ type: 'swarm.status', id: this.id, state: this.state, phase: this.#phase, from: this.state })
  }

  #answer(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const tell of waiting) tell(this.#tally.summary)
  }

  #coordinate(agent: string | undefined, reason: string): void {
    this.#coordinator = agent
    this.#emit({ type: 'swarm.coordinator', id: this.id, ...(agent ? { agent } : {}), reason })
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
    this.#host.emit(event, { source: this.id })
  }

  #refuse(what: string): never {
    throw new TroupeError('INVALID_STATE', `Swarm ${this.id} is ${this.state} and cannot ${what}.`)
  }
}
