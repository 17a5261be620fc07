/** The tasks of a swarm: given to who can do them and has the least to do, and taken over by who has nothing. */
import { level } from '../../src/protocol/priority.js'
import type { AgentActor, TaskActor } from '../../src/system/actor.js'

/** Tasks that may wait with a member that is busy, so that it need not wait for the next one. */
const backlog = 1

export interface PoolOptions {
  /** Who was to have a task in the process before, where somebody chose. */
  readonly chosen?: Readonly<Record<string, string>> | undefined
  /** The members that can begin something now. */
  members(): readonly AgentActor[]
  /** Nobody there can ever do it: said once for each task. */
  unplaceable(task: TaskActor, missing: string): void
  /** A task went from one member to another. */
  handedOver(task: TaskActor, from: string, to: string, reason: string): void
  /** A member that had no room for what waits has some now. */
  roomy(): void
}

interface Given {
  readonly task: TaskActor
  /** Who has it, or is about to. */
  readonly agent: AgentActor
  /** Who has not let go of it yet. */
  readonly has?: AgentActor
}

export class Pool {
  readonly #options: PoolOptions
  /** Who is to have a task, where somebody chose. */
  readonly #chosen: Map<string, string>
  readonly #waiting = new Map<string, TaskActor>()
  /** Which member has which task that is not final. */
  readonly #given = new Map<string, Given>()
  readonly #lamented = new Set<string>()
  /** The members that have no room for what waits. */
  readonly #crowded = new Set<string>()
  #busy = false
  #again = false

  constructor(options: PoolOptions) {
    this.#options = options
    this.#chosen = new Map(Object.entries(options.chosen ?? {}))
  }

  /** Who is to have a task, where somebody chose. */
  get chosen(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.#chosen)
  }

  add(task: TaskActor): void {
    this.#given.delete(task.id)
    this.#waiting.set(task.id, task)
  }

  /** Somebody chose who is to have it: nobody else takes it over, while that one is a member. Undefined: whoever can. Returns how to undo that. */
  choose({ id }: TaskActor, agent: string | undefined): () => void {
    const before = this.#chosen.get(id)
    const set = (chosen: string | undefined) => {
      if (chosen === undefined) this.#chosen.delete(id)
      else this.#chosen.set(id, chosen)
    }
    set(agent)
    return () => set(before)
  }

