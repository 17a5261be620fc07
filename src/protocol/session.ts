/** What a client and a server say to each other about their connection: the frame around commands and events. */
import { z } from 'zod'
import { signature } from './signature.js'
import { agentMessage, count, failure, id, label, metadata, milliseconds, priority, text, timestamp } from './words.js'

const word = <T extends string, S extends z.ZodRawShape>(type: T, shape: S) => z.object({ type: z.literal(type), ...shape })

const cursor = z.object({ epoch: z.string().min(1).max(128), offset: count })
const pattern = z.string().min(1).max(2_064)
const offsets = z.array(count).min(1).max(10_000)
const token = z.string().min(1).max(16_384)

/** What is wanted of the events that a pattern covers; everything that is named has to fit. */
const eventFilter = z.object({
  /** The types of events. */
  events: z.array(label).min(1).max(100).optional(),
  /** Only what is as urgent as this, or more. */
  minPriority: priority.optional(),
  /** Only what these caused: ids of agents and clients, or `system`. */
  sources: z.array(z.string().max(256)).min(1).max(1_000).optional(),
  /** Only what has these values in its metadata, such as `{ task: 't1' }`. */
  metadata: z.record(z.string().max(128), z.union([z.string().max(1_024), z.number(), z.boolean()])).optional(),
})
export type EventFilter = z.infer<typeof eventFilter>

/** A frame within a batch, read when it is its turn. */
const inner = z.looseObject({ id: z.string().min(1).max(128), type: z.string().min(1).max(128) })

/** What a client may ask of its connection. */
export const sessionCommands = {
  /** The first word of every connection. The token may stand in the `Authorization` header or the query instead. */
  'session.hello': word('session.hello', {
    token: token.optional(),
    /** A session to go on with, and the cursor from which what was missed is sent again. Default: what was written last. */
    resume: z
      .object({
        session: z.string().min(1).max(128),
        cursor: cursor.optional(),
        /** What was acknowledged since the last word that reached the server. */
        acked: offsets.optional(),
      })
      .optional(),
    /** Whether this client acknowledges the events that ask for it. Default false: then none does. */
    acks: z.boolean().optional(),
    /** What the client calls itself. */
    client: label.optional(),
    /** What it says of itself; a bridge with an `authenticate` of its own is told. */
    metadata,
  }),
  'session.refresh': word('session.refresh', { token }),
  'session.subscribe': word('session.subscribe', {
    patterns: z.array(pattern).min(1).max(1_000),
    /** What is wanted of what they cover; of several filters, one has to fit. Default: everything. */
    filter: z.union([eventFilter, z.array(eventFilter).min(1).max(100)]).optional(),
    /** Whether others are told on `client.<id>.channel` that this client is there. Default false. */
    presence: z.boolean().optional(),
  }),
  'session.unsubscribe': word('session.unsubscribe', { patterns: z.array(pattern).min(1).max(1_000) }),
  /** Frames that are taken one after the other, as if each had come by itself. */
  'session.batch': word('session.batch', { frames: z.array(inner).min(1).max(1_000) }),
  /** The client is done with the events of these offsets. Not answered. */
  'session.ack': word('session.ack', { offsets }),
  'session.ping': word('session.ping', {}),
  'session.pong': word('session.pong', {}),
  'session.close': word('session.close', { reason: text.optional() }),
} as const

