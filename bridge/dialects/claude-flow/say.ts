/** What happens, as events of claude-flow on the topics that a client listens to. */
import type { Envelope } from '../../../src/protocol/envelope.js'
import type { EventOf } from '../../../src/protocol/event.js'
import { matches } from '../../../src/protocol/topic.js'
import type { PlainFrame } from '../../dialect.js'
import type { News, Scene } from './news.js'
import { agentNews } from './say-agent.js'
import { ballotNews } from './say-ballot.js'
import { swarmNews } from './say-swarm.js'
import { taskNews } from './say-task.js'
import { type State, voteOf } from './state.js'
import { speaksOfVote } from './votes.js'

export const say = (envelope: Envelope, state: State): readonly PlainFrame[] => {
  const { event } = envelope
  if (event.type === 'message') return message(envelope, event, state)
  if (event.type === 'client.message') return personal(envelope, event, state)
  if (isOwn(envelope, state)) return []
  const said: PlainFrame[] = []
  for (const each of newsOf(envelope, { view: state.context.view, timestamp: envelope.timestamp }))
    said.push(...tell(each, envelope, state))
  return said
}

const newsOf = ({ event }: Envelope, scene: Scene): readonly News[] => {
  switch (event.type.slice(0, event.type.indexOf('.'))) {
    case 'agent':
      return agentNews(event as Parameters<typeof agentNews>[0], scene)
    case 'task':
      return taskNews(event as Parameters<typeof taskNews>[0], scene)
    case 'swarm':
      return swarmNews(event as Parameters<typeof swarmNews>[0], scene)
    case 'ballot':
      return ballotNews(event as Parameters<typeof ballotNews>[0], scene)
    default:
      return []
  }
}

/** What this connection said itself just now, and does not want to hear: a proposal, or a vote. */
const isOwn = ({ event }: Envelope, { own }: State): boolean =>
  own.size > 0 &&
  ((event.type === 'ballot.opened' && own.has(voteOf(event.id, undefined))) ||
    (event.type === 'ballot.vote' && own.has(voteOf(event.id, event.voter))))

/** Each is said twice, with and without the id, to who listens to these. */
const tell = ({ kind, id, data }: News, envelope: Envelope, state: State): readonly PlainFrame[] => {
  const [domain = '', what = ''] = kind.split('.')
  const frames: PlainFrame[] = []
  let made: unknown
  for (const parts of [
    [domain, id, what],
    [domain, what],
  ]) {
    const name = named(parts, state)
    if (name === undefined) continue
    made ??= data()
    frames.push(event(name, parts, made, envelope, state))
  }
  return frames
}

/** The topic as the client writes it; undefined where it does not listen to it. */
const named = (parts: readonly string[], { subscriptions }: State): string | undefined => {
  for (const subscription of subscriptions.values())
    if (matches(subscription.parts, parts)) return parts.join(subscription.separator)
  return undefined
}

const event = (topic: string, parts: readonly string[], data: unknown, envelope: Envelope, state: State): PlainFrame =>
  state.frame('event', { topic, data, sequenceNumber: state.numbers.of(envelope, parts.join('.')) })

const message = (envelope: Envelope, { body }: EventOf<'message'>, state: State): readonly PlainFrame[] => {
  const parts = envelope.topic.split('.')
  const name = named(parts, state)
  if (state.own.has(envelope.cause?.causationId ?? '') && envelope.source === state.standing?.sub) return []
  // In other protocols a client may publish anything there; what follows from no request is the application's own word.
  const { view } = state.context
  const byClient = envelope.cause?.correlationId !== undefined && !view.agent(envelope.source)
  if (byClient && speaksOfVote(envelope.topic, body, view)) return []
  return name === undefined ? [] : [event(name, parts, body, envelope, state)]
}

/** A word to this client alone is said whatever it listens to. */
const personal = (
  envelope: Envelope,
  { id, from, message: said }: EventOf<'client.message'>,
  state: State,
): readonly PlainFrame[] => {
  const parts = envelope.topic.split('.')
  const name = named(parts, state) ?? (id === state.standing?.address ? envelope.topic : undefined)
  return name === undefined ? [] : [event(name, parts, { from, ...said }, envelope, state)]
}
