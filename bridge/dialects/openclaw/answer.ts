/** How an OpenClaw client is answered: one response, or one error, for each message. */
import type { Failure } from '../../../src/errors.js'
import type { SessionEventOf } from '../../../src/protocol/session.js'
import type { Answer, PlainFrame, Request } from '../../dialect.js'
import type { Asked, State } from './state.js'
import { errorOf } from './states.js'

export const answer = (request: Request, given: Answer, state: State): readonly PlainFrame[] => {
  if (given.receipt === 'accepted') return []
  const asked = state.asked.get(request.id)
  if (!asked) return unasked(request, given, state)
  state.asked.delete(request.id)
  asked.left.delete(request.id)
  const { command } = request
  if (command.type === 'session.ping' && given.receipt === 'applied')
    return [state.message('pong', {}, { correlationId: asked.correlationId, target: state.clientId })]
  const applied = given.receipt === 'applied'
  asked.outcomes.push({
    to: '',
    ...(applied ? { value: asked.data(given.value) } : { error: errorOf(given.error, command.type) }),
  })
  if (applied) asked.done?.()
  if (asked.left.size > 0) return []
  const { part } = asked
  if (!part) return [together(asked, state)]
  part.whole.left.delete(part.to)
  part.whole.outcomes.push({ ...outcomeOf(asked), to: part.to })
  return part.whole.left.size > 0 ? [] : [together(part.whole, state)]
}

/** Of steps, the first failure, or what the last one came to. */
const outcomeOf = ({ outcomes }: Asked): Asked['outcomes'][number] =>
  outcomes.find(({ error }) => error) ?? outcomes.at(-1) ?? { to: '' }

/** Nobody waits for it, but a hello that failed is told, and an agent that could not be made. */
const unasked = ({ id }: Request, given: Answer, state: State): readonly PlainFrame[] => {
  if (given.receipt !== 'rejected' || (id !== 'auth' && id !== 'register')) return []
  return refuse(given.error, state.authId, state)
}

/** The one answer to a message whose requests are all answered. */
export const together = (asked: Asked, state: State): PlainFrame => {
  const more = state.answerTo(asked)
  if (!asked.each) {
    const { value, error } = outcomeOf(asked)
    return error
      ? state.message('error', { ...error }, { ...more, source: 'websocket_gateway', priority: 2 })
      : state.message('response', { status: 'success', data: value ?? null }, more)
  }
  // It is an error when all of them failed.
  const failed = asked.outcomes.every(({ error }) => error !== undefined)
  const data = Object.fromEntries(
    asked.outcomes.map(({ to, value, error }) => [
      to,
      error ? { status: 'error', error } : { status: 'success', data: value ?? null },
    ]),
  )
  return state.message('response', { status: failed ? 'error' : 'success', data }, more)
}

/** The error for what could not be understood. */
export const refuse = (failure: Failure, id: string | undefined, state: State): readonly PlainFrame[] => [
  state.message('error', errorOf(failure), { correlationId: id, target: state.clientId, priority: 2 }),
]

/** The acknowledgement, with its fields flat; it alone mirrors the case of the AUTH that it answers. */
export const acknowledgement = (
  { session, resumed, permissions }: SessionEventOf<'session.welcome'>,
  state: State,
): PlainFrame => {
  const { clientId, upper, authId } = state
  const message = state.message('connection_ack', { resumed }, { correlationId: authId, target: clientId })
  return {
    ...message,
    ...(upper ? { type: 'CONNECTION_ACK' } : {}),
    sessionId: session,
    clientId,
    serverTime: message['timestamp'],
    permissions: [...permissions],
  }
}
