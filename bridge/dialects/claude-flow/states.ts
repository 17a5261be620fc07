/** Our words for where something stands, and for what went wrong, in those of claude-flow: the one table. */
import type { Code } from '../../../src/errors.js'
import type { Priority } from '../../../src/protocol/priority.js'
import type { AgentState, TaskState, Topology } from '../../../src/protocol/states.js'
import type { AgentStatus, SwarmTopology, TaskStatus } from './data.js'
import { type ErrorCode, ErrorCodes } from './words.js'

const agents: Readonly<Record<AgentState, AgentStatus>> = {
  spawning: 'idle',
  running: 'idle',
  paused: 'idle',
  crashed: 'error',
  stopping: 'busy',
  stopped: 'offline',
}

export const agentStatusOf = (state: AgentState, busy: boolean): AgentStatus =>
  state === 'running' && busy ? 'busy' : agents[state]

export const taskStatusOf: Readonly<Record<TaskState, TaskStatus>> = {
  queued: 'pending',
  assigned: 'pending',
  running: 'in-progress',
  paused: 'in-progress',
  crashed: 'in-progress',
  completed: 'completed',
  failed: 'failed',
  cancelled: 'cancelled',
}

/** Two of ours have no word there: a star is a hierarchy of one level, in a ring everybody is reached in the end. */
export const topologyOf: Readonly<Record<Topology, SwarmTopology>> = {
  mesh: 'mesh',
  ring: 'mesh',
  star: 'hierarchical',
  hierarchical: 'hierarchical',
  'hierarchical-mesh': 'hierarchical-mesh',
  adaptive: 'adaptive',
}

export const priorityOf: Readonly<Record<Priority, number>> = { low: 0, normal: 1, high: 2, critical: 3 }

/** What is said the same whatever was asked. */
const always: Partial<Record<Code, ErrorCode>> = {
  AUTH_REQUIRED: ErrorCodes.AUTHENTICATION_FAILED,
  AUTH_FAILED: ErrorCodes.AUTHENTICATION_FAILED,
  AUTH_EXPIRED: ErrorCodes.AUTHENTICATION_FAILED,
  FORBIDDEN: ErrorCodes.AUTHORIZATION_FAILED,
  SIGNATURE_REQUIRED: ErrorCodes.AUTHORIZATION_FAILED,
  SIGNATURE_INVALID: ErrorCodes.AUTHORIZATION_FAILED,
  RATE_LIMITED: ErrorCodes.RATE_LIMIT_EXCEEDED,
  UNSUPPORTED_VERSION: ErrorCodes.UNSUPPORTED_VERSION,
  INTERNAL: ErrorCodes.INTERNAL_ERROR,
}

/** `otherwise`: what failed, where the code alone does not say it. */
export const errorCodeOf = (code: Code, otherwise: ErrorCode = ErrorCodes.INVALID_MESSAGE): ErrorCode => always[code] ?? otherwise
