/** The words of the Team Dashboard protocol: one schema a word, in both directions. */
import { z } from 'zod'

const milliseconds = z.number().nonnegative()
const agentId = z.string().min(1).max(128)
const percent = z.number().min(0)

const metadata = z
  .object({
    correlationId: z.string().max(128).optional(),
    agentId: z.string().max(128).optional(),
    priority: z.enum(['low', 'normal', 'high']).optional(),
    /** W3C trace context; the document does not have it, and a dashboard that is traced may say it here. */
    traceparent: z.string().max(128).optional(),
  })
  .optional()
export type Metadata = z.infer<typeof metadata>

/** What stands around every payload. */
const envelope = { id: z.string().max(128).optional(), timestamp: milliseconds.optional(), metadata }

const inWord = <T extends string, S extends z.ZodType>(type: T, payload: S) =>
  z.object({ ...envelope, type: z.literal(type), payload })

const who = z.object({ agentId })
const wanted = z.object({ agentId: agentId.optional(), filters: z.array(z.string().max(64)).max(100).optional() })

const hello = {
  token: z.string().max(16_384).optional(),
  clientId: z.string().min(1).max(256),
  sessionId: z.string().min(1).max(128).optional(),
  lastMessageId: z.string().min(1).max(128).optional(),
}

/** What a dashboard may say. */
export const inbound = {
  /** Flat, or in a payload like every other word. */
  auth: z.union([
    z.object({ ...envelope, type: z.literal('auth'), payload: z.object(hello) }),
    z.object({ ...envelope, type: z.literal('auth'), ...hello }),
  ]),
  'agent:create': inWord(
    'agent:create',
    z.object({
      name: z.string().min(1).max(256),
      model: z.string().min(1).max(256),
      workspace: z.string().min(1).max(4_096),
      environment: z.record(z.string().max(256), z.string().max(131_072)).optional(),
      /** Memory in MB of 1,048,576 bytes, cpu in cores. */
      resourceLimits: z.object({ memory: z.number().positive().optional(), cpu: z.number().positive().optional() }).optional(),
    }),
  ),
  'agent:command': inWord(
    'agent:command',
    z.object({
      agentId,
      command: z.string().min(1).max(1_000_000),
      interactive: z.boolean().optional(),
      timeout: z.number().positive().optional(),
    }),
  ),
  'agent:terminate': inWord('agent:terminate', z.object({ agentId, force: z.boolean().optional() })),
  'agent:pause': inWord('agent:pause', who),
  'agent:resume': inWord('agent:resume', who),
  'subscribe:agent': inWord('subscribe:agent', wanted),
  'subscribe:metrics': inWord('subscribe:metrics', wanted),
  'subscribe:logs': inWord('subscribe:logs', wanted),
  unsubscribe: inWord('unsubscribe', z.object({ subscriptionId: z.string().min(1).max(128) })),
  ping: z.looseObject({ ...envelope, type: z.literal('ping') }),
  pong: z.looseObject({ ...envelope, type: z.literal('pong') }),
} as const
export type InWord = keyof typeof inbound
export type Inbound<T extends InWord> = z.infer<(typeof inbound)[T]>

const outWord = <T extends string, S extends z.ZodType>(type: T, payload: S) =>
  z.strictObject({
    id: z.uuid(),
    type: z.literal(type),
    timestamp: milliseconds,
    payload,
    metadata: z
      .strictObject({
        correlationId: z.string().optional(),
        agentId: z.string().optional(),
        priority: z.enum(['low', 'normal', 'high']).optional(),
        /** Only where the message that is answered said it. */
        traceparent: z.string().optional(),
      })
      .optional(),
  })

const details = z.record(z.string(), z.unknown()).optional()
/** The numbers of the document's table of errors. */
const errorCodes = [1001, 1002, 1003, 2001, 2002, 2003, 2004, 3001, 3002, 3003, 4001, 4002, 4003] as const
export type ErrorCode = (typeof errorCodes)[number]
const errorCode = z.literal(errorCodes)

const system = z.strictObject({
  cpu: z.strictObject({ usage: percent, cores: z.number(), temperature: z.number().optional() }),
  memory: z.strictObject({ total: z.number(), used: z.number(), available: z.number(), percent }),
  disk: z.strictObject({ total: z.number(), used: z.number(), percent }),
  network: z.strictObject({ bytesIn: z.number(), bytesOut: z.number(), packetsIn: z.number(), packetsOut: z.number() }),
})

/** What a server says. */
export const outbound = {
  ack: outWord(
    'ack',
    z.strictObject({
      messageId: z.string(),
      success: z.boolean(),
      error: z.string().optional(),
      /** Of a subscription. */
      subscriptionId: z.string().optional(),
      /** Of auth: the session to go on with, whether it was, and how many messages follow that were missed. */
      sessionId: z.string().optional(),
      resumed: z.boolean().optional(),
      missed: z.number().int().nonnegative().optional(),
      /** Of agent:create: what was made, and what of it cannot be had as it was asked for. */
      agentId: z.string().optional(),
      warnings: z.array(z.string()).optional(),
    }),
  ),
  error: outWord('error', z.strictObject({ code: errorCode, message: z.string(), details })),
  'agent:status': outWord(
    'agent:status',
    z.strictObject({
      agentId,
      status: z.enum(['starting', 'running', 'paused', 'stopping', 'stopped', 'crashed']),
      details: z
        .strictObject({ pid: z.number().optional(), uptime: milliseconds.optional(), lastActivity: milliseconds.optional() })
        .optional(),
    }),
  ),
  'agent:output': outWord(
    'agent:output',
    z.strictObject({
      agentId,
      stream: z.enum(['stdout', 'stderr']),
      data: z.string(),
      timestamp: milliseconds,
      sequence: z.number().int().positive(),
    }),
  ),
  'agent:created': outWord(
    'agent:created',
    z.strictObject({ agentId, name: z.string(), pid: z.number(), startTime: milliseconds }),
  ),
  'agent:error': outWord(
    'agent:error',
    z.strictObject({
      agentId: z.string(),
      error: z.strictObject({ code: z.enum(errorCodes.map(String)), message: z.string(), stack: z.string().optional() }),
    }),
  ),
  'metrics:update': outWord(
    'metrics:update',
    z.strictObject({
      system,
      agents: z.array(z.strictObject({ agentId, cpu: percent, memory: z.number(), threads: z.number() })).optional(),
    }),
  ),
  'system:alert': outWord(
    'system:alert',
    z.strictObject({
      level: z.enum(['info', 'warning', 'error', 'critical']),
      category: z.enum(['resource', 'performance', 'security', 'agent']),
      message: z.string(),
      details,
    }),
  ),
  ping: outWord('ping', z.strictObject({ timestamp: milliseconds })),
  pong: outWord('pong', z.strictObject({ timestamp: milliseconds })),
} as const
export type OutWord = keyof typeof outbound
export type Payload<T extends OutWord> = z.infer<(typeof outbound)[T]>['payload']
