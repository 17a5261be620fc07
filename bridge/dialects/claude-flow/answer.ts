/** How a claude-flow client is answered: an ack, a pong, or an error with the id of its message. */
import type { Answer, PlainFrame, Request } from '../../dialect.js'
import { wrong } from './hear.js'
import type { State } from './state.js'

export const answer = (request: Request, given: Answer, state: State): readonly PlainFrame[] => {
  if (given.receipt === 'accepted') return []
  const asked = state.asked.get(request)
  asked?.end?.()
  // A vote that comes when the outcome was certain already is not counted, and nobody's fault.
  const late = given.receipt === 'rejected' && request.command.type === 'ballot.vote' && given.error.code === 'INVALID_STATE'
  if (given.receipt === 'rejected' && !late) {
    if (asked?.group.failed) return []
    if (asked) asked.group.failed = true
    return [wrong(given.error, request.id, state, asked?.fails)]
  }
  asked?.apply?.()
  if (request.command.type === 'session.ping') {
    const latency = state.context.now() - (asked?.since ?? state.context.now())
    return [state.frame('pong', { latency })]
  }
  if (!asked) return [state.frame('ack', { messageId: request.id, success: true })]
  const { group } = asked
  if (!late) group.done++
  if (--group.left > 0 || group.failed) return []
  return [state.frame('ack', { messageId: request.id, success: group.done > 0 })]
}
