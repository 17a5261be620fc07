/** How agents and sessions are now, in AgentCraft's shapes, drawn from what is in view. */
import type { AgentView, SwarmView, TaskView } from '../../../src/protocol/view.js'
import { isFinal } from '../../../src/protocol/view.js'
import type { Sight } from '../../dialect.js'
import { isActive, phaseOf, wordOf } from './states.js'
import type { AgentState, AnsweredState, Entry, LogLine, OutboundOf, Printed, State } from './words.js'

export const seconds = (milliseconds: number): number => milliseconds / 1_000
export const iso = (milliseconds: number): string => new Date(milliseconds).toISOString()

/** Milliseconds to go for what has come so far since it began; undefined where there is no ground for an estimate. */
const toGo = (progress: number, startedAt: number, now: number): number | undefined =>
  progress > 0 && progress < 100 ? (Math.max(0, now - startedAt) * (100 - progress)) / progress : undefined

const nameOf = (view: Sight, agent: string): string => view.agent(agent)?.name ?? agent

const percent = (value: number): number => Math.round(Math.min(100, Math.max(0, value)))

const isInHand = ({ state }: TaskView): boolean => state === 'running' || state === 'paused'

/** What an agent works on, or has worked on last. */
export interface Work {
  readonly inHand: readonly TaskView[]
  readonly last: TaskView | undefined
}

/** Of what is in hand; while it is at something else it is at the beginning, and idle it shows how far it came last. */
const progressOf = ({ busy }: AgentView, { inHand, last }: Work): number => {
  if (inHand.length > 0) return percent(inHand.reduce((sum, { progress }) => sum + progress, 0) / inHand.length)
  return busy ? 0 : percent(last?.progress ?? 0)
}

const detailsOf = ({ state, busy, activity, error }: AgentView, { inHand }: Work): string | undefined => {
  if (state === 'crashed') return error?.message
  return busy ? (activity ?? inHand.findLast(({ note }) => note !== undefined)?.note) : undefined
}

const sentenceOf = (agent: AgentView, { inHand, last }: Work): string => {
  const { state, busy, frozen } = agent
  switch (state) {
    case 'spawning':
      return 'Starting.'
    case 'running': {
      const task = inHand.at(-1)
      // An agent is idle before its task is over or goes to another, and a task may wait for its parts.
      if (task) return busy ? `Working on ${task.title}.` : `No longer at work on ${task.title}.`
      if (busy) return 'Working.'
      return last && isFinal(last.state) ? `${last.title}: ${last.state}.` : 'Ready for work.'
    }
    case 'paused':
      return frozen ? 'Frozen where it stood.' : 'Paused.'
    case 'crashed':
      return 'Crashed.'
    case 'stopping':
      return 'Stopping.'
    case 'stopped':
      return 'Stopped.'
  }
}

/** The documented message about an agent, whether it belongs to a session or not. */
export const agentStatus = (agent: AgentView, work: Work, at: number): OutboundOf<'agent_status'> => {
  const task = work.inHand.at(-1) ?? work.last
  const left = task && isInHand(task) ? toGo(task.progress, task.startedAt ?? at, at) : undefined
  return {
    type: 'agent_status',
    agent_id: agent.id,
    agent_name: agent.name,
    status: wordOf(agent).upper,
    progress: progressOf(agent, work),
    message: detailsOf(agent, work) ?? sentenceOf(agent, work),
    timestamp: iso(at),
    metadata: {
      ...(task ? { task_id: task.id } : {}),
      ...(left === undefined ? {} : { estimated_completion: Math.round(seconds(left)) }),
    },
  }
}

/** What each agent does for a session, of the tasks that its swarm still names. */
const worksOf = (view: Sight, { tasks }: SwarmView): ReadonlyMap<string, Work> => {
  const works = new Map<string, { inHand: TaskView[]; last: TaskView | undefined }>()
  for (const id of tasks) {
    const task = view.task(id)
    if (!task?.agent || task.startedAt === undefined) continue
    const work = works.get(task.agent) ?? { inHand: [], last: undefined }
    works.set(task.agent, work)
    if (isInHand(task)) work.inHand.push(task)
    if (!work.last || task.startedAt >= (work.last.startedAt ?? 0)) work.last = task
  }
  return works
}

const none: Work = { inHand: [], last: undefined }

const agentState = (agent: AgentView, work: Work): AgentState => {
  const since = (work.inHand.at(-1) ?? work.last)?.startedAt
  return {
    agent_id: agent.id,
    agent_name: agent.name,
    status: wordOf(agent).lower,
    current_task: work.inHand.at(-1)?.title ?? null,
    progress: progressOf(agent, work),
    details: detailsOf(agent, work) ?? null,
    started_at: since === undefined ? null : seconds(since),
    updated_at: seconds(agent.activeAt),
  }
}

