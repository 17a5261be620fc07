/** The members of a swarm, in the order in which they joined. */
import { TroupeError } from '../../src/errors.js'
import type { EventOf } from '../../src/protocol/event.js'
import type { AgentState } from '../../src/protocol/states.js'
import type { AgentActor, Host } from '../../src/system/actor.js'
import type { SwarmDeclaration } from '../../src/system/definition.js'

interface Membership {
  readonly role: string | undefined
  readonly stop: () => void
}

export class Crew {
  readonly #host: Host
  readonly #changed: (agent: string, event: EventOf<'agent.status'>) => void
  readonly #members = new Map<string, Membership>()
  readonly #alive = new Set<string>()

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
    return this.agents.filter(({ state }) => isAlive(state))
  }
  /** How many of them there are: counted as they change, since it is asked for at every change. */
  get alive(): number {
    return this.#alive.size
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
      if (event.type !== 'agent.status') return
      this.#count(agent, event.state)
      this.#changed(agent, event)
    })
    this.#members.set(agent, { role, stop })
    this.#count(agent, this.#host.agent(agent)?.state ?? 'stopped')
  }

  /** False when it was no member. */
  remove(agent: string): boolean {
    this.#members.get(agent)?.stop()
    this.#alive.delete(agent)
    return this.#members.delete(agent)
  }

  #count(agent: string, state: AgentState): void {
    if (isAlive(state)) this.#alive.add(agent)
    else this.#alive.delete(agent)
  }
}

const isAlive = (state: AgentState): boolean => state === 'running' || state === 'paused'

/** Throws `NOT_FOUND` where there is no such agent, or it is of another tenant. */
export const needAgent = (host: Host, id: string): void => {
  if (!host.agent(id) || host.tenantOf(id) !== host.tenant)
    throw new TroupeError('NOT_FOUND', `A member of a swarm has to be an agent; there is none with the id ${id}.`)
}

const idOf = (ref: string | { readonly id: string }) => (typeof ref === 'string' ? ref : ref.id)

/** A member as it was declared. */
export const memberOf = (member: NonNullable<SwarmDeclaration['members']>[number]): { id: string; role: string | undefined } =>
  typeof member === 'object' && 'agent' in member
    ? { id: idOf(member.agent), role: member.role }
    : { id: idOf(member), role: undefined }
