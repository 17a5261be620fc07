/** AgentCraft's frames in: all that a client may ask is answered at once, from what is in view. */
import { TroupeError } from '../../../src/errors.js'
import { fitted } from '../../../src/protocol/fitted.js'
import type { PlainFrame, Saying } from '../../dialect.js'
import type { Memory } from './memory.js'
import { answeredState, logsOf, seconds } from './picture.js'
import { type Inbound, inbound, type Outbound } from './words.js'

/** What is said at the most. */
export interface AnswerLimits {
  readonly logLines: number
  readonly answeredOutput: number
}

const shown = (value: unknown): string => (JSON.stringify(value) ?? 'nothing').slice(0, 80)

/** Throws `INVALID_MESSAGE` with what was expected, what came, and what to do. */
const read = (frame: PlainFrame): Inbound => {
  const { type } = frame
  const known = typeof type === 'string' && Object.hasOwn(inbound, type) ? inbound[type as keyof typeof inbound] : undefined
  if (!known)
    throw new TroupeError(
      'INVALID_MESSAGE',
      `There is no message of type ${shown(type)} here; a client may send ${Object.keys(inbound).join(', ')}.`,
    )
  const message = fitted(known, frame)
  if (message.success) return message.data
  throw new TroupeError(
    'INVALID_MESSAGE',
    `${String(type)} needs a session_id, a text of 1 to 256 characters such as an entry of active_sessions has; got ${shown(frame['session_id'])}.`,
  )
}

export const hear = (frame: PlainFrame, memory: Memory, limits: AnswerLimits): readonly Saying[] => {
  const message = read(frame)
  const answer = message.type === 'pong' ? undefined : answerTo(message, memory, limits)
  return answer ? [{ say: [answer] }] : []
}

const answerTo = (message: Exclude<Inbound, { type: 'pong' }>, memory: Memory, limits: AnswerLimits): Outbound => {
  const { view, now } = memory.context
  const timestamp = seconds(now())
  switch (message.type) {
    case 'get_session_state': {
      const { session_id } = message
      const swarm = view.swarm(session_id)
      if (!swarm) return { type: 'session_not_found', session_id, timestamp }
      return { type: 'session_state', session_id, state: answeredState(view, swarm, limits.answeredOutput), timestamp }
    }
    case 'get_session_logs': {
      const { session_id } = message
      const swarm = view.swarm(session_id)
      if (!swarm) return { type: 'session_not_found', session_id, timestamp }
      return { type: 'session_logs', session_id, logs: logsOf(view, swarm, limits.logLines), timestamp }
    }
    case 'start_log_streaming': {
      const { session_id } = message
      memory.stream(session_id)
      // The original's page asks for the log of a session before it begins one.
      const told = view.swarm(session_id)
        ? 'enabled'
        : `enabled; there is no session ${session_id} yet, its lines follow when there is`
      return { type: 'log_streaming_started', session_id, timestamp, message: `Log streaming ${told}.` }
    }
    case 'stop_log_streaming': {
      const told = memory.streamed === undefined ? 'was not enabled' : 'disabled'
      memory.stream(undefined)
      return { type: 'log_streaming_stopped', timestamp, message: `Log streaming ${told}.` }
    }
  }
}
