/** The messages of claude-flow, version 1.0.0: one schema each, in both directions. */
import { z } from 'zod'

export const PROTOCOL_VERSION = '1.0.0'

/** The versions that are spoken. */
export const supportedVersions: readonly string[] = [PROTOCOL_VERSION]

/** Why something went wrong. */
export const ErrorCodes = {
  INVALID_MESSAGE: 'INVALID_MESSAGE',
  UNSUPPORTED_VERSION: 'UNSUPPORTED_VERSION',
  AUTHENTICATION_FAILED: 'AUTHENTICATION_FAILED',
  AUTHORIZATION_FAILED: 'AUTHORIZATION_FAILED',
  SUBSCRIPTION_FAILED: 'SUBSCRIPTION_FAILED',
  PUBLISH_FAILED: 'PUBLISH_FAILED',
  RATE_LIMIT_EXCEEDED: 'RATE_LIMIT_EXCEEDED',
  INTERNAL_ERROR: 'INTERNAL_ERROR',
} as const
export type ErrorCode = (typeof ErrorCodes)[keyof typeof ErrorCodes]

const base = { id: z.string().min(1).max(256), version: z.string().min(1).max(64), timestamp: z.number() }
const word = <T extends string, S extends z.ZodRawShape>(type: T, shape: S) =>
  z.object({ ...base, type: z.literal(type), ...shape })

const name = z.string().min(1).max(2_064)
const names = z.array(name).max(1_000)
const versions = z.array(z.string().max(64)).max(100)

/** Every message, whoever says it. */
export const messages = {
  ping: word('ping', {}),
  /** `latency`: ms from the ping's own timestamp. */
  pong: word('pong', { latency: z.number().optional() }),
  subscribe: word('subscribe', { topics: names, patterns: names.optional() }),
  unsubscribe: word('unsubscribe', { topics: names }),
  /** `broadcast`: whether the publisher hears it too. JSON leaves out `data` that is undefined. */
  publish: word('publish', { topic: name, data: z.unknown().optional(), broadcast: z.boolean().optional() }),
  event: word('event', { topic: name, data: z.unknown().optional(), sequenceNumber: z.number().int().positive().optional() }),
  ack: word('ack', { messageId: z.string(), success: z.boolean() }),
  /** One that answers a message has that message's id. */
  error: word('error', { code: z.string(), message: z.string(), details: z.unknown().optional() }),
  auth: word('auth', { token: z.string().max(16_384), metadata: z.record(z.string().max(128), z.unknown()).optional() }),
  'version-negotiation': word('version-negotiation', {
    supportedVersions: versions,
    selectedVersion: z.string().max(64).optional(),
  }),
} as const

export type MessageType = keyof typeof messages
export type MessageOf<T extends MessageType> = z.infer<(typeof messages)[T]>

const { ping, pong, subscribe, unsubscribe, publish, event, ack, error, auth } = messages
const negotiation = messages['version-negotiation']

/** What a client may say. */
export const inbound = {
  ping,
  pong,
  subscribe,
  unsubscribe,
  publish,
  ack,
  error,
  auth,
  'version-negotiation': negotiation,
} as const
/** What a server says. */
export const outbound = { ping, pong, event, ack, error, 'version-negotiation': negotiation } as const
export type InWord = keyof typeof inbound
export type OutWord = keyof typeof outbound
