/** What one connection remembers: which session it streams, who belongs where, and what was said last. */
import type { EventOf } from '../../../src/protocol/event.js'
import { isFinal, type SwarmView } from '../../../src/protocol/view.js'
import type { OpenContext } from '../../dialect.js'
import { phaseOf } from './states.js'

/** Characters of a line that has not ended which wait for its end; with more it is told as it is. */
const unendedMost = 10_000

export class Memory {
  readonly context: OpenContext
  /** The session whose log is streamed, if one is. */
  streamed: string | undefined
  /** Of each task of that session what came of a line that has not ended. */
  readonly unended = new Map<string, Map<EventOf<'task.output'>['stream'], string>>()
  /** What was said of each agent last. */
  readonly said = new Map<string, string>()
  /** The task that each agent began last. */
  readonly lastTask = new Map<string, string>()
  /** The entries of the sessions that are active, as they were told last. */
  readonly sessions = new Map<string, string>()
  /** Those that are not formed yet: they are not told of as started. */
  readonly forming = new Set<string>()
  /** The phase of each, as far as events have told: what is in view may be ahead of them. */
  readonly phases = new Map<string, string>()
  /** The sessions that were completed and have not begun anew since. */
  readonly completed = new Set<string>()
  /** The sessions of each agent. */
  readonly #memberships = new Map<string, Set<string>>()

  constructor(context: OpenContext) {
    this.context = context
  }

  /** Takes in what is there when the client is welcome. */
  begin(): void {
    const { view } = this.context
    const began = new Map<string, number>()
    for (const { id, agent, startedAt } of view.tasks()) {
      if (agent === undefined || startedAt === undefined || startedAt < (began.get(agent) ?? 0)) continue
      const state = view.agent(agent)?.state
      if (state === undefined || isFinal(state)) continue
      began.set(agent, startedAt)
      this.lastTask.set(agent, id)
    }
    for (const swarm of this.active()) {
      for (const { id } of swarm.members) this.join(swarm.id, id)
      this.phases.set(swarm.id, phaseOf(swarm))
      if (swarm.state === 'forming') this.forming.add(swarm.id)
      if (swarm.phase === 'completed') this.completed.add(swarm.id)
    }
  }

  /** From now on the log of this session is streamed, or of none. */
  stream(session: string | undefined): void {
    if (session !== this.streamed) this.unended.clear()
    this.streamed = session
  }

  /** The lines that have ended with this piece; the rest waits for more. */
  endedLines(task: string, stream: EventOf<'task.output'>['stream'], data: string): string[] {
    const rests = this.unended.get(task) ?? new Map<typeof stream, string>()
    const lines = `${rests.get(stream) ?? ''}${data}`.split('\n')
    const rest = lines.pop() ?? ''
    if (rest.length > unendedMost) lines.push(rest)
    rests.set(stream, rest.length > unendedMost ? '' : rest)
    this.unended.set(task, rests)
    return lines.map((line) => line.replace(/\r$/, ''))
  }

  /** The sessions that are active now. */
  active(): readonly SwarmView[] {
    return this.context.view.swarms().filter(({ state }) => !isFinal(state))
  }

  sessionsOf(agent: string): readonly string[] {
    return [...(this.#memberships.get(agent) ?? [])]
  }

  join(session: string, agent: string): void {
    const sessions = this.#memberships.get(agent) ?? new Set()
    this.#memberships.set(agent, sessions.add(session))
  }

  leave(session: string, agent: string): void {
    const sessions = this.#memberships.get(agent)
    sessions?.delete(session)
    if (sessions?.size === 0) this.#memberships.delete(agent)
  }

  /** The agent has ended. */
  forget(agent: string): void {
    this.said.delete(agent)
    this.lastTask.delete(agent)
  }
}
