/** The words of the OpenClaw protocol, version 1.0.0: what stands in every message, and the tables of the document. */
import { z } from 'zod'

/** The enum is the law for `type`; any case is understood. */
export const messageTypes = [
  ...(['auth', 'connection_ack', 'ping', 'pong', 'disconnect'] as const),
  ...(['agent_spawn', 'agent_terminate', 'agent_status', 'agent_heartbeat'] as const),
  ...(['task_create', 'task_update', 'task_delete', 'task_assign', 'task_status_change'] as const),
  ...(['project_create', 'project_update', 'project_status_change'] as const),
  ...(['progress_update', 'notification', 'system_alert'] as const),
  ...(['agent_message', 'broadcast', 'request', 'response'] as const),
  ...(['subscribe', 'unsubscribe', 'channel_join', 'channel_leave'] as const),
  ...(['error', 'retry'] as const),
] as const
export type MessageType = (typeof messageTypes)[number]

export const isMessageType = (type: string): type is MessageType => (messageTypes as readonly string[]).includes(type)

export const clientTypes = ['frontend', 'agent', 'external'] as const
export type ClientType = (typeof clientTypes)[number]

export const errorCodes = [
  ...(['INVALID_TOKEN', 'TOKEN_EXPIRED', 'INSUFFICIENT_PERMISSIONS'] as const),
  ...(['INVALID_MESSAGE_FORMAT', 'MISSING_REQUIRED_FIELD', 'INVALID_TARGET', 'MESSAGE_TOO_LARGE'] as const),
  ...(['CHANNEL_NOT_FOUND', 'SUBSCRIPTION_FAILED', 'CHANNEL_FULL'] as const),
  ...(['AGENT_UNAVAILABLE', 'AGENT_OVERLOADED', 'TASK_EXECUTION_FAILED'] as const),
  ...(['INTERNAL_ERROR', 'SERVICE_UNAVAILABLE', 'TIMEOUT', 'RATE_LIMIT_EXCEEDED'] as const),
] as const
export type ErrorCode = (typeof errorCodes)[number]

/** LOW 0, NORMAL 1, HIGH 2, CRITICAL 3: our priorities, in their order. */
export const priorities = ['low', 'normal', 'high', 'critical'] as const

const id = z.string().min(1).max(128)
const level = z.number().int().min(0).max(3)
const open = z.record(z.string(), z.unknown())

/** What stands in every message that comes in. Only the type has to be there; `source` is set by the bridge, whatever it says. */
export const frame = z.looseObject({
  id: id.optional(),
  type: z.string().min(1).max(64),
  timestamp: z.union([z.string().max(64), z.number()]).optional(),
  source: z.string().max(256).optional(),
  target: z.union([id, z.array(id).min(1).max(100)]).optional(),
  channel: z.string().min(1).max(1_024).optional(),
  correlationId: z.string().min(1).max(128).optional(),
  priority: level.optional(),
  /** Seconds. */
  ttl: z
    .number()
    .positive()
    .max(Number.MAX_SAFE_INTEGER / 1_000)
    .optional(),
  payload: open.optional(),
  metadata: open.optional(),
})
export type Frame = z.infer<typeof frame>

const channels = z.array(z.string().min(1).max(1_024)).min(1).max(1_000)
const filter = z.object({
  /** Names of events: `status_change`, `progress_update`. */
  events: z.array(z.string().max(128)).max(100).optional(),
  /** Only what is as urgent as this, or more. */
  priority: level.optional(),
  source: z.array(z.string().max(256)).max(1_000).optional(),
  metadata: open.optional(),
})
export type Filter = z.infer<typeof filter>

const priority = z.union([level, z.enum(priorities)]).optional()
const text = z.string().max(10_000)
const name = z.string().min(1).max(256)
const percent = z.number().min(0).max(100)

