/** Events of the system in AgentCraft's words: the documented messages, and the pushes that its real page depends on. */
import type { Envelope } from '../../../src/protocol/envelope.js'
import type { EventOf } from '../../../src/protocol/event.js'
import { isFinal } from '../../../src/protocol/view.js'
import type { Memory } from './memory.js'
import { agentStatus, bare, entryOf, iso, type levels, seconds, stateOf, type Work } from './picture.js'
import { phaseOf } from './states.js'
import type { Entry, Outbound, State } from './words.js'

/** What is said at the most of a session that is pushed: agents, and pieces of output. */
export interface PushLimits {
  readonly agents: number
  readonly output: number
}

/** The list of the sessions that are active, which is remembered as told. */
export const activeSessions = (memory: Memory, at: number): Outbound => {
  const { sessions: told, context } = memory
  told.clear()
  const sessions: Entry[] = []
  for (const swarm of memory.active()) {
    const entry = entryOf(context.view, swarm)
    sessions.push(entry)
    told.set(swarm.id, JSON.stringify(entry))
  }
  return { type: 'active_sessions', timestamp: seconds(at), data: { total_sessions: sessions.length, sessions } }
}

/** The frames for one event. `skipped`: pieces of output before it that were dropped. */
export const say = (envelope: Envelope, memory: Memory, limits: PushLimits, skipped = 0): readonly Outbound[] => {
  const { event, timestamp: at } = envelope
  const teller = new Teller(memory, at, limits)
  switch (event.type) {
    case 'agent.spawned':
    case 'agent.activity':
      return teller.agent(event.id)
    case 'agent.status': {
      const frames = teller.agent(event.id)
      if (event.state === 'stopped') memory.forget(event.id)
      return frames
    }
    case 'task.status':
      return teller.task(event)
    case 'task.progress':
      return teller.agent(memory.context.view.task(event.id)?.agent)
    case 'task.output':
      return teller.output(event, skipped)
    case 'swarm.created':
      return teller.created(event)
    case 'swarm.member':
      return teller.member(event)
    case 'swarm.status':
      return teller.status(event)
    case 'swarm.updated':
      return teller.changed([event.id])
    case 'swarm.progress':
      return teller.progress(event.id)
    case 'swarm.handed-over':
      return [
        {
          type: 'agent_collaboration',
          primary_agent: teller.nameOf(event.from),
          secondary_agent: teller.nameOf(event.to),
          collaboration_type: 'handoff',
          reason: event.reason,
          timestamp: iso(at),
        },
      ]
    case 'swarm.log':
      return teller.line(event.id, { level: event.level, logger: 'swarm', message: event.text, source: 'runtime' })
    default:
      return []
  }
}

interface Line {
  readonly level: keyof typeof levels
  readonly logger: string
  readonly message: string
  readonly source: 'runtime' | 'stdout' | 'stderr'
}

/** Lines of one batch of output that are told to who streams a log; of more, the newest. */
const linesAtOnce = 1_000

const upperLevels = { info: 'INFO', warn: 'WARNING', error: 'ERROR' } as const

/** Puts what one event changed into frames. */
class Teller {
  readonly #memory: Memory
  readonly #at: number
  readonly #limits: PushLimits

  constructor(memory: Memory, at: number, limits: PushLimits) {
    this.#memory = memory
    this.#at = at
    this.#limits = limits
  }

  nameOf(agent: string): string {
    return this.#memory.context.view.agent(agent)?.name ?? agent
  }

