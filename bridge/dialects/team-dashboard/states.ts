/** Where an agent is in its life, in the dashboard's words; and our errors in its numbers. */
import type { Code } from '../../../src/errors.js'
import type { AgentState } from '../../../src/protocol/states.js'
import type { ErrorCode, Payload } from './words.js'

export const statusOf: Readonly<Record<AgentState, Payload<'agent:status'>['status']>> = {
  spawning: 'starting',
  running: 'running',
  paused: 'paused',
  crashed: 'crashed',
  stopping: 'stopping',
  stopped: 'stopped',
}

const numbers: Partial<Record<Code, ErrorCode>> = {
  AUTH_REQUIRED: 1001,
  AUTH_FAILED: 1001,
  SUPERSEDED: 1001,
  AUTH_EXPIRED: 1002,
  FORBIDDEN: 1003,
  POLICY: 1003,
  SIGNATURE_REQUIRED: 1003,
  SIGNATURE_INVALID: 1003,
  UNREADABLE: 4001,
  ORIGIN_REFUSED: 1003,
  NOT_FOUND: 2001,
  ENDED: 2001,
  UNKNOWN_DEFINITION: 2002,
  ID_TAKEN: 2002,
  TIMEOUT: 2004,
  EXPIRED: 2004,
  QUEUE_FULL: 3001,
  TOO_MANY: 3001,
  NOT_RUNNING: 3002,
  DRAINING: 3002,
  FULL: 3002,
  JOURNAL_UNAVAILABLE: 3002,
  BAD_FRAME: 4001,
  INVALID_MESSAGE: 4001,
  INVALID_STATE: 4001,
  INVALID_OPTION: 4001,
  MESSAGE_TOO_LARGE: 4001,
  NO_HANDLER: 4001,
  UNSUPPORTED: 4002,
  UNSUPPORTED_VERSION: 4002,
  RATE_LIMITED: 4003,
}

/** `asked`: the word that failed; making an agent has numbers of its own. */
export const numberOf = (code: Code, asked?: string): ErrorCode => {
  if (asked === 'agent.spawn') {
    if (code === 'TOO_MANY') return 2003
    if (code !== 'FORBIDDEN' && code !== 'DRAINING' && code !== 'RATE_LIMITED') return 2002
  }
  return numbers[code] ?? 3003
}
