/** Channels: what their names mean, which topics they need, and who hears what. */

import { TroupeError } from '../../../src/errors.js'
import type { Envelope } from '../../../src/protocol/envelope.js'
import { ask, type Heard } from './ask.js'
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

/** The topic that a channel is heard on beside those that every client hears: what clients publish, and what only some may hear. */
const topicsOf = (channel: string): readonly string[] => {
  if (channel === 'system.alerts') return ['system.alert', 'system.alerts']
  if (channel === 'system.metrics') return ['system.traffic']
  return [`${channel}.#`]
}

/** The channel whose topic that is. */
export const channelOf = (topic: string): string => topic.replace(/\.#$/, '')

export const subscribe = (frame: Frame, state: State, presence: boolean): Heard => {
  const { channels, filters = {} } = read(payloads.channels, frame.payload ?? {}, 'The subscription')
  const odd = Object.keys(filters).find((channel) => !channels.includes(channel))
  if (odd !== undefined) throw own('SUBSCRIPTION_FAILED', `There is a filter for ${odd}, which is not among the channels.`)
  const patterns = channels.flatMap((channel) => topicsOf(known(channel)))
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
  return ask(frame, { type: 'session.unsubscribe', patterns: channels.flatMap(topicsOf) }, state, {
    data: () => ({ channels, subscribed: false }),
    done() {
      for (const channel of channels) state.channels.delete(channel)
    },
  })
}

/** Publishes on a channel, or to clients one by one. */
export const publish = (frame: Frame, body: Readonly<Record<string, unknown>>, state: State): Heard => {
  const priority = priorities[frame.priority ?? 1] ?? 'normal'
  const ttl = frame.ttl === undefined ? {} : { ttl: frame.ttl * 1_000 }
  if (frame.channel !== undefined)
    return ask(frame, { type: 'channel.publish', topic: known(frame.channel), body, priority, ...ttl }, state, {
      data: () => ({ channel: frame.channel }),
    })
  const [client] = frame.target === undefined ? [] : [frame.target].flat()
  if (client === undefined)
    throw own('MISSING_REQUIRED_FIELD', 'Missing required field: channel', {
      field: 'channel',
      expectedType: 'string',
      received: null,
    })
  if (!state.context.view.clients().some((each) => each.client === client))
    throw new TroupeError('NOT_FOUND', `There is no client ${client}.`)
  return ask(frame, { type: 'client.send', to: client, message: { type: 'broadcast', ...body }, priority, ...ttl }, state, {
    data: () => ({ target: client }),
  })
}

/** Something that is said on a channel. */
export interface Said {
  readonly channel: string
  readonly event: string
}

/** Whether a subscription of the client covers it and lets it through. */
export const wanted = ({ channel, event }: Said, { priority, source, cause }: Envelope, state: State): boolean => {
  for (const [name, filter] of state.channels)
    if (
      (channel === name || channel.startsWith(`${name}.`)) &&
      fits(filter, event, priorities.indexOf(priority), source, { ...cause })
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
  return Object.entries(filter.metadata ?? {}).every(([key, value]) => Object.hasOwn(metadata, key) && metadata[key] === value)
}