/** The payloads, each once: message types and the actions of requests share them. Unknown fields are kept. */
export const payloads = {
  auth: z.object({
    token: z.string().max(16_384).optional(),
    clientType: z.string().toLowerCase().pipe(z.enum(clientTypes)).optional(),
    version: z.string().max(64).optional(),
    /** A session to go on with. */
    sessionId: id.optional(),
    /** Of an agent: under which id and name it works, and what it can do. */
    agentId: id.optional(),
    name: name.optional(),
    capabilities: z.array(z.string().max(256)).max(1_000).optional(),
  }),
  channels: z.object({ channels, filters: z.record(z.string().max(1_024), filter).optional() }),
  agentSpawn: z.looseObject({
    name,
    kind: name.optional(),
    workspace: z.string().min(1).max(4_096).optional(),
    environment: z.record(z.string().max(256), z.string().max(131_072)).optional(),
  }),
  agentTerminate: z.looseObject({ agentId: id, force: z.boolean().optional() }),
  agentStatus: z.looseObject({ agentId: id.optional(), status: z.string().max(256).optional(), message: text.optional() }),
  agentId: z.looseObject({ agentId: id }),
  taskCreate: z.looseObject({
    title: name,
    description: text.optional(),
    projectId: id.optional(),
    command: z.string().min(1).max(1_000_000).optional(),
    agentId: id.optional(),
    priority,
    dependencies: z.array(id).max(1_000).optional(),
  }),
  taskUpdate: z.looseObject({
    taskId: id,
    title: name.optional(),
    description: text.optional(),
    status: z.string().max(64).optional(),
  }),
  taskAssign: z.looseObject({ taskId: id, agentId: id }),
  taskStatus: z.looseObject({
    taskId: id,
    status: z.string().max(64),
    result: z.unknown().optional(),
    error: z.unknown().optional(),
  }),
  taskId: z.looseObject({ taskId: id }),
  projectCreate: z.looseObject({ name, description: text.optional(), deadline: z.string().max(64).optional() }),
  projectUpdate: z.looseObject({
    projectId: id,
    name: name.optional(),
    description: text.optional(),
    status: z.string().max(64).optional(),
  }),
  projectId: z.looseObject({ projectId: id }),
  progress: z.looseObject({ taskId: id, progress: percent, message: text.optional() }),
  message: z.looseObject({ action: z.string().min(1).max(128), data: z.unknown().optional() }),
  notification: z.looseObject({ level: z.string().max(32).optional(), title: name.optional(), message: text }),
  alert: z.looseObject({ level: z.string().max(32).optional(), message: text }),
  disconnect: z.looseObject({ reason: text.optional() }),
  anything: open,
} as const

const base = {
  id: z.string().min(1),
  type: z.enum([...messageTypes, 'CONNECTION_ACK']),
  timestamp: z.iso.datetime(),
  source: z.string().min(1),
  target: z.union([z.string(), z.array(z.string())]).optional(),
  channel: z.string().optional(),
  correlationId: z.string().optional(),
  priority: level,
  ttl: z.number().optional(),
  payload: open,
  metadata: open.optional(),
}

/** What a server says. */
export const outbound = {
  acknowledgement: z.strictObject({
    ...base,
    type: z.enum(['connection_ack', 'CONNECTION_ACK']),
    sessionId: z.string(),
    clientId: z.string(),
    serverTime: z.iso.datetime(),
    permissions: z.array(z.string()),
  }),
  error: z.strictObject({
    ...base,
    type: z.literal('error'),
    payload: z.strictObject({
      code: z.enum(errorCodes),
      message: z.string(),
      details: open.optional(),
      recoverable: z.boolean(),
      retryAfter: z.number().nonnegative().optional(),
    }),
  }),
  response: z.strictObject({
    ...base,
    type: z.literal('response'),
    payload: z.strictObject({ status: z.enum(['success', 'error']), data: z.unknown() }),
  }),
  other: z.strictObject(base),
} as const
