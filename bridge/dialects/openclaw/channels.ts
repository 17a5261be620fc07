/** Channels: what their names mean, which topics they need, and who hears what. */

import { TroupeError } from '../../../src/errors.js'
import type { Envelope } from '../../../src/protocol/envelope.js'
import { ask, askSteps, type Heard } from './ask.js'
import { own, read } from './read.js'
import type { State } from './state.js'
import { type Filter, type Frame, payloads, priorities } from './words.js'

const segment = /^[A-Za-z0-9_-]{1,128}$/

/** Throws `CHANNEL_NOT_FOUND` for what cannot be one. */
const known = (channel: string): string => {
  const parts = channel.split('.')
  if (parts.length >= 2 && parts.length <= 12 && parts.every((part) => segment.test(part))) return channel
  throw own(
    'CHANNEL_NOT_FOUND',
    `There can be no channel ${JSON.stringify(channel.slice(0, 80))}; names look like project.proj_123.status.`,
  )
}

/** The topics that a channel is heard on beside those that every client hears. Throws `FORBIDDEN` for a project that it may not see. */
const topicsOf = (channel: string, { context: { view } }: State): readonly string[] => {
  if (channel === 'system.alerts') return ['system.alert', 'system.alerts']
  if (channel === 'system.metrics') return ['system.traffic']
  const [domain, id] = channel.split('.')
  if (domain !== 'project') return [`${channel}.#`]
  if (!view.mayRead(`swarm.${id}.status`)) throw new TroupeError('FORBIDDEN', `The token does not cover reading swarm.${id}.#.`)
  // Of a project the swarm is heard; what clients publish on its channel is heard by who may.
  return view.mayRead(channel) ? [`${channel}.#`] : [`swarm.${id}.#`]
}

/** The channel whose topic that is. */
export const channelOf = (topic: string): string => topic.replace(/\.#$/, '').replace(/^swarm\./, 'project.')

export const subscribe = (frame: Frame, state: State, presence: boolean): Heard => {
  const { channels, filters = {} } = read(payloads.channels, frame.payload ?? {}, 'The subscription')
  const odd = Object.keys(filters).find((channel) => !channels.includes(channel))
  if (odd !== undefined) throw own('SUBSCRIPTION_FAILED', `There is a filter for ${odd}, which is not among the channels.`)
  const patterns = channels.flatMap((channel) => topicsOf(known(channel), state))
  return ask(frame, { type: 'session.subscribe', patterns, ...(presence ? { presence } : {}) }, state, {
    data: () => ({ channels, subscribed: true }),
    done() {
      for (const channel of channels) state.channels.set(channel, filters[channel])
    },
  })
}

export const unsubscribe = (frame: Frame, state: State): Heard => {
  const { channels } = read(payloads.channels, frame.payload ?? {}, 'The list')
  const unknown = channels.find((channel) => !state.channels.has(channel))
  if (unknown !== undefined) throw own('CHANNEL_NOT_FOUND', `There is no subscription to ${unknown.slice(0, 80)}.`)
  return ask(frame, { type: 'session.unsubscribe', patterns: channels.flatMap((channel) => topicsOf(channel, state)) }, state, {
    data: () => ({ channels, subscribed: false }),
    done() {
      for (const channel of channels) state.channels.delete(channel)
    },
  })
}

export const priorityOf = ({ priority = 1 }: Pick<Frame, 'priority'>) => priorities[priority] ?? 'normal'

/** What the client wrote beside its payload: its metadata, and whom it called itself, since the source is the bridge's to say. */
const metadataOf = ({ metadata, source }: Frame): { metadata?: Record<string, unknown> } => {
  const said = { ...metadata, ...(source ? { source } : {}) }
  return Object.keys(said).length > 0 ? { metadata: said } : {}
}

/** Publishes on a channel, or to clients one by one. */
export const publish = (frame: Frame, body: Readonly<Record<string, unknown>>, state: State): Heard => {
  const priority = priorityOf(frame)
  const ttl = frame.ttl === undefined ? {} : { ttl: frame.ttl * 1_000 }
  const metadata = metadataOf(frame)
  if (frame.channel !== undefined)
    return ask(frame, { type: 'channel.publish', topic: known(frame.channel), body, priority, ...ttl, ...metadata }, state, {
      data: () => ({ channel: frame.channel }),
    })
  const targets = frame.target === undefined ? [] : [frame.target].flat()
  if (targets.length === 0)
    throw own('MISSING_REQUIRED_FIELD', 'Missing required field: channel', {
      field: 'channel',
      expectedType: 'string',
      received: null,
    })
  const clients = new Set(state.context.view.clients().map(({ client }) => client))
  const stranger = targets.find((target) => !clients.has(target))
  if (stranger !== undefined) throw new TroupeError('NOT_FOUND', `There is no client ${stranger}.`)
  const message = { type: 'broadcast', ...body, ...metadata }
  return askSteps(
    frame,
    targets.map((to) => ({ type: 'client.send', to, message, priority, ...ttl }) as const),
    state,
    { data: () => ({ target: frame.target }) },
  )
}

/** Something that is said on a channel. */
export interface Said {
  readonly channel: string
  readonly event: string
}

/** Whether a subscription of the client covers it and lets it through. */
export const wanted = ({ channel, event }: Said, { priority, source, cause, event: said }: Envelope, state: State): boolean => {
  const metadata = { ...cause, ...(said.type === 'message' ? said.metadata : {}) }
  for (const [name, filter] of state.channels)
    if (
      (channel === name || channel.startsWith(`${name}.`)) &&
      fits(filter, event, priorities.indexOf(priority), source, metadata)
    )
      return true
  return false
}

const fits = (
  filter: Filter | undefined,
  event: string,
  priority: number,
  source: string,
  metadata: Record<string, unknown>,
): boolean => {
  if (!filter) return true
  if (filter.events && !filter.events.includes(event)) return false
  if (filter.priority !== undefined && priority < filter.priority) return false
  if (filter.source && !filter.source.includes(source)) return false
  return Object.entries(filter.metadata ?? {}).every(([key, value]) => Object.hasOwn(metadata, key) && same(metadata[key], value))
}

/** Whether two values that came as JSON are equal. */
const same = (a: unknown, b: unknown): boolean => {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b
  if (Array.isArray(a) !== Array.isArray(b)) return false
  const keys = Object.keys(a)
  const at = (value: object, key: string) => (value as Readonly<Record<string, unknown>>)[key]
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && same(at(a, key), at(b, key)))
}
