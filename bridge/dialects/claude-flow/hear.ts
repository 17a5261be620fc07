/** What a claude-flow client says, in the runtime's words. */
import type { z } from 'zod'
import { type Failure, TroupeError, toTroupeError } from '../../../src/errors.js'
import { fitted } from '../../../src/protocol/fitted.js'
import type { SessionCommand } from '../../../src/protocol/session.js'
import type { PlainFrame, Request, Saying } from '../../dialect.js'
import { type Asked, type Group, type State, voteOf } from './state.js'
import { errorCodeOf } from './states.js'
import { isPattern, type Subscription, subscriptionOf, topicIn } from './topics.js'
import { votingOf } from './votes.js'
import { type ErrorCode, ErrorCodes, type InWord, inbound, type MessageOf, supportedVersions } from './words.js'

type Heard = readonly (Request | Saying)[]

const isWord = (type: unknown): type is InWord => typeof type === 'string' && Object.hasOwn(inbound, type)

const shown = (value: unknown): string => (JSON.stringify(value) ?? 'nothing').slice(0, 80)

/** The id of a message, as its sender waits for it. */
export const idOf = (frame: PlainFrame): string | undefined => {
  const { id } = frame
  return typeof id === 'string' && id !== '' ? id.slice(0, 256) : undefined
}

/** Throws `INVALID_MESSAGE`, and `UNSUPPORTED_VERSION` for a version that is not spoken. */
const read = (frame: PlainFrame): MessageOf<InWord> => {
  const { type, version } = frame
  if (typeof version === 'string' && !supportedVersions.includes(version)) throw unsupported([version])
  if (!isWord(type))
    throw new TroupeError(
      'INVALID_MESSAGE',
      `A message has one of these types: ${Object.keys(inbound).join(', ')}; got ${shown(type)}.`,
    )
  const result = fitted(inbound[type] as z.ZodType<MessageOf<InWord>>, frame)
  if (result.success) return result.data
  const [issue] = result.error.issues
  const where = issue?.path.map(String).join('.') || 'its top'
  throw new TroupeError('INVALID_MESSAGE', `The ${type} message does not fit at ${where}: ${issue?.message}.`.slice(0, 500))
}

const unsupported = (versions: readonly string[]): TroupeError =>
  new TroupeError(
    'UNSUPPORTED_VERSION',
    `Version ${supportedVersions.join(', ')} is spoken here; got ${versions.join(', ') || 'none'}.`.slice(0, 300),
  )

export const hear = (frame: PlainFrame, state: State): Heard => {
  const message = read(frame)
  switch (message.type) {
    case 'version-negotiation':
      return negotiate(message, state)
    case 'auth':
      return authenticate(message, state)
    case 'ack':
    case 'error':
      return []
    default:
      return state.standing ? work(message, state) : [early(message.id, state)]
  }
}

/** Whoever is not let in yet is told so, and nothing is kept of what it said; it may still say who it is. */
const early = (id: string, state: State): Saying => {
  const error = new TroupeError('AUTH_REQUIRED', 'Say auth with a token that is accepted before anything else.')
  return { say: [wrong(error.toJSON(), id, state)], early: true }
}

type Work = Exclude<MessageOf<InWord>, { type: 'version-negotiation' | 'auth' | 'ack' | 'error' }>

const work = (message: Work, state: State): Heard => {
  switch (message.type) {
    case 'ping':
      return [ask(message.id, { type: 'session.ping' }, ErrorCodes.INVALID_MESSAGE, state, { since: message.timestamp })]
    case 'pong':
      return [{ id: message.id, command: { type: 'session.pong' } }]
    case 'subscribe':
      return tried(message.id, ErrorCodes.SUBSCRIPTION_FAILED, state, () => subscribe(message, state))
    case 'unsubscribe':
      return tried(message.id, ErrorCodes.SUBSCRIPTION_FAILED, state, () => unsubscribe(message, state))
    case 'publish':
      return tried(message.id, ErrorCodes.PUBLISH_FAILED, state, () => publish(message, state))
  }
}

/** What is refused before it is asked is answered as what it was. */
const tried = (id: string, fails: ErrorCode, state: State, run: () => Heard): Heard => {
  try {
    return run()
  } catch (thrown) {
    return [{ say: [wrong(toTroupeError(thrown).toJSON(), id, state, fails)] }]
  }
}

