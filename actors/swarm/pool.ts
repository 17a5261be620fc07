/** The tasks of a swarm that nobody has taken yet. */
import { level } from '../../src/protocol/priority.js'
import type { AgentActor, TaskActor } from '../../src/system/actor.js'

const hears = (agent: AgentActor, task: TaskActor) => Object.hasOwn(agent.definition.hears, task.work.message.type)

export class Pool {
  readonly #waiting = new Map<string, TaskActor>()
  #handing = false

  add(task: TaskActor): void {
    this.#waiting.set(task.id, task)
  }

  remove(id: string): void {
    this.#waiting.delete(id)
  }

  /** Gives each task, most urgent first, to the free agent with the least to do that hears its message. What nobody can take waits. */
  handOut(free: AgentActor[], give: (task: TaskActor, agent: AgentActor) => void): void {
    // Giving a task away changes states, which asks for handing out again: once is enough.
    if (this.#handing || this.#waiting.size === 0 || free.length === 0) return
    this.#handing = true
    try {
      const byUrgency = [...this.#waiting.values()].sort((a, b) => level(b.priority) - level(a.priority))
      for (const task of byUrgency) {
        if (task.work.held || !this.#waiting.has(task.id)) continue
        let best: AgentActor | undefined
        for (const agent of free)
          if (agent.load < agent.concurrency && hears(agent, task) && (!best || agent.load < best.load)) best = agent
        if (!best) continue
        this.#waiting.delete(task.id)
        give(task, best)
      }
    } finally {
      this.#handing = false
    }
  }
}