/** What a server tells a client about its connection. */
export const sessionEvents = {
  'session.welcome': word('session.welcome', {
    session: z.string(),
    /** The id under which this client acts: the token's `sub`. */
    client: z.string(),
    /** The id under which others reach it: the same, where that can stand in a topic. */
    address: id,
    /** Where the journal stands: the first event after this welcome comes after this cursor. */
    cursor,
    /** Whether the session named in `resume` was found; when not, subscriptions have to be made anew. */
    resumed: z.boolean(),
    /** How many events follow that were missed, where that is known. */
    missed: count.optional(),
    permissions: z.array(z.string()),
    /** `unacked`: events that may be unacknowledged; only where the client said that it acknowledges. */
    limits: z.object({ frame: count, subscriptions: count, outbox: count, unacked: count.optional() }),
    /** Milliseconds of silence after which either side sends a ping; the other is dead after two missed. */
    heartbeat: milliseconds,
    /** When the token ends, milliseconds since the epoch. */
    expires: z.number().optional(),
  }),
  /** So many events were sent in this connection, and everything up to the cursor is among them. */
  'session.mark': word('session.mark', { dseq: count, cursor }),
  /** Events of a topic that were asked for are no longer kept. `fromSeq` null: from where the client stopped. */
  'session.gap': word('session.gap', {
    topic: z.string(),
    /** Whose they are; absent: no tenant's. */
    tenant: label.optional(),
    fromSeq: count.nullable(),
    toSeq: count.nullable(),
    reason: z.enum(['history', 'epoch']),
  }),
  /** Events of a topic were not sent because the client reads too slowly, or they had no time left. */
  'session.dropped': word('session.dropped', {
    topic: z.string(),
    /** Whose they are; absent: no tenant's. */
    tenant: label.optional(),
    fromSeq: count,
    toSeq: count,
    count,
    /** `undelivered`: it was sent as often as may be, and never acknowledged. */
    reason: z.enum(['overflow', 'expired', 'undelivered']),
  }),
  /** The server goes away. Reconnect after `reconnectAfter` ms: the delay is different for each client. `url`: where; absent: here. */
  'session.draining': word('session.draining', {
    reason: text,
    grace: milliseconds,
    reconnectAfter: milliseconds,
    url: z.string().max(2_048).optional(),
  }),
  /** The token ends soon, milliseconds since the epoch; a new one is taken with `session.refresh`. */
  'session.expiring': word('session.expiring', { expires: timestamp }),
  'session.ping': word('session.ping', {}),
  /** A message for an agent that this client works as; answered with `external.done` or `external.fail`. */
  'session.deliver': word('session.deliver', {
    agent: id,
    delivery: z.string(),
    message: agentMessage,
    from: z.string(),
    /** Whether somebody waits for what comes of it. */
    asked: z.boolean(),
    /** Of the message, or of the task that it is the work of. */
    priority,
    /** What it is the work of, and the results that this needs, by name. */
    task: z.object({ id, attempt: count, needs: z.record(z.string(), z.unknown()) }).optional(),
    cause: z.looseObject({}).optional(),
    /** The command that sent it, signed by whoever did. */
    signature: signature.optional(),
  }),
  /** What was delivered is to be paused, gone on with, or is no longer wanted. */
  'session.delivery': word('session.delivery', {
    agent: id,
    delivery: z.string(),
    change: z.enum(['paused', 'resumed', 'cancelled']),
    reason: text.optional(),
  }),
  /** An agent that this client worked as has ended. */
  'session.dismissed': word('session.dismissed', { agent: id }),
  /** A word of the operator to everybody who is connected. */
  'session.notice': word('session.notice', { level: z.enum(['info', 'warning', 'critical']), text, from: z.string() }),
  /** An error that answers no request. */
  'session.error': word('session.error', { error: failure }),
} as const

const standing = z.object({ patterns: z.array(pattern), cursor })

/**
 * What answers each word of a client that was carried out: a word of the server, or what a reply carries. What is not named here
 * is not answered.
 */
export const sessionAnswers = {
  'session.hello': sessionEvents['session.welcome'],
  /** `expires`: when the new token ends, milliseconds since the epoch. */
  'session.refresh': z.object({ expires: z.number().optional() }),
  /** `cursor`: everything after it that the patterns cover is delivered. */
  'session.subscribe': standing,
  'session.unsubscribe': standing,
  /** How many frames were taken in; each is answered by itself. */
  'session.batch': z.object({ frames: count }),
  'session.ping': z.object({}),
} as const
export type SessionAnswerTo<T extends keyof typeof sessionAnswers> = z.infer<(typeof sessionAnswers)[T]>

type SessionCommandType = keyof typeof sessionCommands
export type SessionCommandOf<T extends SessionCommandType> = z.infer<(typeof sessionCommands)[T]>
export type SessionCommand = { [T in SessionCommandType]: SessionCommandOf<T> }[SessionCommandType]

type SessionEventType = keyof typeof sessionEvents
export type SessionEventOf<T extends SessionEventType> = z.infer<(typeof sessionEvents)[T]>
export type SessionEvent = { [T in SessionEventType]: SessionEventOf<T> }[SessionEventType]
