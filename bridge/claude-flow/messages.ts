/** Messages as text and back, checked, and the version that both sides speak. */
import { systemClock } from '../../src/clock.js'
import { TroupeError } from '../../src/errors.js'
import { createIds } from '../../src/ids.js'
import { type MessageOf, type MessageType, messages, PROTOCOL_VERSION, supportedVersions } from '../dialects/claude-flow/words.js'

export interface BaseMessage {
  id: string
  type: MessageType
  version: string
  timestamp: number
}
export type PingMessage = MessageOf<'ping'>
export type PongMessage = MessageOf<'pong'>
export type SubscribeMessage = MessageOf<'subscribe'>
export type UnsubscribeMessage = MessageOf<'unsubscribe'>
export type PublishMessage = MessageOf<'publish'>
export type EventMessage = MessageOf<'event'>
export type AckMessage = MessageOf<'ack'>
export type ErrorMessage = MessageOf<'error'>
export type AuthMessage = MessageOf<'auth'>
export type VersionNegotiationMessage = MessageOf<'version-negotiation'>
/** Any of them. */
export type Message = { [T in MessageType]: MessageOf<T> }[MessageType]

const ids = createIds(() => systemClock.now())

/** What both sides write and read. */
export const MessageSerializer = {
  serialize: (message: Message): string => JSON.stringify(message),

  /** Throws for what is no JSON, and `INVALID_MESSAGE` for what has not the four fields of every message. */
  deserialize(data: string): Message {
    const parsed: unknown = JSON.parse(data)
    const { id, type, version, timestamp } = (parsed ?? {}) as Partial<Message>
    if (id && type && version && timestamp) return parsed as Message
    throw new TroupeError(
      'INVALID_MESSAGE',
      'Every message has id, type, version and timestamp; this one has missing required fields.',
    )
  },

  /** A message with an id, this version and the time of now, unless `fields` say otherwise. */
  create: <T extends MessageType>(type: T, fields: Partial<MessageOf<T>>): MessageOf<T> =>
    ({ id: ids.next(), type, version: PROTOCOL_VERSION, timestamp: systemClock.now(), ...fields }) as MessageOf<T>,

  generateId: (): string => ids.next(),
} as const

/** Which versions are spoken. */
export const VersionNegotiator = {
  isSupported: (version: string): boolean => supportedVersions.includes(version),

  /** The best of those that the other side speaks; null: none. */
  selectVersion: (offered: readonly string[]): string | null => supportedVersions.find((each) => offered.includes(each)) ?? null,

  createNegotiationMessage: (selectedVersion?: string): VersionNegotiationMessage =>
    MessageSerializer.create('version-negotiation', {
      supportedVersions: [...supportedVersions],
      ...(selectedVersion === undefined ? {} : { selectedVersion }),
    }),
} as const

export const isType = (type: unknown): type is MessageType => typeof type === 'string' && Object.hasOwn(messages, type)

/** Whether something is a message. */
export const MessageValidator = {
  validate(message: unknown): message is Message {
    if (typeof message !== 'object' || message === null || !('type' in message) || !isType(message.type)) return false
    return messages[message.type].safeParse(message).success
  },
} as const
