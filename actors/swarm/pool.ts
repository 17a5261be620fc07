/** The tasks of a swarm: given to who can do them and has the least to do, and taken over by who has nothing. */
import { level } from '../../src/protocol/priority.js'
import type { AgentActor, TaskActor } from '../../src/system/actor.js'

/** Tasks that may wait with a member that is busy, so that it need not wait for the next one. */
const backlog = 1

export interface PoolOptions {
  /** The members that can begin something now. */
  members(): readonly AgentActor[]
  /** Nobody there can ever do it: said once for each task. */
  unplaceable(task: TaskActor, missing: string): void
  /** A waiting task went from one member to another. */
  stolen(task: TaskActor, from: string, to: string): void
}

export class Pool {
  readonly #options: PoolOptions
  readonly #waiting = new Map<string, TaskActor>()
  /** Which member has which task that is not final. */
  readonly #given = new Map<string, { readonly task: TaskActor; readonly agent: string }>()
  readonly #lamented = new Set<string>()
  #busy = false

  constructor(options: PoolOptions) {
    this.#options = options
  }

  add(task: TaskActor): void {
    this.#given.delete(task.id)
    this.#waiting.set(task.id, task)
  }

  remove(id: string): void {
    this.#waiting.delete(id)
    this.#given.delete(id)
    this.#lamented.delete(id)
  }

  /** Who has it, or is about to. */
  holderOf(id: string): string | undefined {
    return this.#given.get(id)?.agent
  }

  give(task: TaskActor, agent: AgentActor): void {
    this.#waiting.delete(task.id)
    this.#given.set(task.id, { task, agent: agent.id })
    task.assign(agent)
  }

  /** It goes to another, who is told by the task itself. */
  moved(task: TaskActor, agent: AgentActor): void {
    this.#given.set(task.id, { task, agent: agent.id })
  }

  /** The best of these for a task: with the least to do for what it can do at once. */
  best(task: TaskActor, members: readonly AgentActor[], room: number): AgentActor | undefined {
    let best: AgentActor | undefined
    for (const agent of members)
      if (lacks(agent, task) === undefined && agent.load < agent.concurrency + room && (!best || loadOf(agent) < loadOf(best)))
        best = agent
    return best
  }

  /** Gives away what can be given, most urgent first; then those who have nothing take over what waits with others. */
  handOut(): void {
    // Giving a task away changes states, which asks for handing out again: once is enough.
    if (this.#busy) return
    this.#busy = true
    try {
      if (this.#waiting.size > 0) this.#place()
      else if (this.#given.size > 0) this.#steal()
    } finally {
      this.#busy = false
    }
  }

  #place(): void {
    const members = this.#options.members()
    const byUrgency = [...this.#waiting.values()].sort((a, b) => level(b.priority) - level(a.priority))
    // First to those who can begin at once, then to those who will soon.
    for (const room of [0, backlog])
      for (const task of byUrgency) {
        if (task.work.held || !this.#waiting.has(task.id)) continue
        const best = this.best(task, members, room)
        if (best) this.give(task, best)
        else if (room > 0 && members.length > 0) this.#lament(task, members)
      }
  }

  #lament(task: TaskActor, members: readonly AgentActor[]): void {
    const missing = members.map((agent) => lacks(agent, task))
    if (this.#lamented.has(task.id) || missing.some((each) => each === undefined)) return
    this.#lamented.add(task.id)
    this.#options.unplaceable(task, [...new Set(missing)].join('; '))
  }

  #steal(): void {
    const members = this.#options.members()
    const byId = new Map(members.map((agent) => [agent.id, agent]))
    // Who is about to begin what it was given is not relieved of it; who does nothing at all, since it is paused, is.
    const isStuck = (id: string) => {
      const agent = byId.get(id)
      return !agent || agent.load > agent.concurrency
    }
    for (const thief of members) {
      if (thief.load > 0) continue
      const waiting = [...this.#given.values()].filter(
        ({ task, agent }) =>
          task.state === 'assigned' &&
          agent !== thief.id &&
          isStuck(agent) &&
          !task.work.held &&
          lacks(thief, task) === undefined,
      )
      const counts = new Map<string, number>()
      for (const { agent } of waiting) counts.set(agent, (counts.get(agent) ?? 0) + 1)
      const most = Math.max(0, ...counts.values())
      const last = waiting.filter(({ agent }) => counts.get(agent) === most).at(-1)
      if (!last) continue
      this.moved(last.task, thief)
      if (last.task.handOver(thief, 'work stealing')) this.#options.stolen(last.task, last.agent, thief.id)
    }
  }
}

const loadOf = (agent: AgentActor) => agent.load / agent.concurrency

/** What an agent lacks to do a task, in words; nothing when it can. */
const lacks = (agent: AgentActor, task: TaskActor): string | undefined => {
  const { type } = task.work.message
  if (!Object.hasOwn(agent.definition.hears, type) && !Object.hasOwn(agent.definition.hears, '*'))
    return `${agent.id} does not hear ${type}`
  const missing = task.requires.filter((each) => !agent.capabilities.includes(each))
  return missing.length > 0 ? `${agent.id} lacks ${missing.join(', ')}` : undefined
}
