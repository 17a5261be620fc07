/** How a claude-flow client is answered: an ack, a pong, or an error with the id of its message. */
import type { Failure } from '../../../src/errors.js'
import type { Answer, PlainFrame, Request } from '../../dialect.js'
import { wrong } from './hear.js'
import type { State } from './state.js'

export const answer = (request: Request, given: Answer, state: State): readonly PlainFrame[] => {
  if (given.receipt === 'accepted') return []
  const asked = state.asked.get(request)
  asked?.end?.()
  // A vote that comes when the outcome was certain already is not counted, and nobody's fault.
  const late = given.receipt === 'rejected' && request.command.type === 'ballot.vote' && given.error.code === 'INVALID_STATE'
  if (!asked) {
    if (given.receipt === 'rejected') return [wrong(given.error, request.id, state)]
    return [state.frame('ack', { messageId: request.id, success: true })]
  }
  const { group, apply, fails } = asked
  if (given.receipt === 'rejected') {
    if (!late) group.failed ??= given.error
  } else {
    apply?.()
    if (request.command.type === 'session.ping')
      return [state.frame('pong', { latency: state.context.now() - (asked.since ?? state.context.now()) })]
    group.done++
    if (request.command.type === 'ballot.vote') group.counted.push(request.command.voter)
  }
  if (--group.left > 0) return []
  if (group.failed) return [wrong(withCounted(group.failed, group.counted), request.id, state, fails)]
  return [state.frame('ack', { messageId: request.id, success: group.done > 0 })]
}

/** Of several votes in one message some may have been counted: their voters are named. */
const withCounted = (failure: Failure, counted: readonly string[]): Failure =>
  counted.length > 0 ? { ...failure, details: { ...failure.details, counted } } : failure
