/** How a Team Dashboard is answered: an ack for everything, and a number for what failed. */
import type { Failure } from '../../../src/errors.js'
import type { SessionEventOf } from '../../../src/protocol/session.js'
import type { Answer, PlainFrame, Request } from '../../dialect.js'
import type { State } from './state.js'
import { numberOf } from './states.js'

/** The ack and the number of what failed; `agent`: whom it was about. */
export const failed = (
  failure: Failure,
  messageId: string,
  state: State,
  {
    agent,
    asked,
    correlationId,
  }: { readonly agent?: string | undefined; readonly asked?: string; readonly correlationId?: string | undefined } = {},
): readonly PlainFrame[] => {
  const message = failure.message.slice(0, 1_000)
  const code = numberOf(failure.code, asked)
  const metadata = { correlationId, agentId: agent }
  const ack = state.frame('ack', { messageId, success: false, error: message }, metadata)
  // What is about one agent stands among its own news.
  if (agent !== undefined && code >= 2_000 && code < 3_000)
    return [ack, state.frame('agent:error', { agentId: agent, error: { code: String(code), message } }, metadata)]
  const { details } = failure
  return [ack, state.frame('error', { code, message, ...(details ? { details: { ...details } } : {}) }, metadata)]
}

export const answer = (request: Request, given: Answer, state: State): readonly PlainFrame[] => {
  const frames = answered(request, given, state)
  // A word about the connection does not wait for the events before it.
  return request.command.type.startsWith('session.') ? state.ahead(frames) : frames
}

const answered = (request: Request, given: Answer, state: State): readonly PlainFrame[] => {
  if (given.receipt === 'accepted') return []
  const asked = state.asked.get(request.id)
  state.asked.delete(request.id)
  const { messageId = '', correlationId, agent, subscription } = asked ?? {}
  const { type } = request.command
  if (given.receipt === 'rejected') return failed(given.error, messageId, state, { agent, asked: type, correlationId })
  if (type === 'session.ping') return [pong(state)]
  const metadata = { correlationId, agentId: agent }
  if (subscription) {
    state.subscriptions.set(subscription.id, subscription)
    return [state.frame('ack', { messageId, success: true, subscriptionId: subscription.id }, metadata)]
  }
  if (type !== 'agent.spawn') return [state.frame('ack', { messageId, success: true }, metadata)]
  const { id, warnings } = given.value as { readonly id: string; readonly warnings?: readonly string[] }
  const { name = id, spawnedAt = state.context.now() } = state.context.view.agent(id) ?? {}
  const created = { agentId: id, name, pid: state.context.pid, startTime: spawnedAt }
  const ack = { messageId, success: true, agentId: id, ...(warnings ? { warnings: [...warnings] } : {}) }
  return [state.frame('ack', ack, metadata), state.frame('agent:created', created, { correlationId, agentId: id })]
}

/** The ack of auth. */
export const welcome = (
  { session, resumed, missed = 0, cursor }: SessionEventOf<'session.welcome'>,
  state: State,
  request?: Request,
): readonly PlainFrame[] => {
  const { messageId = '', correlationId } = state.asked.get(request?.id ?? '') ?? {}
  state.asked.clear()
  state.welcomed(cursor.offset)
  return [state.frame('ack', { messageId, success: true, sessionId: session, resumed, missed }, { correlationId })]
}

/** Sent enveloped, with a flat timestamp beside, which is the frame's own. */
export const pong = (state: State): PlainFrame => state.frame('pong', { timestamp: state.context.now() })
