/** The members of a swarm, in the order in which they joined. */
import { TroupeError } from '../../src/errors.js'
import type { EventOf } from '../../src/protocol/event.js'
import type { AgentActor, Host } from '../../src/system/actor.js'

interface Membership {
  readonly role: string | undefined
  readonly stop: () => void
}

export class Crew {
  readonly #host: Host
  readonly #changed: (agent: string, event: EventOf<'agent.status'>) => void
  readonly #members = new Map<string, Membership>()

  /** `changed` is told of every change of state of a member. */
  constructor(host: Host, changed: (agent: string, event: EventOf<'agent.status'>) => void) {
    this.#host = host
    this.#changed = changed
  }

  get members(): ReadonlyMap<string, { readonly role: string | undefined }> {
    return this.#members
  }
  get ids(): readonly string[] {
    return [...this.#members.keys()]
  }
  get size(): number {
    return this.#members.size
  }
  /** Those that live here now. */
  get agents(): readonly AgentActor[] {
    return this.ids.flatMap((id) => this.#host.agent(id) ?? [])
  }
  /** Those that can do or pass on something. */
  get live(): readonly AgentActor[] {
    return this.agents.filter(({ state }) => state === 'running' || state === 'paused')
  }

  has(agent: string): boolean {
    return this.#members.has(agent)
  }
  roleOf(agent: string): string | undefined {
    return this.#members.get(agent)?.role
  }

  /** Joining again changes the role. */
  add(agent: string, role: string | undefined): void {
    this.#members.get(agent)?.stop()
    const stop = this.#host.listen(`agent.${agent}.status`, ({ event }) => {
      if (event.type === 'agent.status') this.#changed(agent, event)
    })
    this.#members.set(agent, { role, stop })
  }

  /** False when it was no member. */
  remove(agent: string): boolean {
    this.#members.get(agent)?.stop()
    return this.#members.delete(agent)
  }
}

/** Throws `NOT_FOUND` where there is no such agent. */
export const needAgent = (host: Host, id: string): void => {
  if (!host.agent(id))
    throw new TroupeError('NOT_FOUND', `A member of a swarm has to be an agent; there is none with the id ${id}.`)
}