  /** How an agent is, unless that was said already: for everybody, and for each session that it belongs to. */
  agent(id: string | undefined): readonly Outbound[] {
    const { view } = this.#memory.context
    const agent = id === undefined ? undefined : view.agent(id)
    if (!agent) return []
    const last = this.#memory.lastTask.get(agent.id)
    const work: Work = {
      inHand: agent.tasks.flatMap((task) => view.task(task) ?? []),
      last: last === undefined ? undefined : view.task(last),
    }
    const status = agentStatus(agent, work, this.#at)
    const { status: word, progress, message, metadata } = status
    const said = JSON.stringify([agent.state, word, progress, message, metadata.task_id])
    if (this.#memory.said.get(agent.id) === said) return this.changed(this.#memory.sessionsOf(agent.id))
    this.#memory.said.set(agent.id, said)
    const sessions = this.#memory.sessionsOf(agent.id)
    return [status, ...sessions.flatMap((session) => this.#update(session, agent.id)), ...this.changed(sessions)]
  }

  task(event: EventOf<'task.status'>): readonly Outbound[] {
    const { view } = this.#memory.context
    const task = view.task(event.id)
    if (event.state === 'running' && event.agent !== undefined) this.#memory.lastTask.set(event.agent, event.id)
    const frames = [
      ...(task?.swarm === undefined ? [] : this.#endLines(task.swarm, event.id)),
      ...this.agent(event.agent ?? task?.agent),
    ]
    if (event.state !== 'failed' || !task?.swarm) return frames
    const { error, reason, agent } = event
    return [...frames, ...this.#failed(task.swarm, error?.message ?? reason ?? 'A task failed.', agent)]
  }

  output({ id, agent, stream, data }: EventOf<'task.output'>, skipped: number): readonly Outbound[] {
    const session = this.#memory.context.view.task(id)?.swarm
    if (session === undefined) return []
    const lost = skipped > 0 ? `[${skipped} pieces of output were left out]\n` : ''
    const content = bare(`${lost}${data}`)
    return [
      ...this.#push(session, (swarm) => ({
        type: 'crew_output',
        ...swarm,
        data: { session_id: session, output_type: stream, content, agent_name: this.nameOf(agent) },
      })),
      ...this.#lines(session, id, stream, data, skipped),
    ]
  }

  /** What was printed, for who streams the log of that session: each line that has ended, the newest where there are too many. */
  #lines(session: string, id: string, stream: 'stdout' | 'stderr', data: string, skipped: number): readonly Outbound[] {
    if (this.#memory.streamed !== session) return []
    const task = { logger: 'task', source: stream } as const
    const frames: Outbound[] = []
    if (skipped > 0) {
      frames.push(...this.#endLines(session, id))
      frames.push(...this.line(session, { ...task, level: 'warn', message: `[${skipped} pieces of output were left out]` }))
    }
    const lines = this.#memory.endedLines(id, stream, data)
    const left = lines.length - linesAtOnce
    if (left > 0) frames.push(...this.line(session, { ...task, level: 'warn', message: `[${left} lines were left out]` }))
    return [...frames, ...lines.slice(-linesAtOnce).flatMap((message) => this.line(session, { ...task, level: 'info', message }))]
  }

  /** Nothing goes on with what a task has printed last. */
  #endLines(session: string, task: string): readonly Outbound[] {
    const rests = this.#memory.unended.get(task)
    this.#memory.unended.delete(task)
    return [...(rests ?? [])].flatMap(([source, rest]) =>
      rest === '' ? [] : this.line(session, { level: 'info', logger: 'task', source, message: rest.replace(/\r$/, '') }),
    )
  }

  created({ id }: EventOf<'swarm.created'>): readonly Outbound[] {
    this.#memory.phases.set(id, 'initialization')
    this.#memory.forming.add(id)
    return this.changed([id])
  }

  /** It is formed, or ends before: told with the members that it begins with. */
  #started(id: string): readonly Outbound[] {
    if (!this.#memory.forming.delete(id)) return []
    return this.#push(id, ({ state, ...swarm }) => {
      const agent_names = state.active_agents.map(({ agent_name }) => agent_name)
      return { type: 'session_started', ...swarm, state, data: { session_id: id, query: state.query, agent_names } }
    })
  }

  member({ id, agent, change }: EventOf<'swarm.member'>): readonly Outbound[] {
    if (change === 'joined') this.#memory.join(id, agent)
    else this.#memory.leave(id, agent)
    const dissolving = this.#memory.context.view.swarm(id)?.state === 'dissolving'
    return [...(dissolving ? [] : this.#update(id, agent)), ...this.changed([id])]
  }

  status({ id, state, phase: own, reason }: EventOf<'swarm.status'>): readonly Outbound[] {
    const { phases, completed } = this.#memory
    const phase = phaseOf({ state, phase: own })
    const frames: Outbound[] = [...(state === 'forming' ? [] : this.#started(id))]
    if (phase !== phases.get(id)) {
      frames.push(...this.#push(id, (swarm) => ({ type: 'phase_update', ...swarm, data: { session_id: id, phase } })))
      if (state === 'crashed') frames.push(...this.#failed(id, reason ?? 'The session crashed.'))
      // What was completed before it was paused or dissolved was told then.
      if (phase === 'completed' && !completed.has(id))
        frames.push(...this.#push(id, (swarm) => ({ type: 'session_completed', ...swarm, data: { session_id: id } })))
    }
    if (isFinal(state)) {
      phases.delete(id)
      completed.delete(id)
    } else {
      phases.set(id, phase)
      if (phase === 'completed') completed.add(id)
      else if (phase === 'processing') completed.delete(id)
    }
    return [...frames, ...this.changed([id])]
  }

  /** The share of the whole that is done: told with the agent that has done something last, where there is one. */
  progress(id: string): readonly Outbound[] {
    const changed = this.changed([id])
    if (changed.length === 0) return []
    const members = this.#memory.context.view.swarm(id)?.members ?? []
    const agents = members.flatMap((member) => this.#memory.context.view.agent(member.id) ?? [])
    const last = agents.reduce(
      (newest, agent) => (agent.activeAt > newest.activeAt ? agent : newest),
      agents[0] ?? { id: '', activeAt: 0 },
    )
    return [...(last.id === '' ? [] : this.#update(id, last.id)), ...changed]
  }

  /** A line for who streams the log of that session. */
  line(session: string, { level, message, ...line }: Line): readonly Outbound[] {
    if (this.#memory.streamed !== session) return []
    const timestamp = seconds(this.#at)
    const log = { timestamp, datetime: iso(this.#at), session_id: session, level: upperLevels[level], ...line, message }
    return [{ type: 'crewai_log', timestamp, log }]
  }

  #update(session: string, id: string): readonly Outbound[] {
    if (this.#memory.forming.has(session)) return []
    return this.#push(session, ({ state, ...swarm }) => {
      const agent = state.active_agents.find(({ agent_id }) => agent_id === id)
      const { agent_name = this.nameOf(id), status = 'finished', progress = 0, current_task = null, details = null } = agent ?? {}
      const data = { session_id: session, agent_name, status: status.toUpperCase(), progress, current_task, details }
      return { type: 'agent_status_update', ...swarm, state, data }
    })
  }

  #failed(session: string, error: string, agent?: string): readonly Outbound[] {
    const agent_name = agent === undefined ? null : this.nameOf(agent)
    return this.#push(session, (swarm) => ({ type: 'session_error', ...swarm, data: { session_id: session, error, agent_name } }))
  }

  /** None where the session may not be seen. */
  #push(
    session: string,
    frame: (swarm: { readonly session_id: string; readonly timestamp: number; readonly state: State }) => Outbound,
  ): readonly Outbound[] {
    const { view } = this.#memory.context
    const swarm = view.swarm(session)
    if (!swarm) return []
    return [frame({ session_id: session, timestamp: seconds(this.#at), state: stateOf(view, swarm, this.#at, this.#limits) })]
  }

  /** The list of sessions, when it or one of these entries has changed since it was told. */
  changed(sessions: readonly string[]): readonly Outbound[] {
    const { view } = this.#memory.context
    const isNew = sessions.some((id) => {
      const swarm = view.swarm(id)
      const entry = swarm && !isFinal(swarm.state) ? JSON.stringify(entryOf(view, swarm)) : undefined
      return entry !== this.#memory.sessions.get(id)
    })
    return isNew ? [activeSessions(this.#memory, this.#at)] : []
  }
}
