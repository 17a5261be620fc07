/** Where agents, tasks and projects are in their lives, in OpenClaw's words; and our errors in its codes. */
import type { Code, Failure } from '../../../src/errors.js'
import type { AgentState, SwarmState, TaskState } from '../../../src/protocol/states.js'
import { type ErrorCode, errorCodes } from './words.js'

export const agentStatus = (state: AgentState, busy: boolean): string => {
  switch (state) {
    case 'spawning':
      return 'starting'
    case 'running':
      return busy ? 'busy' : 'idle'
    case 'crashed':
      return 'error'
    case 'stopped':
      return 'offline'
    default:
      return state
  }
}

const tasks: Readonly<Record<TaskState, string>> = {
  queued: 'pending',
  assigned: 'assigned',
  running: 'in_progress',
  paused: 'paused',
  crashed: 'retrying',
  completed: 'completed',
  failed: 'failed',
  cancelled: 'cancelled',
}
export const taskStatus = (state: TaskState): string => tasks[state]

const projects: Readonly<Record<SwarmState, string>> = {
  forming: 'planning',
  running: 'active',
  paused: 'paused',
  crashed: 'error',
  dissolving: 'closing',
  dissolved: 'closed',
}
/** A project whose tasks are all done is completed, until there is a new one. */
export const projectStatus = (state: SwarmState, phase: string): string =>
  state === 'running' && phase === 'completed' ? 'completed' : projects[state]

const errors: Partial<Record<Code, ErrorCode>> = {
  AUTH_REQUIRED: 'INVALID_TOKEN',
  AUTH_FAILED: 'INVALID_TOKEN',
  AUTH_EXPIRED: 'TOKEN_EXPIRED',
  FORBIDDEN: 'INSUFFICIENT_PERMISSIONS',
  POLICY: 'INSUFFICIENT_PERMISSIONS',
  SIGNATURE_REQUIRED: 'INSUFFICIENT_PERMISSIONS',
  SIGNATURE_INVALID: 'INSUFFICIENT_PERMISSIONS',
  UNREADABLE: 'INVALID_MESSAGE_FORMAT',
  ORIGIN_REFUSED: 'INSUFFICIENT_PERMISSIONS',
  BAD_FRAME: 'INVALID_MESSAGE_FORMAT',
  INVALID_MESSAGE: 'INVALID_MESSAGE_FORMAT',
  INVALID_OPTION: 'INVALID_MESSAGE_FORMAT',
  INVALID_STATE: 'INVALID_MESSAGE_FORMAT',
  UNSUPPORTED: 'INVALID_MESSAGE_FORMAT',
  UNSUPPORTED_VERSION: 'INVALID_MESSAGE_FORMAT',
  UNKNOWN_DEFINITION: 'INVALID_MESSAGE_FORMAT',
  ID_TAKEN: 'INVALID_MESSAGE_FORMAT',
  NO_HANDLER: 'INVALID_MESSAGE_FORMAT',
  CYCLE: 'INVALID_MESSAGE_FORMAT',
  MESSAGE_TOO_LARGE: 'MESSAGE_TOO_LARGE',
  NOT_FOUND: 'INVALID_TARGET',
  UNREACHABLE: 'INVALID_TARGET',
  NOT_RUNNING: 'AGENT_UNAVAILABLE',
  ENDED: 'AGENT_UNAVAILABLE',
  QUEUE_FULL: 'AGENT_OVERLOADED',
  TOO_MANY: 'AGENT_OVERLOADED',
  FAILED: 'TASK_EXECUTION_FAILED',
  CRASHED: 'TASK_EXECUTION_FAILED',
  KILLED: 'TASK_EXECUTION_FAILED',
  CANCELLED: 'TASK_EXECUTION_FAILED',
  REJECTED: 'TASK_EXECUTION_FAILED',
  DEPENDENCY_FAILED: 'TASK_EXECUTION_FAILED',
  TIMEOUT: 'TIMEOUT',
  EXPIRED: 'TIMEOUT',
  RATE_LIMITED: 'RATE_LIMIT_EXCEEDED',
  DRAINING: 'SERVICE_UNAVAILABLE',
  FULL: 'SERVICE_UNAVAILABLE',
  DISCONNECTED: 'SERVICE_UNAVAILABLE',
  JOURNAL_UNAVAILABLE: 'SERVICE_UNAVAILABLE',
}

/** Errors after which the same client cannot go on as it is. */
const lasting = new Set<ErrorCode>(['INVALID_TOKEN', 'TOKEN_EXPIRED', 'INSUFFICIENT_PERMISSIONS', 'INTERNAL_ERROR'])

/** Details may be an agent's own too, and say anything. */
const isOwn = (code: unknown): code is ErrorCode => errorCodes.some((each) => each === code)

/** An error as OpenClaw tells it. `details.own` names a code of the document that ours are too coarse for. */
export const errorOf = ({ code, message, retry, details = {} }: Failure, asked = '') => {
  const { own, retryAfter, ...more } = details
  const theirs: ErrorCode = isOwn(own)
    ? own
    : code === 'TOO_MANY' && asked === 'session.subscribe'
      ? 'channel' in details
        ? 'CHANNEL_FULL'
        : 'SUBSCRIPTION_FAILED'
      : (errors[code] ?? 'INTERNAL_ERROR')
  const after = typeof retryAfter === 'number' && retryAfter >= 0 ? retryAfter : retry ? 1_000 : undefined
  return {
    code: theirs,
    message: message.slice(0, 1_000),
    ...(Object.keys(more).length > 0 ? { details: more } : {}),
    recoverable: !lasting.has(theirs),
    ...(after === undefined ? {} : { retryAfter: after }),
  }
}
