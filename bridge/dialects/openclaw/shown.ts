/** Agents, tasks and projects as data, in OpenClaw's words. */
import type { AgentView, SwarmView, TaskView } from '../../../src/protocol/view.js'
import { agentStatus, projectStatus, taskStatus } from './states.js'
import { priorities } from './words.js'

const isoOf = (at: number | undefined): string | null => (at === undefined ? null : new Date(at).toISOString())

export const agentShown = (agent: AgentView) => ({
  agentId: agent.id,
  name: agent.name,
  kind: agent.definition,
  status: agentStatus(agent.state, agent.busy),
  activity: agent.activity ?? null,
  currentTasks: [...agent.tasks],
  queuedTasks: agent.queue.length,
  completedTasks: agent.completed,
  failedTasks: agent.failed,
  capabilities: [...(agent.capabilities ?? []), ...agent.hears],
  lastActivity: isoOf(agent.activeAt),
  ...(agent.error ? { error: agent.error.message } : {}),
  metadata: agent.metadata ?? {},
})

export const taskShown = (task: TaskView) => ({
  taskId: task.id,
  title: task.title,
  projectId: task.swarm ?? null,
  agentId: task.agent ?? null,
  status: taskStatus(task.state),
  priority: priorities.indexOf(task.priority),
  progress: task.progress,
  dependencies: [...task.needs],
  createdBy: task.by,
  createdAt: isoOf(task.createdAt),
  startedAt: isoOf(task.startedAt),
  completedAt: isoOf(task.endedAt),
  ...(task.result === undefined ? {} : { result: task.result }),
  ...(task.error ? { error: task.error.message } : {}),
  metadata: task.metadata ?? {},
})

/** `now`: from where the time that is estimated to be left is counted. */
export const progressShown = (swarm: SwarmView, now: number) => ({
  projectId: swarm.id,
  progress: swarm.progress,
  completedTasks: swarm.completed,
  totalTasks: swarm.total,
  estimatedCompletion: swarm.remaining === undefined ? null : isoOf(now + swarm.remaining),
})

export const projectShown = (swarm: SwarmView, now: number) => ({
  ...progressShown(swarm, now),
  name: swarm.name,
  description: swarm.goal,
  status: projectStatus(swarm.state, swarm.phase),
  agents: swarm.members.map(({ id }) => id),
  tasks: [...swarm.tasks],
  deadline: swarm.metadata?.['deadline'] ?? null,
  createdAt: isoOf(swarm.createdAt),
  metadata: swarm.metadata ?? {},
})