  /** Takes back the choice of who is no member any more. Whether there was one. */
  left(agent: string): boolean {
    const before = this.#chosen.size
    for (const [id, chosen] of this.#chosen) if (chosen === agent) this.#chosen.delete(id)
    return this.#chosen.size < before
  }

  remove(id: string): void {
    this.#chosen.delete(id)
    this.#waiting.delete(id)
    this.#given.delete(id)
    this.#lamented.delete(id)
  }

  /** Who has it, or is about to. */
  holderOf(id: string): string | undefined {
    return this.#given.get(id)?.agent.id
  }

  give(task: TaskActor, agent: AgentActor): void {
    this.#waiting.delete(task.id)
    this.#given.set(task.id, { task, agent })
    task.assign(agent)
  }

  /** From its member to another, once the one has let go of it. False, and nothing has changed, where it is with nobody. */
  handOver(task: TaskActor, agent: AgentActor, reason: string): boolean {
    const before = this.#given.get(task.id)
    if (!before) return false
    const from = before.has ?? before.agent
    // Known before it goes, since it may come back at once.
    this.#given.set(task.id, { task, agent, has: from })
    const goes = task.handOver(agent, reason, () => {
      if (this.#given.get(task.id)?.agent === agent) this.#given.set(task.id, { task, agent })
      this.#options.handedOver(task, from.id, agent.id, reason)
    })
    if (!goes) this.#given.set(task.id, before)
    return goes
  }

  /** Those of them that could do a task, had they the time. */
  able(task: TaskActor, members: readonly AgentActor[]): readonly AgentActor[] {
    return members.filter((agent) => this.#may(agent, task))
  }

  /** The best of these for a task: with the least to do for what it can do at once, and room in its queue. */
  best(task: TaskActor, members: readonly AgentActor[], room: number): AgentActor | undefined {
    let best: AgentActor | undefined
    for (const agent of members)
      if (
        agent.load < agent.concurrency + room &&
        !agent.queue.full &&
        (!best || loadOf(agent) < loadOf(best)) &&
        this.#may(agent, task)
      )
        best = agent
    return best
  }

  /** Gives away what can be given, most urgent first; then those who have nothing take over what waits with others. */
  handOut(): void {
    // Giving a task away changes states, which asks for handing out again: once is enough, but for room that came meanwhile.
    if (this.#busy) return
    this.#busy = true
    try {
      do {
        this.#again = false
        this.#place()
        this.#steal()
      } while (this.#again)
    } finally {
      this.#busy = false
    }
  }

  #place(): void {
    if (this.#waiting.size === 0) return
    const members = this.#options.members()
    const byUrgency = [...this.#waiting.values()].sort((a, b) => level(b.priority) - level(a.priority))
    // First to those who can begin at once, then to those who will soon.
    for (const room of [0, backlog])
      for (const task of byUrgency) {
        if (task.work.held || !this.#waiting.has(task.id)) continue
        const best = this.best(task, members, room)
        if (best) this.give(task, best)
        else if (room > 0 && members.length > 0) this.#keep(task, members, room)
      }
  }

  /** Nobody takes it now: it waits for who is crowded, or for a member that can do it. */
  #keep(task: TaskActor, members: readonly AgentActor[], room: number): void {
    const able = this.able(task, members)
    if (able.length === 0) this.#lament(task, members)
    for (const { id, queue, load, concurrency } of able) {
      if (this.#crowded.has(id) || load >= concurrency + room) continue
      const roomy = () => {
        this.#crowded.delete(id)
        if (this.#busy) this.#again = true
        else this.#options.roomy()
      }
      if (queue.whenRoom(task.priority, roomy)) this.#crowded.add(id)
    }
  }

  #may(agent: AgentActor, task: TaskActor): boolean {
    return (this.#chosen.get(task.id) ?? agent.id) === agent.id && lacks(agent, task) === undefined
  }

  #lament(task: TaskActor, members: readonly AgentActor[]): void {
    if (this.#lamented.has(task.id)) return
    this.#lamented.add(task.id)
    const missing = members.map((agent) => lacks(agent, task))
    this.#options.unplaceable(task, [...new Set(missing)].join('; '))
  }

  #steal(): void {
    const assigned = [...this.#given.values()].filter(({ task }) => task.state === 'assigned' && !task.work.held)
    if (assigned.length === 0) return
    for (const thief of this.#options.members()) {
      if (thief.load > 0 || thief.queue.full || !thief.reachable) continue
      const loot = assigned.filter(
        ({ task, agent }) => this.#given.get(task.id)?.agent === agent && waitsWith(agent) && this.#may(thief, task),
      )
      const counts = new Map<AgentActor, number>()
      for (const { agent } of loot) counts.set(agent, (counts.get(agent) ?? 0) + 1)
      const most = Math.max(0, ...counts.values())
      const last = loot.filter(({ agent }) => counts.get(agent) === most).at(-1)
      if (last) this.handOver(last.task, thief, 'work stealing')
    }
  }
}

/** Whether what it has been given is not begun at once. */
const waitsWith = (agent: AgentActor) => agent.state !== 'running' || !agent.reachable || agent.load > agent.concurrency

const loadOf = (agent: AgentActor) => agent.load / agent.concurrency

/** What an agent lacks to do a task, in words; nothing when it can. */
const lacks = (agent: AgentActor, task: TaskActor): string | undefined => {
  const { type } = task.work.message
  if (!agent.hears(type)) return `${agent.id} does not hear ${type}`
  // Each agent is capable of being itself: so a task can be for one of the members alone.
  const missing = task.requires.filter((each) => each !== `agent:${agent.id}` && !agent.capabilities.includes(each))
  return missing.length > 0 ? `${agent.id} lacks ${missing.join(', ')}` : undefined
}
