/** Where agents and commands are in their lives, and what goes wrong, in the dashboard's words. */
import type { Code } from '../../../src/errors.js'
import type { EventOf } from '../../../src/protocol/event.js'
import type { AgentState, TaskState } from '../../../src/protocol/states.js'
import type { TaskView } from '../../../src/protocol/view.js'
import type { AgentStatus, CommandStatus, ErrorCode } from './words.js'

const agents: Readonly<Record<AgentState, AgentStatus>> = {
  spawning: 'online',
  // While nothing is in hand.
  running: 'online',
  paused: 'online',
  crashed: 'offline',
  stopping: 'busy',
  stopped: 'offline',
}

export const agentStatusOf = ({ state, busy }: { readonly state: AgentState; readonly busy: boolean }): AgentStatus =>
  state === 'running' && busy ? 'busy' : agents[state]

/** Whether a change of an agent is one in the dashboard's words too. Running, it can only have become busy or idle. */
export const isNews = (event: EventOf<'agent.status'>): boolean => {
  const { from } = event
  if (from === undefined || from === 'running') return true
  return agents[from] !== agentStatusOf(event)
}

const commands: Readonly<Record<TaskState, CommandStatus>> = {
  queued: 'queued',
  assigned: 'queued',
  running: 'running',
  paused: 'running',
  // It will be tried again; one that will not fails without it.
  crashed: 'queued',
  completed: 'completed',
  failed: 'failed',
  cancelled: 'interrupted',
}

export const commandStatusOf = (state: TaskState): CommandStatus => commands[state]

/** What became of a command, in the dashboard's words; undefined where these have none for the change. */
export const becameOf = (
  { state, from, attempt }: EventOf<'task.status'>,
  task: Pick<TaskView, 'to' | 'swarm'> | undefined,
): CommandStatus | undefined => {
  // What waits for a swarm is nobody's; a member that gets it has it in its queue.
  if (state === 'assigned' && attempt <= 1 && task?.swarm !== undefined && task.to === task.swarm) return 'queued'
  return from !== undefined && commands[from] === commands[state] ? undefined : commands[state]
}

const codes: Partial<Record<Code, ErrorCode>> = {
  AUTH_REQUIRED: 'AUTH_FAILED',
  AUTH_FAILED: 'AUTH_FAILED',
  AUTH_EXPIRED: 'AUTH_FAILED',
  FORBIDDEN: 'AUTH_FAILED',
  SIGNATURE_REQUIRED: 'AUTH_FAILED',
  SIGNATURE_INVALID: 'AUTH_FAILED',
  ORIGIN_REFUSED: 'AUTH_FAILED',
  NOT_RUNNING: 'AGENT_OFFLINE',
  ENDED: 'AGENT_OFFLINE',
  CRASHED: 'AGENT_OFFLINE',
  TIMEOUT: 'COMMAND_TIMEOUT',
  QUEUE_FULL: 'QUEUE_FULL',
  RATE_LIMITED: 'RATE_LIMIT',
  TOO_MANY: 'RATE_LIMIT',
}

/** One of the document's codes; what none of them names is a message that cannot be carried out as it is. */
export const codeOf = (code: Code): ErrorCode => codes[code] ?? 'INVALID_MESSAGE'

/** The document's own column, but for a version that is not spoken: that costs the connection. */
export const isRecoverable = (code: Code): boolean => codeOf(code) !== 'AUTH_FAILED' && code !== 'UNSUPPORTED_VERSION'