/** The error for a failure; `id`: that of the message that it answers. */
export const wrong = ({ code, message, details }: Failure, id: string | undefined, state: State, fails?: ErrorCode): PlainFrame =>
  state.frame(
    'error',
    { code: errorCodeOf(code, fails), message: message.slice(0, 1_000), ...(details ? { details: { ...details } } : {}) },
    id,
  )

const groupOf = (left: number): Group => ({ left, done: 0, counted: [], failed: undefined })

const ask = (
  id: string,
  command: SessionCommand,
  fails: ErrorCode,
  state: State,
  more: Pick<Asked, 'apply' | 'since'> = {},
): Request => {
  const request: Request = { id, command }
  state.asked.set(request, { fails, group: groupOf(1), ...more })
  return request
}

const negotiate = (message: MessageOf<'version-negotiation'>, state: State): Heard => {
  const selectedVersion = message.supportedVersions.find((each) => supportedVersions.includes(each))
  if (selectedVersion === undefined) throw unsupported(message.supportedVersions)
  const answer = { supportedVersions: [...supportedVersions], selectedVersion }
  return [{ say: [state.frame('version-negotiation', answer)], early: true }]
}

/** The first is hello; whoever is let in already gets another token accepted. */
const authenticate = ({ id, token, metadata }: MessageOf<'auth'>, state: State): Heard => {
  const command: SessionCommand = state.standing
    ? { type: 'session.refresh', token }
    : { type: 'session.hello', ...(token === '' ? {} : { token }), ...(metadata ? { metadata } : {}) }
  return [ask(id, command, ErrorCodes.AUTHENTICATION_FAILED, state)]
}

const subscribe = ({ id, topics, patterns = [] }: MessageOf<'subscribe'>, state: State): Heard => {
  const { subscriptions: limit = 100, patterns: mayBePatterns = true } = state.options
  const added = new Map<string, Subscription>()
  for (const text of [...topics, ...patterns]) {
    if (!mayBePatterns && isPattern(text))
      throw new TroupeError('UNSUPPORTED', `Patterns are switched off here; subscribe to topics. Got ${shown(text)}.`)
    added.set(text, subscriptionOf(text))
  }
  const all = new Map([...state.subscriptions, ...added])
  if (all.size > limit)
    throw new TroupeError(
      'TOO_MANY',
      `A connection may have ${limit} subscriptions; unsubscribe from some, or join them in a pattern.`,
      { details: { limit } },
    )
  const needed = [...state.patternsFor(added.values())].filter((pattern) => !state.patterns.has(pattern))
  const apply = () => {
    for (const [text, subscription] of added) state.subscriptions.set(text, subscription)
    for (const pattern of needed) state.patterns.add(pattern)
  }
  if (needed.length > 0)
    return [ask(id, { type: 'session.subscribe', patterns: needed }, ErrorCodes.SUBSCRIPTION_FAILED, state, { apply })]
  apply()
  return [{ say: [state.frame('ack', { messageId: id, success: true })] }]
}

/** What nobody listened to is no error. */
const unsubscribe = ({ id, topics }: MessageOf<'unsubscribe'>, state: State): Heard => {
  for (const text of topics) state.subscriptions.delete(text)
  const needed = state.patternsFor(state.subscriptions.values())
  const patterns = [...state.patterns].filter((pattern) => !needed.has(pattern))
  for (const pattern of patterns) state.patterns.delete(pattern)
  if (patterns.length > 0) return [ask(id, { type: 'session.unsubscribe', patterns }, ErrorCodes.SUBSCRIPTION_FAILED, state)]
  return [{ say: [state.frame('ack', { messageId: id, success: true })] }]
}

const publish = ({ id, topic: written, data, broadcast = false }: MessageOf<'publish'>, state: State): Heard => {
  const { context, own, options } = state
  const topic = topicIn(written)
  const voting = votingOf(topic, data, context.view, options)
  const group = groupOf(voting?.length ?? 1)
  const request = (command: Request['command'], mark: string, causationId?: string): Request => {
    const asked: Request = { id, command, ...(causationId === undefined ? {} : { cause: { causationId } }) }
    if (!broadcast) own.add(mark)
    state.asked.set(asked, { fails: ErrorCodes.PUBLISH_FAILED, group, end: () => own.delete(mark) })
    return asked
  }
  if (voting) return voting.map(({ command, about: { ballot, voter } }) => request(command, voteOf(ballot, voter)))
  const causationId = context.nextId()
  return [request({ type: 'channel.publish', topic, body: data }, causationId, causationId)]
}
