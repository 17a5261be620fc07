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
  const to = asked.names.get(request.id) ?? ''
  asked.outcomes.push(
    given.receipt === 'applied' ? { to, value: asked.data(given.value) } : { to, error: errorOf(given.error, command.type) },
  )
  if (given.receipt === 'applied') asked.done?.()
  return asked.left.size > 0 ? [] : [together(asked, state)]
}

/** Nobody waits for it, but a hello that failed is told, and an agent that could not be made. */
const unasked = ({ id }: Request, given: Answer, state: State): readonly PlainFrame[] => {
  if (given.receipt !== 'rejected' || (id !== 'auth' && id !== 'register')) return []
  return refuse(given.error, state.authId, state)
}

const together = (asked: Asked, state: State): PlainFrame => {
  const { outcomes } = asked
  const [only] = outcomes
  const more = state.answerTo(asked)
  const failure = asked.sequence ? outcomes.find(({ error }) => error) : undefined
  if (failure?.error) return state.message('error', { ...failure.error }, { ...more, source: 'websocket_gateway', priority: 2 })
  if (asked.sequence) return state.message('response', { status: 'success', data: outcomes.at(-1)?.value ?? null }, more)
  if (only && outcomes.length === 1)
    return only.error
      ? state.message('error', { ...only.error }, { ...more, source: 'websocket_gateway', priority: 2 })
      : state.message('response', { status: 'success', data: only.value ?? null }, more)
  // Asked of several, each is answered for by its name; it is an error when all of them failed.
  const failed = outcomes.every(({ error }) => error !== undefined)
  const data = Object.fromEntries(
    outcomes.map(({ to, value, error }) => [to, error ? { status: 'error', error } : { status: 'success', data: value ?? null }]),
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