/** The members that may be seen. */
const membersOf = (view: Sight, { members }: SwarmView): readonly AgentView[] => members.flatMap(({ id }) => view.agent(id) ?? [])

/** Without the line break that ends it, which the pages make themselves. */
export const bare = (text: string): string => text.replace(/\r?\n$/, '')

const printedOf = (view: Sight, { printed }: SwarmView, most: number): Printed[] =>
  (most === 0 ? [] : printed.filter(({ task }) => view.mayRead(`task.${task}.output`)).slice(-most)).map(
    ({ at, agent, stream, text }) => ({
      ...{ timestamp: seconds(at), type: stream, content: bare(text), agent: nameOf(view, agent) },
    }),
  )

/** The state that is pushed; `limits`: agents and pieces of output at the most. */
export const stateOf = (
  view: Sight,
  swarm: SwarmView,
  now: number,
  limits: { readonly agents: number; readonly output: number },
): State => {
  const works = worksOf(view, swarm)
  const members = membersOf(view, swarm)
  const busyFirst = members.length > limits.agents ? [...members].sort((a, b) => Number(b.busy) - Number(a.busy)) : members
  const left = toGo(swarm.progress, swarm.createdAt, now)
  return {
    session_id: swarm.id,
    query: swarm.goal,
    total_agents: swarm.members.length,
    active_agents: busyFirst.slice(0, limits.agents).map((agent) => agentState(agent, works.get(agent.id) ?? none)),
    completed_agents: members
      .filter(({ id }) => works.get(id)?.inHand.length === 0 && works.get(id)?.last?.state === 'completed')
      .map(({ name }) => name),
    current_phase: phaseOf(swarm),
    overall_progress: percent(swarm.progress),
    started_at: seconds(swarm.createdAt),
    estimated_completion: left === undefined ? null : seconds(now + left),
    crew_output: printedOf(view, swarm, limits.output),
  }
}

/** The state that is asked for; `output`: pieces of output at the most. */
export const answeredState = (view: Sight, swarm: SwarmView, output: number): AnsweredState => {
  const works = worksOf(view, swarm)
  return {
    session_id: swarm.id,
    query: swarm.goal,
    current_phase: phaseOf(swarm),
    overall_progress: percent(swarm.progress),
    active_agents: membersOf(view, swarm).map((agent) => {
      const work = works.get(agent.id) ?? none
      const { agent_name, progress, current_task, details } = agentState(agent, work)
      const task = work.inHand.at(-1)
      return {
        ...{ agent_name, status: wordOf(agent).upper, progress, current_task },
        details: { ...(task ? { task_id: task.id } : {}), ...(details === null ? {} : { note: details }) },
      }
    }),
    crew_output: printedOf(view, swarm, output),
  }
}

/** A session in the list of those that are active. */
export const entryOf = (view: Sight, swarm: SwarmView): Entry => ({
  session_id: swarm.id,
  query: swarm.goal,
  status: phaseOf(swarm),
  agents_active: membersOf(view, swarm).filter((agent) => isActive(wordOf(agent))).length,
  phase: phaseOf(swarm),
  progress: percent(swarm.progress),
  agents: swarm.members.length,
  started_at: seconds(swarm.createdAt),
})

/** The names of the levels, ours → theirs. */
export const levels = { info: 'info', warn: 'warning', error: 'error' } as const

/** The newest lines of a session: what was logged of it, and what its tasks printed. */
export const logsOf = (view: Sight, swarm: SwarmView, most: number): LogLine[] => {
  const agentOf = (agent: string | undefined) => (agent === undefined ? 'system' : nameOf(view, agent))
  const steps = view.mayRead(`swarm.${swarm.id}.log`) ? swarm.log : []
  const lines = [
    ...steps.map(({ at, offset, level, text, agent, task }) => ({
      ...{ at, offset },
      line: { level: levels[level], agent: agentOf(agent), message: text, details: task === undefined ? {} : { task_id: task } },
    })),
    ...swarm.lines
      .filter(({ task }) => view.mayRead(`task.${task}.output`))
      .map(({ at, offset, agent, task, stream, text }) => ({
        ...{ at, offset },
        line: { level: levels.info, agent: agentOf(agent), message: text, details: { task_id: task, stream } },
      })),
  ]
  // Sorting is stable: the lines of one piece stay in order.
  lines.sort((a, b) => a.offset - b.offset)
  return lines.slice(-most).map(({ at, line }) => ({ timestamp: iso(at), ...line }))
}
